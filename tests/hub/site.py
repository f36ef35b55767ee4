"""A hub over a folder with a settable clock and a broker's voice: killed and started as a test says."""

from itertools import count
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from hub.announcer import Announcer
from hub.engine import Engine
from hub.inbox import Delivery
from hub.layout import Layout
from hub.reception import Reception
from hub.store.database import hub_url, open_database, people_url
from hub.store.decisions import Decisions
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.events import AnyEvent
from protocol.topics import Topics
from tests.builders import EPOCH, a_message, the_orders
from tests.fakes.hub import SettableClock, Voice

TOPICS = Topics("test")


class Site:
    """A hub over a folder; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SettableClock()
        self.voice = Voice()
        self._ids = count(1)
        self.start()

    def start(self, layout: Layout | None = None) -> None:
        self.store = open_database(hub_url(self.folder), hub_tables, sole=True)
        self.people = open_database(people_url(self.folder), people_tables)
        self.decisions = Decisions(self.people)
        self.engine = Engine(
            store=self.store,
            decisions=self.decisions,
            reception=Reception(self.folder),
            orders=the_orders(layout),
            announcer=Announcer(self.voice, TOPICS, "1", self.clock.now()),
            clock=self.clock,
            new_id=lambda: f"alert-{next(self._ids)}",
            version="1",
            allowance_valid_s=60.0,
            snapshot_every_s=30.0,
        )
        self.engine.greet()

    def kill(self) -> None:
        self.store.dispose()
        self.people.dispose()

    def restart(self) -> None:
        self.kill()
        self.start()

    def send(self, node: str, *events: AnyEvent, epoch: str = EPOCH) -> None:
        self.deliver(TOPICS.events(node), a_message(*events, epoch=epoch))

    def deliver(self, topic: str, payload: bytes, retained: bool = False) -> None:
        self.engine.take([Delivery(topic, payload, retained)])

    def tick(self, seconds: float = 0.2) -> None:
        self.clock.pass_by(seconds)
        self.engine.tick()

    def rows(self, table: str) -> int:
        with self.store.connect() as connection:
            return int(
                connection.execute(select(func.count()).select_from(hub_tables.tables[table])).scalar() or 0
            )

    def alerts(self) -> list[dict[str, object]]:
        said = {one.topic: one.payload for one in self.voice.said if "/alert/" in one.topic}
        return [msgspec.json.decode(payload) for payload in said.values() if payload]

    def room(self) -> dict[str, object]:
        return self.voice.last("space/room/state") or {}
