import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from edge.assembly import build_node
from edge.channels import Door
from edge.config import NodeConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.errors import ReadFailed
from edge.drivers.light import LightConfig
from edge.drivers.pins import PinKind
from edge.errors import OutboxInUse
from edge.faults import FaultBook, Stamp
from edge.life.last_life import Code, Ending
from edge.life.moves import OUTBOX, OUTBOX_QUIET_S, PUBLISHER, PUBLISHER_QUIET_S
from edge.life.progress import Progress, Stuck
from edge.node import STEP_S, WELL_AFTER_S, Node
from edge.outbox.file import Cursor
from edge.outbox.keeper import MAX_HELD
from edge.outbox.outbox import Outbox
from edge.watches.watch import Watch
from protocol.broker import BrokerConfig, Publication, Session
from protocol.codec import decode_event, decode_message, encode
from protocol.events import AnyEvent, ClockState, Contact, Direction, Fault, Passage, Recovered
from protocol.messages import Ack, Allowance, Health, Hello, Light, NodeState, Signal, Status
from protocol.topics import Topics
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.edge.outbox.test_outbox import OTHER, fill, limit_pages
from tests.fakes.edge import START, Connector, FakeClock, FakeLamp, FakeSession

OUTER, INNER, RED, AMBER, GREEN = 17, 27, 5, 6, 13
VALID_S = 30.0
TOPICS = Topics("demo")


def a_config(outbox: Path) -> NodeConfig:
    return NodeConfig(
        site="demo",
        node="entrance-a",
        outbox=str(outbox),
        pins=PinKind.MOCK,
        doors=(
            Door(
                channel="main",
                beams=BeamPairConfig(outer_pin=OUTER, inner_pin=INNER),
                light=LightConfig(red_pin=RED, amber_pin=AMBER, green_pin=GREEN),
            ),
        ),
    )


class Bench:
    """A whole node on mock pins, in a time that goes only when told to."""

    def __init__(self, folder: Path) -> None:
        self.config = a_config(folder / "outbox.sqlite")
        self.clock = FakeClock()
        self.clock_state = ClockState.SYNCED
        self.connector = Connector()
        self.woken = 0
        self.progress = Progress({})
        self.ending: Ending | None = None
        self.boot()

    def boot(self) -> None:
        """Start the node, with the door free and the network there."""
        self.pins = SimulatedPinFactory(self.clock.monotonic)
        self.outer = SimulatedBeam(self.pins, OUTER)
        self.inner = SimulatedBeam(self.pins, INNER)
        self.outer.set(False)
        self.inner.set(False)
        self.node: Node = build_node(
            self.config,
            self.clock,
            self.pins,
            lambda number: None,
            self.connector,
            software="kuzet test",
            wake=self._wake,
            clock_state=lambda: self.clock_state,
            jitter=lambda: 0.5,
            progress=self.progress,
            begin_life=lambda: self.ending,
        )
        self.node.start()
        self.session.come_up()

    def crash(self) -> None:
        """The process is gone; its file is not in use any more."""
        self.node.outbox.close()

    @property
    def session(self) -> FakeSession:
        return self.connector.session

    def run(self, seconds: float) -> None:
        """Steps of 50 ms."""
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            self.node.step()

    def walk(self, first: SimulatedBeam, second: SimulatedBeam) -> None:
        """Somebody walks past, a step at each edge, as `kuzet edge run` does."""
        for beam, broken in ((first, True), (second, True), (first, False), (second, False)):
            beam.set(broken)
            self.node.step()
            self.clock.advance(0.1)
        self.run(0.3)

    def go_in(self) -> None:
        self.walk(self.outer, self.inner)

    def go_out(self) -> None:
        self.walk(self.inner, self.outer)

    def signal(self, free: int | None, light: Light = Light.GO, reason: str = "", *, seq: int = 0) -> None:
        """The hub speaks."""
        allowance = Allowance(light=light, free=free, reason=reason)
        signal = Signal(
            as_of=self.clock.now(),
            valid_s=VALID_S,
            epoch=self.node.outbox.epoch,
            seq=seq,
            channels={"main": allowance},
        )
        self.session.deliver_signal("demo", "entrance-a", signal)
        self.node.step()

    def acknowledge(self, seq: int) -> None:
        self.session.deliver_ack("demo", "entrance-a", Ack(epoch=self.node.outbox.epoch, seq=seq))
        self.node.step()

    @property
    def light(self) -> Light:
        return self.node.indicator.shown["main"]

    @property
    def lamps(self) -> tuple[bool, bool, bool]:
        """Red, amber, green, as the pins are."""
        red, amber, green = (bool(self.pins.pin(number).state) for number in (RED, AMBER, GREEN))
        return red, amber, green

    def kept(self) -> list[AnyEvent]:
        return [decode_event(row.body) for row in self.node.outbox.pending(0, 1000, 10**9)]

    def healths(self) -> list[Health]:
        return [decode_message(payload, Health) for payload in self.session.payloads("health")]

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.node.stop()


