"""A hub over a folder with two nodes that have real outboxes and publishers, and its copies; no network."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import msgspec

from edge.errors import AckRefused
from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from hub.backup.errors import Damaged
from hub.backup.recovery import Restored, require_sound
from hub.backup.shelf import Copy, Shelf
from hub.backup.taking import take
from hub.store.forgetting import without_readings
from protocol.broker import Publication
from protocol.codec import encode
from protocol.events import AnyEvent
from protocol.messages import Ack, Health
from tests.builders import a_passage, a_screening, an_exit
from tests.fakes.hub import Voice
from tests.hub.site import TOPICS, Site

SITE = "test"
EPOCHS = {"entrance": "01KAQR5T6M2222222222222222", "room-node": "01KAQR5T6M3333333333333333"}


class Wire:
    """What a publisher needs of a connection; messages wait until the hub takes them."""

    def __init__(self) -> None:
        self.connects = 1
        self.is_connected = True
        self.sent: list[Publication] = []

    def publish(self, publication: Publication) -> bool:
        self.sent.append(publication)
        return True


class TellingNode:
    """A node's outbox and publisher, without pins."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.outbox = Outbox.open(folder / f"{name}.outbox", lambda: EPOCHS[name])
        self.wire = Wire()
        self.publisher = Publisher(self.outbox, self.wire, TOPICS.events(name), lambda: 0.5)

    def hear(self, payload: object, now_s: float) -> None:
        ack = msgspec.convert(payload, Ack)
        with suppress(AckRefused):
            self.outbox.acknowledge(ack)
            self.publisher.acknowledged(ack, now_s)

    def all_rows(self) -> dict[int, bytes]:
        """What the outbox holds, acknowledged or not."""
        rows = self.outbox._database.execute("SELECT seq, body FROM event").fetchall()
        return dict(rows)


class Campus:
    """Hub, nodes and copies in one folder; begins from whatever lies there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True, parents=True)
        self.shelf = Shelf(folder / "copies", SITE)
        self.nodes = {name: TellingNode(name, folder) for name in EPOCHS}
        self.site: Site | None = None

    def begin(self, after: timedelta = timedelta(0)) -> list[Restored]:
        """Start the hub as its command does: nothing damaged is opened. Raises Damaged."""
        self.site = None
        restored = require_sound(self.data, self.shelf, a_passage().at + after)
        site = Site(self.data)
        site.clock.pass_by(after.total_seconds())
        site.voice = Voice()
        self.site = site
        site.restart()
        return restored

    @property
    def hub(self) -> Site:
        assert self.site is not None
        return self.site

    def put(self, name: str, *events: AnyEvent) -> None:
        self.nodes[name].outbox.put(events)

    def settle(self) -> None:
        """Let nodes and hub talk until neither has anything to say."""
        for _ in range(60):
            self.hub.clock.pass_by(2.5)
            said = sum([self._turn(node) for node in self.nodes.values()])
            self.hub.tick(0.2)
            if not said and not any(node.outbox.depth for node in self.nodes.values()):
                return
        raise AssertionError({name: node.outbox.depth for name, node in self.nodes.items()})

    def _turn(self, node: TellingNode) -> int:
        site, now_s = self.hub, self.hub.clock.monotonic()
        outbox = node.outbox
        health = Health(
            at=site.clock.now(), epoch=outbox.epoch, seq=outbox.newest_seq, outbox_depth=outbox.depth
        )
        site.deliver(TOPICS.health(node.name), encode(health))
        site.tick(0.05)
        said = self.hub.voice.last(f"node/{node.name}/ack")
        if said is not None:
            node.hear(said, now_s)
        node.publisher.step(now_s)
        sent, node.wire.sent = node.wire.sent, []
        for publication in sent:
            site.deliver(publication.topic, publication.payload)
        site.tick(0.05)
        said = self.hub.voice.last(f"node/{node.name}/ack")
        if said is not None:
            node.hear(said, now_s)
        return len(sent)

    def copy(self) -> Copy:
        """A copy of the hub's folder as `kuzet backup` makes it."""
        return take(self.data, self.shelf, {}, site=SITE, version="1", at=self.hub.clock.now())[0]

    def journal(self) -> dict[tuple[str, str, int], bytes]:
        """Every event the hub has, without readings."""
        query = "SELECT s.node, s.epoch, j.seq, j.body FROM journal j JOIN source s ON s.id = j.source"
        with self.hub.store.connect() as connection:
            rows = connection.exec_driver_sql(query).all()
        return {(node, epoch, seq): without_readings(body) for node, epoch, seq, body in rows}

    def truth(self) -> dict[tuple[str, str, int], bytes]:
        """Every event the nodes still hold, without readings."""
        return {
            (name, node.outbox.epoch, seq): without_readings(body)
            for name, node in self.nodes.items()
            for seq, body in node.all_rows().items()
        }

    def believed(self) -> dict[str, object]:
        """Counts of the fold, as they are on the board."""
        campus = self.hub.engine.campus
        return {space: campus.today(space, self.hub.clock.now()).count for space in ("hall", "room")}

    def states(self) -> list[dict[str, object]]:
        """What is said of each space now."""
        found = (self.hub.voice.last(f"space/{space}/state") for space in ("hall", "room"))
        return [said for said in found if said is not None]

    def copy_is_refused(self) -> bool:
        """Whether the next copy finds that the store is not as it was."""
        try:
            self.copy()
        except Damaged:
            return True
        return False

    def close(self) -> None:
        if self.site is not None:
            self.site.kill()
            self.site = None
        for node in self.nodes.values():
            node.outbox.close()


def walk(chance: Random, count: int, channel: str = "door") -> Iterator[AnyEvent]:
    """People in and out."""
    for number in range(count):
        at = a_passage().at + timedelta(seconds=number)
        yield chance.choice((a_passage, a_passage, an_exit))(1, at=at, channel=channel)


def looks(chance: Random, count: int) -> Iterator[AnyEvent]:
    """Screenings with readings."""
    for number in range(count):
        at = a_passage().at + timedelta(seconds=number)
        yield a_screening(1, at=at, index_c=chance.uniform(-1, 1), skin_c=33.0 + chance.random(), samples=12)


def image_of(campus: Campus, into: Path) -> Path:
    """The folder as a kill -9 leaves it, while everything is open."""
    shutil.copytree(campus.folder, into)
    return into
