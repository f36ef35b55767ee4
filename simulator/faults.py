"""What goes wrong in a simulated campus: settings and a seed to a schedule of injected faults. Pure."""

import random
from collections.abc import Iterator
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from hub.layout import Layout
from protocol.quantities import Id
from simulator.timetable import Seconds, Share

PerDay = Annotated[float, Meta(ge=0.0, le=10_000.0)]
#: A day's hours, for which the rates below are.
DAY_S = 10 * 3600.0


class FaultKind(Enum):
    """What can be injected by time. What befalls single edges are shares in the settings."""

    #: A beam reads broken although nobody is there. Target: door.
    STUCK_BEAM = "stuck-beam"
    #: The process dies: no more messages, no goodbye; later it is started again. Target: node.
    SILENT_NODE = "silent-node"
    #: The process dies and comes back several times. Target: node.
    FLAPPING_NODE = "flapping-node"
    #: The thermometer's bytes arrive damaged. Target: post.
    BAD_PEC = "bad-pec"
    #: The thermometer does not acknowledge. Target: post.
    NACK = "nack"


class Injection(Struct, frozen=True, kw_only=True):
    """One fault, from until; seconds since the start."""

    kind: FaultKind
    #: A door, a post or a node, by kind.
    target: Id
    from_s: Seconds
    until_s: Seconds

    def __post_init__(self) -> None:
        """Refuse a fault that ends before it begins."""
        if self.until_s < self.from_s:
            raise ValueError(f"until_s must not be before from_s {self.from_s}, got {self.until_s}")


class FaultSettings(Struct, frozen=True, kw_only=True):
    """How often things go wrong; nothing does by default."""

    #: Share of beam edges with chatter after them.
    bounce_share: Share = 0.0
    #: Share of pulses of one beam that the receiver misses.
    missed_pulse_share: Share = 0.0
    #: Rates of the timed faults, each for the whole campus and ten hours, and how long they last, seconds.
    stuck_beams: PerDay = 0.0
    stuck_for_s: Seconds = 120.0
    silent_nodes: PerDay = 0.0
    silent_for_s: Seconds = 90.0
    flapping_nodes: PerDay = 0.0
    flapping_for_s: Seconds = 120.0
    bad_pecs: PerDay = 0.0
    nacks: PerDay = 0.0
    #: A burst of damage on the wire lasts so long, seconds.
    wire_for_s: Seconds = 30.0
    #: Faults at given times, besides those drawn.
    script: tuple[Injection, ...] = ()


#: A node that flaps is dead and alive in turns of this length, seconds.
FLAP_S = 8.0
#: A day on which all that happens that happens to cheap hardware.
EVERYDAY = FaultSettings(
    bounce_share=0.01,
    missed_pulse_share=0.003,
    stuck_beams=1.0,
    silent_nodes=1.0,
    flapping_nodes=0.5,
    bad_pecs=20.0,
    nacks=20.0,
)


def draw_faults(layout: Layout, hours: float, seed: int, settings: FaultSettings) -> list[Injection]:
    """The timed faults by time."""
    rng = random.Random(f"faults:{seed}")
    doors = [door.id for door in layout.doors]
    posts = [post.id for post in layout.posts]
    nodes = list(layout.nodes())
    rates = (
        (FaultKind.STUCK_BEAM, doors, settings.stuck_beams, settings.stuck_for_s),
        (FaultKind.SILENT_NODE, nodes, settings.silent_nodes, settings.silent_for_s),
        (FaultKind.FLAPPING_NODE, nodes, settings.flapping_nodes, settings.flapping_for_s),
        (FaultKind.BAD_PEC, posts, settings.bad_pecs, settings.wire_for_s),
        (FaultKind.NACK, posts, settings.nacks, settings.wire_for_s),
    )
    found = list(settings.script)
    for kind, targets, per_day, for_s in rates:
        for at_s in _times(per_day if targets else 0.0, hours * 3600.0, rng):
            target = rng.choice(targets)
            found.append(Injection(kind=kind, target=target, from_s=at_s, until_s=at_s + for_s))
    return sorted(found, key=lambda injection: injection.from_s)


def deaths(injection: Injection) -> Iterator[tuple[float, float]]:
    """When a silent or flapping node is dead, as intervals [from, until)."""
    if injection.kind is FaultKind.SILENT_NODE:
        yield injection.from_s, injection.until_s
    if injection.kind is FaultKind.FLAPPING_NODE:
        from_s = injection.from_s
        while from_s < injection.until_s:
            yield from_s, min(from_s + FLAP_S, injection.until_s)
            from_s += 2 * FLAP_S


def _times(per_day: float, end_s: float, rng: random.Random) -> Iterator[float]:
    at_s = 0.0
    while per_day > 0.0 and (at_s := at_s + rng.expovariate(per_day / DAY_S)) < end_s:
        yield at_s