# -- from pins to the wire


def test_node_makes_a_passage_of_driven_pins_and_the_session_gets_it(bench: Bench) -> None:
    bench.go_in()
    (kept,) = bench.kept()
    assert isinstance(kept, Passage)
    assert (kept.seq, kept.channel, kept.direction, kept.people) == (1, "main", Direction.IN, 1)
    assert kept.took_s == pytest.approx(0.3)
    assert [event for batch in bench.session.batches() for event, _ in batch.events] == [kept]


def test_node_tells_in_from_out(bench: Bench) -> None:
    bench.go_out()
    bench.go_in()
    directions = [event.direction for event in bench.kept() if isinstance(event, Passage)]
    assert directions == [Direction.OUT, Direction.IN]


def test_node_stamps_a_passage_with_the_instant_of_its_edge_in_milliseconds(bench: Bench) -> None:
    bench.go_in()
    assert bench.kept()[0].at == START + timedelta(seconds=0.3)


def test_node_marks_events_before_time_service_and_corrects_them_when_it_comes(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.go_in()
    before = bench.kept()[0]
    sent = [batch.sent_at for batch in bench.session.batches()]
    bench.clock.sync(bench.clock.now() + timedelta(hours=1))
    bench.clock_state = ClockState.SYNCED
    bench.go_in()
    after = bench.kept()
    assert before.clock is ClockState.ESTIMATED
    assert None not in sent
    assert [event.clock for event in after] == [ClockState.SYNCED, ClockState.SYNCED]
    assert after[0].at == before.at + timedelta(hours=1)
    assert after[1].at - after[0].at < timedelta(seconds=5)
    assert bench.session.batches()[-1].sent_at is None


def test_node_corrects_what_it_holds_when_the_outbox_refuses(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.node.outbox.put([Contact(seq=1, at=START, channel="window", open=True)])
    limit_pages(bench.node.outbox, 0)
    fill(bench.node.outbox)
    kept = bench.node.outbox.depth
    bench.go_in()
    bench.clock.sync(bench.clock.now() + timedelta(hours=1))
    bench.clock_state = ClockState.SYNCED
    bench.run(0.1)
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    passage = bench.kept()[kept]
    assert isinstance(passage, Passage)
    assert passage.clock is ClockState.SYNCED
    assert passage.at > START + timedelta(hours=1)


def test_node_says_once_that_its_outbox_is_filling_and_once_that_it_is_no_more(bench: Bench) -> None:
    bench.node.outbox._max_events = 10
    bench.session.go_down()
    for _ in range(7):
        bench.go_in()
    bench.session.come_up()
    bench.acknowledge(4)
    bench.run(0.1)
    quota = [each for each in faults_in(bench.kept()) if each[2] == "outbox-quota"]
    assert quota == [
        ("Fault", "node", "outbox-quota", "filling"),
        ("Recovered", "node", "outbox-quota", "filling"),
    ]


def test_node_counts_a_passage_over_a_step_of_the_wall_clock(bench: Bench) -> None:
    bench.outer.set(True)
    bench.node.step()
    bench.clock.sync(START + timedelta(days=3650))
    bench.outer.set(False)
    bench.go_in()
    assert len(bench.kept()) == 1


def test_node_finds_edges_the_kernel_lost(bench: Bench) -> None:
    for beam, broken in (
        (bench.outer, True),
        (bench.inner, True),
        (bench.outer, False),
        (bench.inner, False),
    ):
        beam.set(broken, silently=True)
        bench.run(0.1)
    bench.run(0.3)
    assert [type(event) for event in bench.kept()] == [Passage]


def test_node_is_woken_by_a_beam_and_by_the_hub(bench: Bench) -> None:
    bench.outer.set(True)
    assert bench.woken == 1
    bench.session.deliver("kuzet/1/demo/node/entrance-a/ack", b"")
    assert bench.woken == 2


def test_node_asks_for_its_next_step_within_fifty_milliseconds(bench: Bench) -> None:
    assert 0.0 < bench.node.step() <= STEP_S


# -- what it says of itself


def test_node_greets_at_each_connect(bench: Bench) -> None:
    bench.run(0.1)
    bench.session.go_down()
    bench.run(0.1)
    bench.session.come_up()
    bench.run(0.1)
    hellos = [decode_message(payload, Hello) for payload in bench.session.payloads("hello")]
    assert len(hellos) == 2
    assert (hellos[0].software, hellos[0].epoch) == ("kuzet test", bench.node.outbox.epoch)
    assert [(each.channel, each.kind) for each in hellos[0].channels] == [("main", "beam-pair")]
    retained = {each.topic.rsplit("/", 1)[1]: each.retain for each in bench.session.published}
    assert retained == {"hello": True, "status": True, "health": False}


def test_node_leaves_a_last_will_and_says_goodbye(bench: Bench) -> None:
    will = bench.session.will
    bench.run(0.1)
    online = decode_message(bench.session.payloads("status")[0], Status)
    bench.node.session.stop(bench.node.goodbye())
    assert will is not None
    assert bench.session.goodbye is not None
    assert (will.topic, will.retain) == (TOPICS.status("entrance-a"), True)
    states = [
        decode_message(will.payload, Status).state,
        online.state,
        decode_message(bench.session.goodbye.payload, Status).state,
    ]
    assert states == [NodeState.LOST, NodeState.ONLINE, NodeState.OFFLINE]


def test_node_reads_only_its_own_ack_and_signal(bench: Bench) -> None:
    assert bench.session.subscriptions == (TOPICS.ack("entrance-a"), TOPICS.signal("entrance-a"))


def test_node_says_how_it_is_at_the_promised_period(bench: Bench) -> None:
    bench.go_in()
    bench.session.published.clear()
    bench.run(30.0)
    healths = bench.healths()
    assert len(healths) == 3
    assert (healths[0].seq, healths[0].outbox_depth, healths[0].clock) == (1, 1, "synced")
    assert healths[0].missed_edges == 0


def test_health_counts_edges_that_nobody_reported(bench: Bench) -> None:
    bench.run(1.0)
    bench.outer.set(True, silently=True)
    bench.run(0.2)
    bench.outer.set(False)
    bench.run(31.0)
    assert bench.healths()[-1].missed_edges == 1


# -- what the hub says


def test_node_forgets_what_the_hub_has_made_durable(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(1)
    assert bench.node.outbox.depth == 0


def test_node_does_not_let_another_epoch_push_its_acknowledgement_aside(bench: Bench) -> None:
    bench.go_in()
    bench.session.deliver_ack("demo", "entrance-a", Ack(epoch=bench.node.outbox.epoch, seq=1))
    bench.session.deliver_ack("demo", "entrance-a", Ack(epoch=OTHER, seq=7))
    bench.node.step()
    assert (bench.node.outbox.depth, bench.node.ignored) == (0, 0)


@pytest.mark.parametrize("leaf", ["ack", "signal"])
@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 9000, b"\xff", b'{"epoch":"x","seq":-1}', b"1e999"])
def test_node_counts_and_ignores_what_it_cannot_read(bench: Bench, leaf: str, payload: bytes) -> None:
    bench.session.deliver(f"{TOPICS.root}/node/entrance-a/{leaf}", payload)
    bench.go_in()
    assert bench.node.ignored == 1
    assert len(bench.kept()) == 1


def test_node_refuses_an_acknowledgement_that_cannot_be_true(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(99)
    bench.run(1.0)
    assert bench.node.ignored == 1
    assert [type(event) for event in bench.kept()] == [Passage, Fault]


# -- the light


def test_light_is_unknown_until_the_hub_speaks(bench: Bench) -> None:
    bench.run(0.2)
    assert bench.light is Light.UNKNOWN
    assert bench.lamps[2] is False


def test_light_counts_down_with_the_hub_stopped(bench: Bench) -> None:
    bench.signal(free=2)
    bench.session.go_down()
    lights = [bench.light]
    for walk in (bench.go_in, bench.go_in, bench.go_out):
        walk()
        lights.append(bench.light)
    assert lights == [Light.GO, Light.GO, Light.STOP, Light.GO]


def test_light_follows_in_the_step_that_keeps_the_passage(bench: Bench) -> None:
    bench.signal(free=1)
    bench.session.go_down()
    for beam, broken in ((bench.outer, True), (bench.inner, True), (bench.outer, False)):
        beam.set(broken)
        bench.run(0.1)
    bench.inner.set(False)
    seen = []
    for _ in range(8):
        bench.run(STEP_S)
        seen.append((bench.node.outbox.newest_seq, bench.light, bench.lamps))
    green, red = (False, False, True), (True, False, False)
    kept_after = next(number for number, (newest, _, _) in enumerate(seen) if newest == 1)
    assert seen == [(0, Light.GO, green)] * kept_after + [(1, Light.STOP, red)] * (8 - kept_after)


@pytest.mark.parametrize("thousandths", range(0, 50, 7))
def test_light_follows_within_200_ms_of_the_last_beam_freed(bench: Bench, thousandths: int) -> None:
    bench.signal(free=1)
    bench.session.go_down()
    for beam, broken in ((bench.outer, True), (bench.inner, True), (bench.outer, False)):
        beam.set(broken)
        bench.node.step()
        bench.run(0.1)
    bench.clock.advance(thousandths / 1000)
    bench.inner.set(False)
    freed_s = bench.clock.monotonic()
    steps = []
    for _ in range(20):
        wait_s = bench.node.step()
        steps.append((bench.clock.monotonic() - freed_s, bench.light))
        bench.clock.advance(wait_s)
    stopped_s = [after_s for after_s, light in steps if light is Light.STOP]
    assert 0.15 <= stopped_s[0] <= 0.2


def test_light_is_unknown_when_the_allowance_expires(bench: Bench) -> None:
    bench.signal(free=5)
    bench.run(VALID_S - 0.1)
    before = bench.light
    bench.run(0.2)
    assert (before, bench.light) == (Light.GO, Light.UNKNOWN)
    assert bench.lamps[2] is False


def test_light_is_unknown_after_a_restart_until_the_broker_gives_the_allowance(bench: Bench) -> None:
    bench.signal(free=5)
    bench.crash()
    bench.boot()
    bench.run(0.1)
    assert bench.light is Light.UNKNOWN


def test_light_after_a_restart_counts_passages_the_hub_has_not(bench: Bench) -> None:
    bench.go_in()
    bench.go_in()
    bench.crash()
    bench.boot()
    bench.signal(free=1, seq=1)
    assert bench.light is Light.STOP


def test_light_refuses_a_retained_allowance_from_long_ago(bench: Bench) -> None:
    signal = Signal(
        as_of=START - timedelta(days=2),
        valid_s=VALID_S,
        channels={"main": Allowance(light=Light.GO, free=9)},
    )
    bench.session.deliver_signal("demo", "entrance-a", signal, retained=True)
    bench.run(0.1)
    assert bench.light is Light.UNKNOWN


# -- faults


def faults_in(events: list[AnyEvent]) -> list[tuple[str, str, str, str]]:
    return [
        (type(event).__name__, event.channel, event.component, event.code)
        for event in events
        if isinstance(event, Fault | Recovered)
    ]


def test_node_says_an_obstruction_once_going_and_once_coming_back(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(20.0)
    said_going = bench.healths()[-1].faults
    bench.outer.set(False)
    bench.run(11.0)
    assert faults_in(bench.kept()) == [
        ("Fault", "main", "beams", "obstructed"),
        ("Recovered", "main", "beams", "obstructed"),
    ]
    assert said_going == ("main beams: obstructed",)
    assert bench.healths()[-1].faults == ()


def test_node_takes_an_obstruction_back_that_went_away_while_it_was_off(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(5.0)
    bench.crash()
    bench.boot()
    bench.run(1.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def test_node_does_not_say_an_obstruction_again_that_lasts_over_a_restart(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(5.0)
    bench.crash()
    boot_blocked(bench)
    bench.run(5.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault"]
    bench.outer.set(False)
    bench.run(1.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def boot_blocked(bench: Bench) -> None:
    """Start the node with the outer beam already broken."""
    bench.boot()
    bench.outer.set(True)


# -- an outbox that refuses


def test_node_keeps_events_in_memory_while_the_disk_is_full_and_loses_none(bench: Bench) -> None:
    limit_pages(bench.node.outbox, 0)
    for _ in range(60):
        bench.signal(free=100)
        bench.go_in()
    stuck_at = bench.node.outbox.newest_seq
    bench.run(10.0)
    assert stuck_at < 60
    assert bench.healths()[-1].faults == ("outbox: full",)
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    events = bench.kept()
    assert [event.seq for event in events] == list(range(1, 63))
    assert sum(isinstance(event, Passage) for event in events) == 60
    assert [kind for kind, *_ in faults_in(events)] == ["Fault", "Recovered"]
    assert bench.node.outbox.dropped == 0


def test_light_counts_down_while_the_disk_is_full(bench: Bench) -> None:
    bench.signal(free=60)
    limit_pages(bench.node.outbox, 0)
    for _ in range(60):
        bench.go_in()
    bench.signal(free=60)
    assert bench.node.outbox.newest_seq < 60
    assert bench.light is Light.STOP


def test_node_declares_what_found_no_room(bench: Bench) -> None:
    limit_pages(bench.node.outbox, 0)
    fill_memory(bench)
    limit_pages(bench.node.outbox, 10_000)
    bench.run(2.0)
    outbox = bench.node.outbox
    assert outbox.dropped > 0
    recovered = [event for event in bench.kept() if isinstance(event, Recovered)]
    assert outbox.newest_seq + outbox.dropped == MAX_HELD + 300 + 2
    assert [event.detail for event in all_recovered(outbox)] == [
        f"{outbox.dropped} events found no room and are lost"
    ]
    assert recovered == []  # it is behind the first thousand


def fill_memory(bench: Bench) -> None:
    """As if so many had walked by: straight into what the node keeps."""
    from edge.faults import Stamp

    passage = Passage(seq=1, at=START, channel="main", direction=Direction.IN)
    stamp = Stamp(bench.clock.now(), bench.clock.monotonic(), ClockState.SYNCED)
    for _ in range((MAX_HELD + 300) // 100):
        bench.node.keeper.keep([passage] * 100, stamp)


def all_recovered(outbox: Outbox) -> list[Recovered]:
    events = [decode_event(row.body) for row in outbox.pending(0, 100_000, 10**9)]
    return [event for event in events if isinstance(event, Recovered)]


# -- an outbox that cannot be read


def test_node_says_that_a_damaged_outbox_was_moved_aside_and_takes_it_back_once_seen_to(
    bench: Bench, tmp_path: Path
) -> None:
    bench.go_in()
    bench.crash()
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(os.urandom(5000))
    bench.boot()
    bench.run(0.1)
    assert faults_in(bench.kept()) == [("Fault", "node", "old-outbox", "damaged")]
    bench.crash()
    (tmp_path / "outbox.sqlite.damaged-1").unlink()
    bench.boot()
    bench.run(0.1)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def test_node_refuses_an_outbox_in_use(bench: Bench) -> None:
    with pytest.raises(OutboxInUse):
        build_node(
            bench.config,
            bench.clock,
            SimulatedPinFactory(bench.clock.monotonic),
            lambda number: None,
            Connector(),
        )


# -- over a real broker


class Hub:
    """A listener that keeps what it hears and can answer."""

    def __init__(self, port: int, wake: Callable[[], None]) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._wake = wake
        self.session = Session(
            BrokerConfig(client_id="hub", port=port, keepalive_s=5),
            on_message=self._hear,
            subscriptions=[TOPICS.all_events, TOPICS.all_statuses, TOPICS.all_hellos],
        )
        self.session.start()
        self.session.wait_connected(10.0)

    def topics(self) -> set[str]:
        return {topic.rsplit("/", 1)[1] for topic, _ in self.heard}

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        self.heard.append((topic, payload))
        self._wake()


def comes_true(bench: Bench, news: Event, is_true: Callable[[], bool]) -> bool:
    """Step on each piece of news, at least each 50 ms of real time, until it is true; bounded."""
    return any(is_true_after_a_step(bench, news, is_true) for _ in range(400))


def is_true_after_a_step(bench: Bench, news: Event, is_true: Callable[[], bool]) -> bool:
    bench.run(STEP_S)
    news.wait(STEP_S)
    news.clear()
    return is_true()


@pytest.mark.broker
def test_node_over_a_broker_that_loses_everything_loses_nothing(
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
) -> None:
    bench = Bench(tmp_path)
    bench.node.stop()
    broker = msgspec.structs.replace(bench.config.broker, port=mosquitto.port)
    news = Event()
    bench.node = node = build_node(
        msgspec.structs.replace(bench.config, broker=broker),
        bench.clock,
        bench.pins,
        lambda number: None,
        Session,
        wake=news.set,
        clock_state=lambda: ClockState.SYNCED,
    )
    hub = Hub(mosquitto.port, news.set)
    node.start()
    assert comes_true(bench, news, lambda: "hello" in hub.topics())
    bench.go_in()
    assert comes_true(bench, news, lambda: "events" in hub.topics())
    hub.heard.clear()
    mosquitto.restart()
    assert comes_true(bench, news, lambda: "events" in hub.topics())
    ack = Publication(
        topic=TOPICS.ack("entrance-a"), payload=encode(Ack(epoch=node.outbox.epoch, seq=1)), retain=True
    )
    assert comes_true(bench, news, lambda: hub.session.publish(ack))
    assert comes_true(bench, news, lambda: node.outbox.depth == 0)
    node.stop()
    hub.session.stop()


# -- life


def test_node_tells_once_how_its_last_run_ended(bench: Bench) -> None:
    bench.crash()
    bench.ending = Ending(code=Code.POWER, detail="the machine started again without stopping the node first")
    bench.boot()
    bench.run(1.0)
    assert faults_in(bench.kept()) == [
        ("Fault", "node", "watchdog", "power"),
        ("Recovered", "node", "watchdog", "power"),
    ]


def test_part_that_was_stuck_in_vain_is_given_twice_the_time_for_each_restart(bench: Bench) -> None:
    bench.crash()
    bench.ending = Ending(code=Code.STUCK, detail="", part=PUBLISHER, in_a_row=2)
    bench.boot()
    bench.session.is_deaf = True
    bench.go_in()
    bench.run(3 * PUBLISHER_QUIET_S)
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    bench.run(1.1 * PUBLISHER_QUIET_S)
    assert stuck_part(bench) == PUBLISHER


def test_node_at_rest_or_alone_or_unacknowledged_is_not_stuck(bench: Bench) -> None:
    bench.run(400.0)
    bench.go_in()
    bench.run(400.0)
    bench.session.go_down()
    bench.go_in()
    bench.run(400.0)
    assert bench.progress.stuck(bench.clock.monotonic()) is None


def test_node_whose_outbox_is_damaged_is_stuck_after_a_while_but_not_when_the_card_fails_or_is_full(
    bench: Bench,
) -> None:
    limit_pages(bench.node.outbox, 0)
    fill(bench.node.outbox)
    bench.go_in()
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert "outbox: full" in bench.healths()[-1].faults
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert "outbox: unwritable" in bench.healths()[-1].faults
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    database, bench.node.outbox._database = bench.node.outbox._database, Damaged()
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert stuck_part(bench) == OUTBOX
    bench.node.outbox._database = database
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    assert bench.progress.stuck(bench.clock.monotonic()) is None


def stuck_part(bench: Bench) -> str:
    stuck = bench.progress.stuck(bench.clock.monotonic())
    assert isinstance(stuck, Stuck)
    return stuck.part


# -- what a review found


def test_node_without_time_service_sends_what_it_sees_after_every_restart_and_reconnect(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(1)
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.go_in()
    bench.session.go_down()
    bench.session.come_up()
    bench.session.published.clear()
    bench.go_in()
    sent = {seq for batch in bench.session.sent_seqs() for seq in batch}
    assert sent == {2, 3}
    assert all(batch.sent_at is not None for batch in bench.session.batches())


@pytest.mark.parametrize("field", ["as_of", "until"])
def test_signal_of_no_zone_is_ignored_and_the_node_lives_on(bench: Bench, field: str) -> None:
    signal = {"as_of": "2026-11-23T09:00:00Z", "valid_s": 30.0, "channels": {"main": {"light": "go"}}}
    bad = "2026-11-23T09:00:00"
    signal |= {"as_of": bad} if field == "as_of" else {"channels": {"main": {"light": "go", "until": bad}}}
    bench.session.deliver(TOPICS.signal("entrance-a"), msgspec.json.encode(signal), retained=True)
    bench.run(0.1)
    assert bench.node.ignored == 1
    assert bench.light is Light.UNKNOWN


def test_light_says_unknown_while_the_door_is_known_to_be_blind_also_alone(bench: Bench) -> None:
    bench.signal(free=5)
    bench.session.go_down()
    bench.outer.set(True)
    bench.run(5.0)
    blind = bench.light
    bench.outer.set(False)
    bench.run(1.0)
    assert (blind, bench.light) == (Light.UNKNOWN, Light.GO)


def test_restart_does_not_forget_who_went_in_since_the_kept_signal(bench: Bench) -> None:
    bench.signal(free=2)
    bench.go_in()
    bench.go_in()
    full = bench.light
    bench.acknowledge(2)
    kept = Signal(
        as_of=bench.clock.now(),
        valid_s=VALID_S,
        epoch=bench.node.outbox.epoch,
        channels={"main": Allowance(light=Light.GO, free=2)},
    )
    bench.crash()
    bench.boot()
    bench.session.deliver_signal("demo", "entrance-a", kept, retained=True)
    bench.run(0.1)
    assert (full, bench.light) == (Light.STOP, Light.UNKNOWN)


def test_faults_find_room_in_memory_when_nothing_else_does(bench: Bench) -> None:
    bench.node.keeper.held.extend([Contact(seq=1, at=START, channel="window", open=True)] * MAX_HELD)
    limit_pages(bench.node.outbox, 0)
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.outer.set(True)
    bench.run(5.0)
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    limit_pages(bench.node.outbox, 10_000)
    bench.run(3.0)
    rows = bench.node.outbox.pending(MAX_HELD, 100, 10**9)
    told = [decode_event(row.body) for row in rows]
    assert ("main", "beams") in {
        (event.channel, event.component) for event in told if isinstance(event, Fault)
    }
    assert bench.node.outbox.faults["main", "beams"] == "obstructed"


def test_nothing_of_this_start_is_sent_before_its_correction_is_noted(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.session.go_down()
    bench.go_in()
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.clock.sync(bench.clock.now() + timedelta(days=3))
    bench.clock_state = ClockState.SYNCED
    bench.session.come_up()
    bench.run(1.0)
    meanwhile = bench.session.batches()
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    bench.run(2.0)
    assert meanwhile == []
    assert bench.session.batches()[0].events[0][0].at > START + timedelta(days=3)


class Faulty(Watch):
    """A channel with a bug."""

    def __init__(self) -> None:
        super().__init__("faulty")
        self.is_well = False

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        if not self.is_well:
            raise ZeroDivisionError("division by zero")
        return []


def test_bug_in_one_channel_is_its_fault_and_the_others_work_on(bench: Bench) -> None:
    faulty = Faulty()
    bench.node._watches = [faulty, *bench.node._watches]
    bench.go_in()
    faulty.is_well = True
    bench.run(WELL_AFTER_S + 1.0)
    kept = [event for event in bench.kept() if event.channel != "node"]
    assert [type(event) for event in kept] == [Fault, Passage, Recovered]
    assert faults_in(kept)[0] == ("Fault", "faulty", "channel", "bug")


def test_light_that_cannot_be_switched_is_a_fault_and_people_are_counted(bench: Bench) -> None:
    lamp = RefusingLamp()
    bench.node.indicator._lamps = {"main": lamp}
    bench.go_in()
    lamp.is_refusing = False
    bench.run(0.2)
    assert faults_in(bench.kept()) == [
        ("Fault", "node", "light-main", "read"),
        ("Recovered", "node", "light-main", "read"),
    ]
    assert sum(isinstance(event, Passage) for event in bench.kept()) == 1


class RefusingLamp(FakeLamp):
    """A lamp whose pin is gone."""

    is_refusing = True

    def show(self, light: Light) -> None:
        if self.is_refusing:
            raise ReadFailed("pin 5: gone")
        super().show(light)


def test_unreadable_outbox_ends_nothing(bench: Bench) -> None:
    bench.go_in()
    database = bench.node.outbox._database
    bench.node.outbox._database = Unreadable()
    bench.session.go_down()
    bench.session.come_up()
    bench.run(1.0)
    bench.node.outbox._database = database
    bench.session.published.clear()
    bench.run(3.0)
    assert bench.session.sent_seqs()[0] == [1]


class Unreadable:
    """A disk that gives nothing back."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        raise sqlite3.OperationalError("disk I/O error")

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        raise sqlite3.OperationalError("disk I/O error")

    def close(self) -> None: ...


def test_fault_that_gets_worse_is_said_once_more() -> None:
    book, stamp = FaultBook({}), Stamp(START, 0.0, ClockState.SYNCED)
    for code, is_worse, said in (
        ("full", False, 1),
        ("full", False, 0),
        ("unwritable", True, 1),
        ("unwritable", True, 0),
        ("full", False, 0),
    ):
        told = book.fault("node", "outbox", code, "", 0.0, stamp, is_worse=is_worse)
        assert len(told) == said
    assert book.names == ("outbox: unwritable",)


class Damaged(Unreadable):
    """A file that is no database any more."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def test_outbox_that_was_put_back_from_a_copy_is_a_fault(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(50)
    bench.run(31.0)
    assert bench.node.outbox.depth > 0
    assert "outbox-copy: restored" in bench.healths()[-1].faults
