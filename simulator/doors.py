"""The recorded runs in, the doors, days and faults that counting is scored on out: the widened family. Pure.

The recordings know two doors, 0.5 m and 0.95 m wide; the others are those runs squeezed or spread.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from edge.signals.pulses import BeamEdge
from simulator.crowds import Habits, Leaf, People, day, dense, rounded, through, with_leaf
from simulator.gait import Track
from simulator.tracks import Body, Faults, Mount, recorded, spoiled, trace

#: Mean people of a group on a quiet day and in a rush.
QUIET, RUSH = 1.5, 3.5
#: Width of the recorded door, metres, that the others are made of.
WIDE_M = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One way of people and beams being."""

    name: str
    #: None for the recorded run itself.
    habits: Habits | None = None
    people: People = field(default_factory=People)
    mount: Mount = field(default_factory=Mount)
    faults: Faults = field(default_factory=Faults)
    leaf: Leaf | None = None
    #: Seconds to which time stamps are rounded; 0 for not at all.
    rounded_s: float = 0.0
    #: The doors it is scored on, metres; all where empty.
    doors_m: tuple[float, ...] = field(default=())


_VARIED = (0.5, WIDE_M)
#: Everybody alone, seconds apart.
_ALONE = Habits(group=1.0)
SCENES = (
    Scene(name="dense"),
    Scene(name="quiet day", habits=Habits(group=QUIET)),
    Scene(name="rush", habits=Habits(group=RUSH)),
    Scene(name="meeting", habits=Habits(group=QUIET, meet=0.3), doors_m=_VARIED),
    Scene(name="lost edges", habits=Habits(group=QUIET), faults=Faults(lost=0.005), doors_m=_VARIED),
    Scene(name="bounce, ms", habits=Habits(group=QUIET), faults=Faults(bounce=0.3), rounded_s=0.001),
    Scene(name="some stop", habits=Habits(group=QUIET, stop=0.03), doors_m=_VARIED),
    Scene(
        name="bodies 0.22 m",
        habits=Habits(group=QUIET),
        people=People(torso_m=0.22, torso_spread=0.06),
        doors_m=_VARIED,
    ),
    Scene(
        name="bodies 0.32 m",
        habits=Habits(group=QUIET),
        people=People(torso_m=0.32, torso_spread=0.06),
        doors_m=_VARIED,
    ),
    Scene(
        name="turned, sway",
        habits=Habits(group=QUIET),
        people=People(turned_deg=10.0, sway_m=0.01),
        doors_m=_VARIED,
    ),
    Scene(name="beams 0.06 m", habits=Habits(group=QUIET), mount=Mount(spacing_m=0.06), doors_m=_VARIED),
    Scene(name="beams 0.20 m", habits=Habits(group=QUIET), mount=Mount(spacing_m=0.20), doors_m=_VARIED),
    Scene(name="backpacks", habits=_ALONE, people=People(torso_spread=0.1, laden=0.3), doors_m=(WIDE_M,)),
    Scene(name="leaf", habits=_ALONE, leaf=Leaf(), doors_m=(WIDE_M,)),
    Scene(
        name="leaf, 1 in 5 held",
        habits=_ALONE,
        leaf=Leaf(share=0.2, ahead_s=(0.1, 0.5), leaves_s=(0.1, 1.5), is_held=True),
        doors_m=(WIDE_M,),
    ),
)


def runs_of(
    narrow: Sequence[Track], narrow_y_m: float, wide: Sequence[Track], wide_y_m: float
) -> dict[float, list[Body]]:
    """The run through each door, by its width in metres."""
    run = recorded(wide, wide_y_m)
    passing = [(t_s, track) for track in wide if (t_s := track.crossing_s(wide_y_m)) is not None]
    across_m = [track.at(t_s)[0] for t_s, track in sorted(passing, key=lambda one: one[0])]
    return {
        0.5: recorded(narrow, narrow_y_m),
        0.7: through(run, across_m, 0.7, WIDE_M),
        WIDE_M: run,
        1.2: through(run, across_m, 1.2, WIDE_M),
    }


def played(
    scene: Scene, runs: Mapping[float, Sequence[Body]], seeds: Sequence[int]
) -> Iterator[tuple[float, list[Body], list[BeamEdge]]]:
    """Each door's width, the people of a day there, and what the beams tell of them."""
    for width_m, run in runs.items():
        if (scene.doors_m and width_m not in scene.doors_m) or len(run) < 2:
            continue
        for seed in seeds if scene.habits else seeds[:1]:
            random = Random(seed)
            if scene.habits is None:
                bodies = dense(run, scene.people, random)
            else:
                bodies = day(run, scene.habits, scene.people, random)
            if scene.leaf is None:
                edges = trace(bodies, scene.mount)
            else:
                edges = with_leaf(bodies, scene.mount, scene.leaf, random)
            edges = spoiled(edges, scene.faults, random)
            yield width_m, bodies, rounded(edges, scene.rounded_s) if scene.rounded_s else edges
