"""What reports are made from, opened below a data folder: a hub's file and the people's beside it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from dashboards.report.making import Sources
from hub.store import schema
from hub.store.address import HUB, is_there
from hub.store.audit import AuditLog
from hub.store.database import hub_url, opened, people_url
from hub.store.decisions import Decisions
from hub.store.history_book import HistoryBook
from hub.store.report_book import ReportBook
from protocol.clock import Clock


class Opened(NamedTuple):
    """The stores of a report and of an export."""

    history: HistoryBook
    book: ReportBook
    audit: AuditLog
    decisions: Decisions

    @property
    def of_report(self) -> Sources:
        """Those of a weekly report."""
        return Sources(self.history, self.book, self.audit)


def write_out(out: Path, body: bytes) -> None:
    """Write a file. Raises FileNotFoundError, saying what to do, where its folder is not there."""
    if not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"{out.parent}: there is no such folder; make it, or choose another --out")
    out.write_bytes(body)


@contextmanager
def opened_sources(data: Path, clock: Clock) -> Iterator[Opened]:
    """The stores of `data`. Raises FileNotFoundError where there was never a hub."""
    if not is_there(data, HUB):
        raise FileNotFoundError(f"{data}/hub.db: there is no such file; name the hub's folder with --data")
    with ExitStack() as closing:
        hub = closing.enter_context(opened(hub_url(data), schema.hub))
        people = closing.enter_context(opened(people_url(data), schema.people))
        yield Opened(HistoryBook(hub), ReportBook(hub), AuditLog(people, clock), Decisions(people))
