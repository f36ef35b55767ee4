"""A door and a post made of the guest kernel's own interfaces: people walk, foreheads come, things break."""

import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from protocol.events import Direction
from simulator.happenings import Crossing
from simulator.i2c_wires import I2CBus
from simulator.mlx90614 import Mlx90614
from simulator.walkers import Gait, bounce, changes, draw_body, shades
from tests.brokers import MosquittoServer
from tests.hardware.gpio_sim import SimulatedChip
from tests.hardware.inside.edge import BEAM_PINS, DOOR, LAMP_PINS, Edge
from tests.hardware.inside.hub import PlayedHub

#: What the post looks at while nobody is there, and the air, °C.
WALL_C = 22.5
AIR_C = 22.0
#: A forehead comes before the lens within this, and goes as fast, seconds; and in so many steps.
APPROACH_S = 0.3
APPROACH_STEPS = 6
#: Between two looks at a condition, seconds.
LOOK_S = 0.02


def until(holds: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Wait until it holds; a failure that says `what` when it does not."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"waited {within_s:g} s for {what}"
        time.sleep(LOOK_S)


class Act(NamedTuple):
    """Something that happens around the node, seconds from the play's beginning."""

    t_s: float
    do: Callable[[], None]


class Line(NamedTuple):
    """A beam at a time."""

    t_s: float
    pin: int
    broken: bool


class Story(NamedTuple):
    """People at a door: what the beams do, and who truly went where when."""

    lines: tuple[Line, ...]
    truth: tuple[Crossing, ...]
    lasts_s: float

    @property
    def walked(self) -> str:
        """Everybody who went through, in order."""
        return arrows(one.direction for one in self.truth if not one.turned_back)


def arrows(directions: Iterable[Direction]) -> str:
    """One letter a person, so that a failure shows at a glance who is missing."""
    return "".join(">" if direction is Direction.IN else "<" for direction in directions)


def people(
    count: int,
    seed: int,
    *,
    only: Direction | None = None,
    turn_back_share: float = 0.1,
    bounce_share: float = 0.0,
    apart_s: float = 1.8,
    spread_s: float = 0.6,
) -> Story:
    """So many people, one after the other, each with a body and a speed of their own."""
    rng = random.Random(seed)
    gait = Gait()
    crossings: list[Crossing] = []
    comings: list[tuple[float, str, int]] = []
    t_s = 1.0
    for person in range(count):
        direction = only or rng.choice((Direction.IN, Direction.OUT))
        turned = rng.random() < turn_back_share
        crossings.append(Crossing(t_s, DOOR, direction, person, "", turned_back=turned))
        for change in changes(shades(crossings[-1], draw_body(gait, rng), gait, rng)):
            chattering = rng.random() < bounce_share
            comings += list(bounce(change, rng)) if chattering else [change]
        t_s += apart_s + rng.uniform(0.0, spread_s)
    return Story(_lines_of(comings), tuple(crossings), t_s)


def _lines_of(comings: Iterable[tuple[float, str, int]]) -> tuple[Line, ...]:
    """Bodies in a beam become the beam's state."""
    inside = dict.fromkeys(BEAM_PINS, 0)
    lines = []
    for t_s, beam, bodies in sorted(comings):
        inside[beam] += bodies
        lines.append(Line(t_s, BEAM_PINS[beam], inside[beam] > 0))
    return tuple(lines)


class World:
    """What stands around one node."""

    def __init__(
        self, chip: SimulatedChip, bus: I2CBus, broker: MosquittoServer, hub: PlayedHub, edge: Edge
    ) -> None:
        self.chip = chip
        self.bus = bus
        self.broker = broker
        self.hub = hub
        self.edge = edge
        # A part whose word stands still for ten minutes is taken for broken, and rightly.
        noise = random.Random(90614)
        self.sensor = Mlx90614(time.monotonic, flicker=lambda: noise.randint(-1, 1))
        self.sensor.look_at(object_c=WALL_C, ambient_c=AIR_C)
        bus.parts = [self.sensor]
        for pin in BEAM_PINS.values():
            self.set_beam(pin, broken=False)

    def set_beam(self, pin: int, *, broken: bool) -> None:
        """Break or free a beam; an open-collector receiver pulls low when it is broken."""
        self.chip.drive(pin, not broken)

    def play(self, *parts: Sequence[Act]) -> None:
        """Let everything happen at its time."""
        begun_s = time.monotonic()
        for act in sorted((act for part in parts for act in part), key=lambda act: act.t_s):
            time.sleep(max(0.0, begun_s + act.t_s - time.monotonic()))
            act.do()

    def walking(self, story: Story, at_s: float = 0.0) -> list[Act]:
        """The people of the story walk."""
        acts = [
            Act(at_s + line.t_s, partial(self.set_beam, line.pin, broken=line.broken)) for line in story.lines
        ]
        return [*acts, Act(at_s + story.lasts_s, _nothing)]

    def showing(self, skin_c: float, at_s: float = 0.0, lasts_s: float = 2.5) -> list[Act]:
        """A forehead comes before the lens, stays and goes."""
        rises = [step / APPROACH_STEPS for step in range(1, APPROACH_STEPS + 1)]
        falls = [1.0 - share for share in rises]
        acts = []
        for from_s, shares in ((at_s, rises), (at_s + lasts_s, falls)):
            for number, share in enumerate(shares):
                # A warm thing fills the lens as a circle does: slowly at its rims.
                seen_c = WALL_C + (skin_c - WALL_C) * (1.0 - math.cos(math.pi * share)) / 2.0
                t_s = from_s + APPROACH_S * number / APPROACH_STEPS
                acts.append(Act(t_s, partial(self.sensor.look_at, object_c=seen_c)))
        return acts

    def lamp(self) -> str:
        """What somebody at the door sees now."""
        return "+".join(name for name, pin in LAMP_PINS.items() if self.chip.level(pin)) or "dark"

    def lamps_within(self, seconds: float) -> set[str]:
        """Everything the lamp shows in so much time."""
        until_s = time.monotonic() + seconds
        seen = set()
        while time.monotonic() < until_s:
            seen.add(self.lamp())
            time.sleep(LOOK_S)
        return seen

    @property
    def counted(self) -> str:
        """Everybody the hub has heard of, in order."""
        return arrows(one.direction for one in self.hub.passages for _ in range(one.people))


def _nothing() -> None:
    """The end of a story."""
