"""Every store the pages read and write, opened in one place: two databases in, one record out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from dashboards.duty.work import Work
from dashboards.serving.jobs import Jobs
from hub.courier.outcomes import open_outcomes
from hub.store.accounts import Accounts
from hub.store.alert_book import AlertBook
from hub.store.audit import AuditLog
from hub.store.board import BoardReader, Change
from hub.store.database import Store
from hub.store.decisions import Decisions
from hub.store.errands import Errands
from hub.store.heartbeats import Heartbeats
from hub.store.history_book import HistoryBook
from hub.store.limits_in_force import LimitsInForce
from hub.store.plans import Plans
from hub.store.report_book import ReportBook
from hub.store.report_mailings import Mailing, read_mailings
from hub.store.signs import Signs
from protocol.clock import Clock


class Board(Protocol):
    """Where the hub's rows are read."""

    def read(self) -> list[Change]:
        """Every row that is there."""

    def changes_since(self, version: int) -> list[Change] | None:
        """The rows changed after `version`, gone ones included; None: read everything anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is kept: a new store is a field here and a line in `open_stores`."""

    # Of the hub: only read.
    board: Board
    alert_book: AlertBook
    heartbeats: Heartbeats
    #: Spaces minute by minute, and day by day.
    history: HistoryBook
    #: Alerts and limits of a stretch, for reports.
    report_book: ReportBook
    #: Which report went to whom: of the courier, only read.
    mailings: Callable[[], list[Mailing]]
    # Of the people: written here.
    decisions: Decisions
    accounts: Accounts
    #: Who did what; `dashboards.access.auditing` writes into it.
    audit: AuditLog
    signs: Signs
    #: What is drawn of the floors.
    plans: Plans
    #: Who has which task, and what pages of tasks and alerts read beside the board.
    work: Work
    #: Dry runs and tests of receivers, each in a process of its own.
    jobs: Jobs


def open_stores(hub: Store, people: Store, data: Path, clock: Clock) -> Stores:
    """The stores over the hub's database, the people's and the data folder beside them."""
    return Stores(
        board=BoardReader(hub),
        alert_book=AlertBook(hub),
        heartbeats=Heartbeats(hub),
        history=HistoryBook(hub),
        report_book=ReportBook(hub),
        mailings=partial(read_mailings, data),
        decisions=Decisions(people),
        accounts=Accounts(people, clock=clock),
        audit=AuditLog(people, clock),
        signs=Signs(people, clock=clock),
        plans=Plans(people, clock),
        work=Work(errands=Errands(people), limits=LimitsInForce(hub), outcomes=partial(open_outcomes, data)),
        jobs=Jobs(clock),
    )
