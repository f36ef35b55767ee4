"""Days of people on a campus that tests of the simulator look at."""

from datetime import UTC, datetime

from commandline.defaults import CAMPUS
from hub.layout import Building, Door, Layout, Names, Post, Space, SpaceKind, read_layout
from simulator.happenings import Crossing, Happening
from simulator.people import generate
from simulator.people_settings import PeopleSettings

#: 08:00 in Almaty.
MORNING = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NAMES = Names(kk="орын", ru="место", en="place")


def a_space(space: str, kind: SpaceKind = SpaceKind.CLASSROOM) -> Space:
    return Space(id=space, building="a", kind=kind, code=space, floor=1, area_m2=48.0, names=NAMES)


def a_small_layout() -> Layout:
    """One building: an entrance with a thermometer, a hall, two classrooms; two nodes."""
    return Layout(
        site="small",
        names=NAMES,
        buildings=(Building(id="a", names=NAMES),),
        spaces=(a_space("hall", SpaceKind.HALL), a_space("room-1"), a_space("room-2")),
        doors=(
            Door(id="entrance", node="front", channel="main", inner="hall"),
            Door(id="door-1", node="floor", channel="door-1", inner="room-1", outer="hall"),
            Door(id="door-2", node="floor", channel="door-2", inner="room-2", outer="hall"),
        ),
        posts=(Post(id="post", node="front", channel="thermometer", door="entrance"),),
    )


def a_day(seed: int = 1, settings: PeopleSettings | None = None) -> list[Happening]:
    return list(generate(read_layout(CAMPUS), MORNING, 11.0, seed, settings or PeopleSettings()))


def crossings(happenings: list[Happening]) -> list[Crossing]:
    return [each for each in happenings if isinstance(each, Crossing)]
