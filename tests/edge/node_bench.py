"""A whole node on mock pins, in a time that goes only when told to."""

from pathlib import Path

from edge.assembly import build_node
from edge.channels import Door
from edge.config import NodeConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.light import LightConfig
from edge.drivers.pins import PinKind
from edge.faults import Stamp
from edge.life.last_life import Ending
from edge.life.progress import Progress
from edge.node import STEP_S, Node
from edge.outbox.keeper import MAX_HELD
from protocol.codec import decode_event, decode_message
from protocol.events import AnyEvent, ClockState, Direction, Fault, Passage, Recovered
from protocol.messages import Ack, Allowance, Health, Light, Signal
from protocol.topics import Topics
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from tests.fakes.edge import START, Connector, FakeClock, FakeSession

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


def faults_in(events: list[AnyEvent]) -> list[tuple[str, str, str, str]]:
    return [
        (type(event).__name__, event.channel, event.component, event.code)
        for event in events
        if isinstance(event, Fault | Recovered)
    ]


def fill_memory(bench: Bench) -> None:
    """As if so many had walked by: straight into what the node keeps."""

    passage = Passage(seq=1, at=START, channel="main", direction=Direction.IN)
    stamp = Stamp(bench.clock.now(), bench.clock.monotonic(), ClockState.SYNCED)
    for _ in range((MAX_HELD + 300) // 100):
        bench.node.keeper.keep([passage] * 100, stamp)
