"""Run the courier: carry the hub's notifications to people, by the receivers of `receivers.toml`.

Runs beside the hub, only reads its store, and keeps its own book, `courier.db`. Without it alerts are shown
on the board and nobody is told elsewhere.
"""

import argparse
import logging
import os
import random
import select
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from commandline.data_folder import DataFolder
from commandline.defaults import DATA
from commandline.heart import Heart
from commandline.lifetime import log_to_stderr, stop_event
from commandline.store_wait import wait_for
from hub.courier.book import Book
from hub.courier.config import Receivers, read_receivers
from hub.courier.courier import Courier
from hub.courier.hub_rows import HubRows
from hub.courier.wording import Wording, read_texts
from hub.courier.worker_process import WorkerProcess
from hub.errors import StoreError
from hub.store.courier_tables import courier as courier_tables
from hub.store.courier_tables import courier_url
from hub.store.database import opened, require_sound
from hub.store.report_mailings import Mailings
from protocol.clock import SystemClock

log = logging.getLogger(__name__)
LOCK = "courier.lock"
#: How long the courier before us may take to leave, seconds.
LEAVING_S = 5.0
#: Between two steps when nothing happens, seconds.
STEP_S = 0.2
#: How much the courier stands back, 0 to 19.
NICENESS = 10
#: After a step that could not write its book, seconds.
FAULT_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet courier run`."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="receivers.toml")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="holds hub.db and courier.db")


def run(args: argparse.Namespace) -> int:
    """Carry until SIGTERM."""
    log_to_stderr("courier")
    # The libraries below us tell addresses, and addresses hold tokens.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    receivers = read_receivers(args.config)
    # The hub goes first where both want the same core; workers inherit it.
    os.nice(NICENESS)
    folder = DataFolder(args.data, LOCK, LEAVING_S)
    try:
        _carry(receivers, args.data)
    finally:
        folder.close()
    return 0


def _carry(receivers: Receivers, data: Path) -> None:
    stop, clock = stop_event(), SystemClock()
    with ExitStack() as closing:
        store = wait_for(
            lambda: closing.enter_context(opened(courier_url(data), courier_tables, sole=True)), stop
        )
        require_sound(store)
        config = receivers.config
        courier = Courier(
            hub=HubRows(data),
            book=Book(store, fall_over_s=config.fall_over.seconds, retry_for_s=config.retry_for.seconds),
            receivers=receivers,
            wording=Wording(read_texts(), config.base_url),
            clock=clock,
            chance=random.random,
            make_worker=WorkerProcess,
        )
        closing.callback(courier.close)
        steps: list[Callable[[datetime], None]] = [courier.step]
        if receivers.reports:
            steps.append(_reports(receivers, data, Mailings(store), closing, clock.now()))
        log.info("courier runs receivers=%s", ",".join(receivers.posts) or "none")
        heart = Heart(clock)
        while not stop.is_set():
            try:
                for step in steps:
                    step(clock.now())
            except StoreError as error:
                # Nothing more is sent while it cannot be written down.
                log.error("step failed: %s", error)
                stop.wait(FAULT_S)
                heart.beat()
                continue
            heart.beat()
            select.select(courier.watched(), [], [], STEP_S)
        heart.ends()
    log.info("courier ends")


def _reports(
    receivers: Receivers, data: Path, book: Mailings, closing: ExitStack, now: datetime
) -> Callable[[datetime], None]:
    """What sends the weekly reports, a step at a time."""
    # It knows the words of the dashboards, which weigh some 40 MB: only for those who want reports.
    from commandline.report_schedule import ReportSchedule, make_by_process

    folder = closing.enter_context(TemporaryDirectory(prefix="kuzet-report-"))
    rows = HubRows(data)
    closing.callback(rows.close)
    schedule = ReportSchedule(
        orders=receivers.reports,
        posts=receivers.posts,
        book=book,
        timezone=partial(_timezone, rows),
        make=make_by_process(data, Path(folder)),
        make_worker=WorkerProcess,
        base_url=receivers.config.base_url,
        now=now,
    )
    closing.callback(schedule.close)
    return schedule.step


def _timezone(rows: HubRows) -> str | None:
    """The campus's, as its hub last said; None while there was none."""
    pulse = rows.pulse()
    return None if pulse is None else pulse.timezone
