"""A courier with a real book and a real hub's file, virtual time, and workers that do as the test says."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from hub.alerts.notification import Notification, Reason
from hub.courier.book import Book
from hub.courier.config import Receivers, read_receivers
from hub.courier.courier import Courier
from hub.courier.hub_rows import HubRows
from hub.courier.outcomes import Outcomes, Telling
from hub.courier.wording import Wording, read_texts
from hub.courier.worker_process import Worker
from hub.layout import Names
from hub.receivers.message import Message, Outcome, Sent, accepted
from hub.receivers.worker import Order
from hub.store.courier_tables import courier as courier_tables
from hub.store.courier_tables import courier_url
from hub.store.database import hub_url, open_database
from hub.store.schema import board, notification
from hub.store.schema import hub as hub_tables
from tests.fakes.hub import SettableClock

#: Two receivers and a patience as shipped.
TWO = """
[courier]
base_url = "https://kuzet.example.org"

[[receivers]]
id = "first"
kind = "webhook"
url = "https://first.example/"
per_minute = 600

[[receivers]]
id = "second"
kind = "webhook"
url = "https://second.example/"
per_minute = 600
"""


class ScriptedWorker:
    """Answers as scripted, in order, and then that it was taken; a None in the script hangs."""

    def __init__(self, name: str, desk: "Desk") -> None:
        self.name = name
        self.script: deque[Sent | None] = deque()
        self.given: list[Message] = []
        self.ended = 0
        self._desk = desk
        self._sent: Sent | None = None

    def give(self, message: Message) -> None:
        self._desk.on_give(self.name, message)
        self.given.append(message)
        self._sent = self.script.popleft() if self.script else accepted(200)

    def poll(self) -> Sent | None:
        return self._sent

    def end(self) -> None:
        self.ended += 1

    def fileno(self) -> int | None:
        return None


class Desk:
    """Everything around one courier."""

    def __init__(self, folder: Path, toml: str = TWO) -> None:
        self.folder, self.clock = folder, SettableClock()
        self.on_give: Callable[[str, Message], None] = lambda name, message: None
        self.workers: dict[str, ScriptedWorker] = {}
        self.receivers = self.read(toml)
        self.hub = open_database(hub_url(folder), hub_tables)
        self.store = open_database(courier_url(folder), courier_tables)
        self.outcomes = Outcomes(self.store)
        self.number = 0
        self._rows = HubRows(folder)
        self.courier = self.start()

    def read(self, toml: str) -> Receivers:
        path = self.folder / "receivers.toml"
        path.write_text(toml, encoding="utf-8")
        path.chmod(0o600)
        return read_receivers(path)

    def start(self) -> Courier:
        """A courier on what is there, as after a restart."""
        config = self.receivers.config
        # The one before has crashed; what it read with goes with its process.
        self._rows.close()
        self._rows = HubRows(self.folder)
        self.courier = Courier(
            hub=self._rows,
            book=Book(self.store, fall_over_s=config.fall_over.seconds, retry_for_s=config.retry_for.seconds),
            receivers=self.receivers,
            wording=Wording(read_texts(), config.base_url),
            clock=self.clock,
            chance=lambda: 1.0,
            make_worker=self.make_worker,
        )
        return self.courier

    def make_worker(self, order: Order) -> Worker:
        name = order.url if order.row["kind"] == "ping" else order.row["id"]
        worker = ScriptedWorker(name, self)
        self.workers.setdefault(name, worker)
        return self.workers[name]

    def close(self) -> None:
        self.courier.close()
        self.hub.dispose()
        self.store.dispose()

    def step(self, times: int = 2) -> None:
        """Steps at one instant: what is sent in one is heard in the next."""
        for _ in range(times):
            self.courier.step(self.clock.now())

    def run_for(self, seconds: float, every_s: float = 1.0) -> None:
        """Let time pass, with a step each `every_s`."""
        for _ in range(int(seconds / every_s)):
            self.clock.pass_by(every_s)
            self.step(1)

    def tell(
        self,
        alert: str = "a1",
        reason: Reason = Reason.FIRED,
        *,
        receivers: tuple[str, ...] = ("first", "second"),
        priority: int = 1,
        language: str = "en",
        rule: str = "over-capacity",
        is_drill: bool = False,
        duty: str = "guard-day",
        key: str | None = None,
    ) -> str:
        """The hub decides to tell something."""
        self.number += 1
        now = self.clock.now()
        told = make_notification(
            key or f"{alert}-{self.number}",
            now,
            alert=alert,
            reason=reason,
            receivers=receivers,
            priority=priority,
            language=language,
            rule=rule,
            is_drill=is_drill,
            duty=duty,
        )
        self.put(told)
        return told.id

    def put(self, told: Notification) -> None:
        row = {"key": told.id, "alert": told.alert, "at_ms": int(told.at.timestamp() * 1000)}
        with self.hub.begin() as connection:
            connection.execute(notification.insert().values(**row, body=msgspec.json.encode(told)))

    def beat(self, as_of: datetime | None = None) -> None:
        """The hub's pulse."""
        row = {"as_of": as_of or self.clock.now(), "timezone": "Asia/Almaty", "site": "campus"}
        with self.hub.begin() as connection:
            connection.execute(board.delete())
            values = {"kind": "hub", "key": "hub", "version": 1, "body": msgspec.json.encode(row)}
            connection.execute(board.insert().values(values))

    def of(self, alert: str = "a1") -> list[Telling]:
        return self.outcomes.of_alert(alert)

    def titles(self, name: str) -> list[str]:
        return [message.title for message in self.workers[name].given]


def make_notification(
    key: str,
    at: datetime,
    *,
    alert: str = "a1",
    reason: Reason = Reason.FIRED,
    receivers: tuple[str, ...] = ("first", "second"),
    priority: int = 1,
    language: str = "en",
    rule: str = "over-capacity",
    is_drill: bool = False,
    duty: str = "guard-day",
    label: str = "A-204",
    value: float | None = 34.0,
) -> Notification:
    return Notification(
        id=key,
        alert=alert,
        at=at,
        reason=reason,
        priority=priority,
        rule=rule,
        duty=duty,
        receivers=receivers,
        language=language,
        label=label,
        place=Names(kk="204-аудитория", ru="Аудитория 204", en="Room 204"),
        clause="§71",
        value=value,
        limit=30.0,
        since=at - timedelta(minutes=2),
        is_drill=is_drill,
    )


def failed(retry_after_s: float | None = None) -> Sent:
    return Sent(outcome=Outcome.PASSING, fault="answered 503", status=503, retry_after_s=retry_after_s)


REFUSED = Sent(outcome=Outcome.PERMANENT, fault="answered 401", status=401)
UNKNOWN = Sent(outcome=Outcome.UNKNOWN, fault="its worker ended without a word")
