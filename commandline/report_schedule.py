"""Sends the weekly report to its receivers: what is due in, a row written, a file made, a letter handed over.

One thing is under way at a time. Files are made by `kuzet report` in a process of its own: the courier never
waits for them. A row says `sending` before the letter is handed over, so no crash sends it twice.
"""

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboards.report.week import Week, campus_day, week_of
from dashboards.report.words import Words
from hub.courier.config import Post, ReportOrder
from hub.courier.worker_process import Worker
from hub.receivers.message import Message, Outcome, Sent, unknown
from hub.receivers.worker import Order
from hub.store.report_mailings import FAILED, MAKING, SENDING, SENT, UNKNOWN, WAITING, Mailings

log = logging.getLogger(__name__)
#: Before a failed try is made again: doubled from the first to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
#: A file that is not made by then is given up for this try.
MAKING_FOR = timedelta(minutes=10)
#: A worker that has not answered so long after its own deadline is killed.
_GRACE = timedelta(seconds=2)


class Due(NamedTuple):
    """A week's report that a receiver is to get."""

    week: Week
    receiver: str
    order: ReportOrder


class Making(NamedTuple):
    """A process that makes a file, or has."""

    path: Path
    process: subprocess.Popen[bytes]

    @property
    def faults(self) -> Path:
        """Where it writes what is wrong."""
        return faults_of(self.path)


class _Job:
    """What is under way."""

    def __init__(self, due: Due, making: Making, now: datetime) -> None:
        self.due, self.making, self.since = due, making, now
        self.worker: Worker | None = None


class ReportSchedule:
    """Sends what is due, a step at a time."""

    def __init__(
        self,
        *,
        orders: Sequence[ReportOrder],
        posts: dict[str, Post],
        book: Mailings,
        timezone: Callable[[], str | None],
        make: Callable[[Due], Making],
        make_worker: Callable[[Order], Worker],
        base_url: str | None,
        now: datetime,
    ) -> None:
        self._orders, self._posts, self._book = orders, posts, book
        self._timezone, self._make, self._make_worker = timezone, make, make_worker
        self._base_url = base_url.rstrip("/") if base_url else None
        self._job: _Job | None = None
        book.recover(_ms(now))

    def step(self, now: datetime) -> None:
        """Begin what is due, or look how what is under way fares."""
        if self._job is None:
            self._begin(now)
        elif self._job.worker is None:
            self._hand_over(self._job, now)
        else:
            self._settle(self._job, self._job.worker, now)

    def close(self) -> None:
        """End what is under way."""
        if self._job is not None:
            if self._job.making.process.poll() is None:
                self._job.making.process.kill()
                self._job.making.process.wait()
            if self._job.worker is not None:
                self._job.worker.end()
            self._job = None

    def _begin(self, now: datetime) -> None:
        name = self._timezone() if self._orders else None
        if name is None:
            return
        for one in due(self._orders, ZoneInfo(name), now):
            row = self._book.find(one.week.name, one.receiver)
            if row is None or (row.state == WAITING and row.at <= now):
                self._book.put(one.week.name, one.receiver, MAKING, _ms(now))
                self._job = _Job(one, self._make(one), now)
                return

    def _hand_over(self, job: _Job, now: datetime) -> None:
        process = job.making.process
        if process.poll() is None:
            if now - job.since > MAKING_FOR:
                process.kill()
                process.wait()
                self._again(job, now, f"the file was not made within {MAKING_FOR.seconds // 60} min")
            return
        if process.returncode != 0 or not job.making.path.is_file():
            faults = job.making.faults
            said = faults.read_text(errors="replace").strip() if faults.is_file() else ""
            self._again(job, now, f"the file could not be made: {said[-150:] or process.returncode}")
            return
        self._book.put(job.due.week.name, job.due.receiver, SENDING, _ms(now))
        job.since = now
        job.worker = self._make_worker(self._posts[job.due.receiver].order)
        job.worker.give(self._message(job))

    def _settle(self, job: _Job, worker: Worker, now: datetime) -> None:
        sent = worker.poll()
        if sent is None:
            box = self._posts[job.due.receiver].box
            if now - job.since <= timedelta(seconds=box.config.deadline.seconds) + _GRACE:
                return
            sent = unknown("its worker did not answer in time")
        self._write(job, sent, now)

    def _write(self, job: _Job, sent: Sent, now: datetime) -> None:
        week, receiver = job.due.week.name, job.due.receiver
        if sent.outcome is Outcome.PASSING:
            self._again(job, now, sent.fault)
            return
        state = {Outcome.ACCEPTED: SENT, Outcome.PERMANENT: FAILED, Outcome.UNKNOWN: UNKNOWN}[sent.outcome]
        self._book.put(week, receiver, state, _ms(now), sent.fault or None)
        level = logging.INFO if state == SENT else logging.WARNING
        log.log(level, "report=%s receiver=%s %s", week, receiver, state)
        self._end(job)

    def _again(self, job: _Job, now: datetime, fault: str) -> None:
        week, receiver = job.due.week.name, job.due.receiver
        row = self._book.find(week, receiver)
        tries = 1 if row is None else row.tries
        wait = min(FIRST_WAIT * 2 ** min(10, tries - 1), LONGEST_WAIT)
        self._book.put(week, receiver, WAITING, _ms(now + wait), fault)
        log.warning("report=%s receiver=%s failed, again in %d s: %s", week, receiver, wait.seconds, fault)
        self._end(job)

    def _end(self, job: _Job) -> None:
        if job.worker is not None:
            job.worker.end()
        job.making.path.unlink(missing_ok=True)
        job.making.faults.unlink(missing_ok=True)
        self._job = None

    def _message(self, job: _Job) -> Message:
        week, language = job.due.week, job.due.order.language
        say = Words(language)
        title = f"{say('report.title')} · {week.name}"
        return Message(
            ids=(f"report-{week.name}-{job.due.receiver}",),
            short_id=week.name,
            title=title,
            text=f"{title}: {say.day(week.monday)} – {say.day(week.sunday)}",
            link=f"{self._base_url}/report/{week.name}" if self._base_url else None,
            priority=3,
            language=language,
            attachments=(str(job.making.path),),
        )


def due(orders: Sequence[ReportOrder], zone: ZoneInfo, now: datetime) -> list[Due]:
    """The newest week of each order whose hour has come, for each of its receivers. Pure.

    An hour that was slept through is made up for until the next one comes; weeks before that are let go.
    """
    found: list[Due] = []
    for order in orders:
        week = week_of(campus_day(now, zone)).before()
        if order.instant_after(week.sunday, zone) > now:
            week = week.before()
        found += [Due(week, receiver, order) for receiver in order.receivers]
    return found


def make_by_process(data: Path, folder: Path) -> Callable[[Due], Making]:
    """Starts `kuzet report` for what is due, writing into `folder`."""

    def make(one: Due) -> Making:
        order = one.order
        path = folder / f"kuzet-{one.week.name}-{order.language}.{order.format}"
        command = [sys.executable, "-m", "kuzet", "report", one.week.name, "--data", str(data)]
        command += ["--format", order.format, "--language", order.language, "--out", str(path)]
        # A pipe that nobody reads would stop it.
        with faults_of(path).open("wb") as faults:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=faults)
        return Making(path, process)

    return make


def faults_of(path: Path) -> Path:
    """The file beside it that tells why it could not be made."""
    return path.with_suffix(".faults")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
