"""A node that died is noticed: 30 s later its room is unknown. `KUZET_DEATHS` says how many die."""

import os
import random
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import msgspec
import pytest

from edge.config import Broker
from hub.inbox import Delivery
from hub.layout import Door
from protocol.codec import encode
from protocol.messages import Health, Hello, NodeState, Status
from tests.builders import EPOCH, a_layout, a_message, a_passage, a_space
from tests.edge.test_config import DOOR, HEAD, read
from tests.hub.site import TOPICS, Site

DEATHS = int(os.environ.get("KUZET_DEATHS", "100"))
SEED = int(os.environ.get("KUZET_SEED", "20261124"))
PROMISED_S = 30.0
#: As they are where the node's file says nothing else.
HEALTH_EVERY_S, KEEPALIVE_S = 10.0, 10.0
#: A broker says the last will of who was silent for one and a half keepalives.
WILL_AFTER_S = 1.5 * KEEPALIVE_S
#: Every node lives for some of its reports, and dies in this time.
LIFE_S = (25.0, 45.0)
#: A hub turns five times a second; a slow one is harder.
TURN_S = 0.5


class Hour:
    """What happens when, on the clock of a hub that turns now and then."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._read = 0
        self._heard: list[Delivery] = []
        #: Rooms and since when each is shown as unknown; None: it is known.
        self.unknown_since: dict[str, float | None] = {}

    @property
    def now_s(self) -> float:
        return self.site.clock.monotonic()

    def after(self, seconds: float, does: Callable[[], None]) -> None:
        heappush(self._due, (self.now_s + seconds, next(self._order), does))

    def hear(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """A hub takes what has come since its last turn in one commit."""
        self._heard.append(Delivery(topic, payload, retained))

    def pass_by(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            while self._due and self._due[0][0] <= self.now_s:
                heappop(self._due)[2]()
            heard, self._heard = self._heard, []
            self.site.engine.take(heard)
            self.site.tick(TURN_S)
            self._read_states()

    def _read_states(self) -> None:
        said = self.site.voice.said
        for one in said[self._read :]:
            if one.topic.endswith("/state") and one.payload:
                state = msgspec.json.decode(one.payload)
                since = self.unknown_since.get(state["space"])
                is_unknown = state["state"] == "unknown"
                self.unknown_since[state["space"]] = (since or self.now_s) if is_unknown else None
        self._read = len(said)


class Node:
    """A node as a hub hears it, and what a broker keeps of it."""

    def __init__(self, hour: Hour, number: int) -> None:
        self.name, self.room = f"node-{number}", f"room-{number}"
        self.died_s: float | None = None
        self._hour = hour
        self._seq = 0
        hello = Hello(software="1", config_hash="x", epoch=EPOCH, seq=0, health_every_s=HEALTH_EVERY_S)
        self._hello = encode(hello)

    def come(self) -> None:
        self._hour.hear(TOPICS.hello(self.name), self._hello)
        self._say(NodeState.ONLINE)
        self._report()

    def die(self, how: Callable[["Node"], None]) -> None:
        self.died_s = self._hour.now_s
        how(self)

    def is_killed(self) -> None:
        """Its machine closes the connection, and the broker says so at once."""
        self._say(NodeState.LOST)

    def is_stopped_or_cut_off(self) -> None:
        """The process stands still, the cable is out, the power is gone: the broker finds out."""
        self._hour.after(WILL_AFTER_S, lambda: self._say(NodeState.LOST))

    def dies_with_its_broker(self) -> None:
        """Nobody is left to say that it is lost; the broker comes back and has it as online."""
        self._hour.after(WILL_AFTER_S, self.broker_comes_back)

    def is_never_said_to_be_lost(self) -> None:
        """A broker that lives and says no will."""

    def broker_comes_back(self) -> None:
        """Whoever asks it gets the words that it has kept."""
        self._hour.hear(TOPICS.hello(self.name), self._hello, retained=True)
        self._say(NodeState.ONLINE, retained=True)

    def _report(self) -> None:
        if self.died_s is not None:
            return
        self._seq += 1
        now = self._hour.site.clock.now()
        self._hour.hear(TOPICS.events(self.name), a_message(a_passage(self._seq, at=now)))
        health = Health(at=now, epoch=EPOCH, seq=self._seq, outbox_depth=0)
        self._hour.hear(TOPICS.health(self.name), encode(health))
        self._hour.after(HEALTH_EVERY_S, self._report)

    def _say(self, state: NodeState, *, retained: bool = False) -> None:
        status = Status(state=state, epoch=EPOCH, since=self._hour.site.clock.now())
        self._hour.hear(TOPICS.status(self.name), encode(status), retained=retained)


WAYS = (
    Node.is_killed,
    Node.is_stopped_or_cut_off,
    Node.dies_with_its_broker,
    Node.is_never_said_to_be_lost,
)


@pytest.fixture
def hour(tmp_path: Path) -> Iterator[Hour]:
    """A campus of as many rooms as there are deaths, each with a node at its door."""
    site = Site(tmp_path)
    site.kill()
    rooms = [a_space(f"room-{number}") for number in range(DEATHS)]
    doors = [
        Door(id=f"door-{number}", node=f"node-{number}", channel="door", inner=f"room-{number}")
        for number in range(DEATHS)
    ]
    site.start(a_layout(spaces=tuple(rooms), doors=tuple(doors), posts=()))
    yield Hour(site)
    site.kill()


def test_node_reports_as_often_as_is_reckoned_with_here(tmp_path: Path) -> None:
    config = read(tmp_path, HEAD + DOOR)
    assert (config.health_every.seconds, Broker().keepalive.seconds) == (HEALTH_EVERY_S, KEEPALIVE_S)


def test_dead_node_is_unknown_within_thirty_seconds_however_it_died(hour: Hour) -> None:
    chance = random.Random(SEED)
    nodes = [Node(hour, number) for number in range(DEATHS)]
    for number, node in enumerate(nodes):
        hour.after(chance.uniform(0.0, HEALTH_EVERY_S), node.come)
        how = WAYS[number % len(WAYS)]
        hour.after(chance.uniform(*LIFE_S), lambda node=node, how=how: node.die(how))  # type: ignore[misc]
    hour.pass_by(LIFE_S[0])
    assert [node.room for node in nodes if hour.unknown_since[node.room] is not None] == []
    hour.pass_by(LIFE_S[1] - LIFE_S[0] + PROMISED_S + 5.0)
    took_s = [(hour.unknown_since[node.room] or 1e9) - (node.died_s or 0.0) for node in nodes]
    assert max(took_s) <= PROMISED_S
    # Who was killed is known at once: the others' time is that of their silence and not of the hub's looking.
    assert max(took_s[:: len(WAYS)]) <= 2 * TURN_S


def test_hub_that_starts_again_believes_no_word_from_before(hour: Hour) -> None:
    node = Node(hour, 0)
    node.come()
    hour.pass_by(15.0)
    assert hour.unknown_since[node.room] is None
    hour.site.kill()
    hour.site.start(hour.site.engine.campus.layout)
    node.broker_comes_back()
    hour.pass_by(1.0)
    assert hour.unknown_since[node.room] is not None
    hour.pass_by(10.0)
    assert hour.unknown_since[node.room] is None
