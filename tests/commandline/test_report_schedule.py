"""The weekly report by mail: once a week, tried again where it failed, never twice, whatever dies between."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from commandline.report_schedule import Due, Making, ReportSchedule, due, faults_of
from hub.courier.config import Post, ReportOrder
from hub.receivers.by_apprise import AppriseConfig
from hub.receivers.message import Letterbox, Message, Sent, accepted, passing, permanent
from hub.receivers.worker import Order
from hub.store.courier_tables import courier, courier_url
from hub.store.database import opened
from hub.store.report_mailings import Mailings, read_mailings

ALMATY = ZoneInfo("Asia/Almaty")
#: Monday 08:00 in Almaty.
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ORDER = ReportOrder(receivers=("rector-mail",))


class FakeWorker:
    """Says what it was told to say of each letter, and keeps the letters."""

    def __init__(self, says: list[Sent | None]) -> None:
        self.says = says
        self.letters: list[Message] = []

    def give(self, message: Message) -> None:
        self.letters.append(message)

    def poll(self) -> Sent | None:
        return self.says.pop(0) if self.says else None

    def end(self) -> None:
        pass

    def fileno(self) -> int | None:
        return None


class Desk:
    """A schedule over a real book, whose files are made by a process that does next to nothing."""

    def __init__(self, data: Path, book: Mailings, says: list[Sent | None], *, script: str = "pass") -> None:
        self.data, self.book, self.worker, self.script = data, book, FakeWorker(says), script
        self.schedule = self.start(MONDAY)

    def start(self, now: datetime) -> ReportSchedule:
        """The courier starts."""
        row = {"id": "rector-mail", "kind": "apprise", "url": "mailto://x"}
        post = Post(
            box=Letterbox(config=AppriseConfig(id="rector-mail", kind="apprise", url="mailto://x"), url="x"),
            order=Order(row=row, url="x"),
        )
        self.schedule = ReportSchedule(
            orders=(ORDER,),
            posts={"rector-mail": post},
            book=self.book,
            timezone=lambda: "Asia/Almaty",
            make=self._make,
            make_worker=lambda _order: self.worker,
            base_url="https://kuzet.example.org/",
            now=now,
        )
        return self.schedule

    def _make(self, one: Due) -> Making:
        path = self.data / f"{one.week.name}.pdf"
        path.write_bytes(b"%PDF-")
        with faults_of(path).open("wb") as faults:
            process = subprocess.Popen([sys.executable, "-c", self.script], stderr=faults)
        process.wait()
        return Making(path, process)

    def steps(self, now: datetime, count: int = 4) -> None:
        """So many steps at one instant."""
        for _ in range(count):
            self.schedule.step(now)

    def state(self) -> tuple[str, int]:
        """Where the newest week stands, and after how many tries."""
        newest = self.book.newest()[0]
        return newest.state, newest.tries


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Mailings]:
    with opened(courier_url(tmp_path), courier) as store:
        yield Mailings(store)


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (MONDAY - timedelta(seconds=1), "2026-W46"),
        (MONDAY, "2026-W47"),
        (MONDAY + timedelta(days=6), "2026-W47"),
        (MONDAY + timedelta(days=7), "2026-W48"),
    ],
    ids=["before-the-hour", "on-the-hour", "slept-through", "a-week-later"],
)
def test_due_is_the_newest_week_whose_hour_has_come(now: datetime, week: str) -> None:
    assert [(one.week.name, one.receiver) for one in due((ORDER,), ALMATY, now)] == [(week, "rector-mail")]


def test_due_on_friday_is_the_week_that_ended_on_sunday() -> None:
    order = ReportOrder(receivers=("rector-mail",), day="fri", at="17:00")
    friday = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    assert due((order,), ALMATY, friday)[0].week.name == "2026-W47"
    assert due((order,), ALMATY, friday - timedelta(minutes=1))[0].week.name == "2026-W46"


def test_report_is_sent_once_with_its_file(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [accepted()])
    desk.steps(MONDAY, 20)
    assert desk.state() == ("sent", 1)
    assert [letter.attachments for letter in desk.worker.letters] == [(str(tmp_path / "2026-W47.pdf"),)]
    assert desk.worker.letters[0].link == "https://kuzet.example.org/report/2026-W47"
    assert not (tmp_path / "2026-W47.pdf").exists()


def test_restart_sends_nothing_again(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [accepted()])
    desk.steps(MONDAY)
    desk.start(MONDAY + timedelta(hours=1))
    desk.steps(MONDAY + timedelta(hours=1), 10)
    assert len(desk.worker.letters) == 1


def test_next_week_is_another_report(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [accepted(), accepted()])
    desk.steps(MONDAY)
    desk.steps(MONDAY + timedelta(days=7))
    assert [letter.short_id for letter in desk.worker.letters] == ["2026-W47", "2026-W48"]


def test_failure_is_tried_again_after_a_while_and_can_be_seen(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [passing("the mail server answered 451"), accepted()])
    desk.steps(MONDAY)
    assert desk.state() == ("waiting", 1)
    assert read_mailings(tmp_path)[0].fault == "the mail server answered 451"
    desk.steps(MONDAY + timedelta(seconds=59))
    assert len(desk.worker.letters) == 1
    desk.steps(MONDAY + timedelta(seconds=61))
    assert desk.state() == ("sent", 2)


def test_file_that_cannot_be_made_is_tried_again(tmp_path: Path, book: Mailings) -> None:
    script = "import sys; sys.exit('error: WeasyPrint is missing')"
    desk = Desk(tmp_path, book, [], script=script)
    desk.steps(MONDAY, 2)
    assert desk.state() == ("waiting", 1)
    assert "WeasyPrint is missing" in (book.newest()[0].fault or "")
    assert desk.worker.letters == []


def test_death_while_sending_sends_nothing_twice_and_says_so(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [None, None])
    desk.steps(MONDAY, 2)
    assert desk.state() == ("sending", 1)
    desk.start(MONDAY + timedelta(minutes=5))
    desk.steps(MONDAY + timedelta(minutes=5), 10)
    assert desk.state() == ("unknown", 1)
    assert len(desk.worker.letters) == 1


def test_death_while_making_makes_it_anew(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [accepted()])
    desk.steps(MONDAY, 1)
    assert desk.state() == ("making", 1)
    desk.start(MONDAY + timedelta(minutes=5))
    desk.steps(MONDAY + timedelta(minutes=5))
    assert desk.state() == ("sent", 2)


def test_wrong_address_waits_for_somebody_to_mend_it_and_a_new_start(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [permanent("the mail server answered 550"), accepted()])
    desk.steps(MONDAY, 10)
    assert desk.state() == ("failed", 1)
    desk.start(MONDAY + timedelta(hours=2))
    desk.steps(MONDAY + timedelta(hours=2))
    assert desk.state() == ("sent", 2)


def test_worker_that_says_nothing_is_unknown_after_its_deadline(tmp_path: Path, book: Mailings) -> None:
    desk = Desk(tmp_path, book, [])
    desk.steps(MONDAY)
    desk.steps(MONDAY + timedelta(seconds=18))
    assert desk.state() == ("unknown", 1)
