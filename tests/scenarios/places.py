"""The campus of a scenario: building A with a hall, a screened entrance and the rooms it is about."""

from functools import cache
from pathlib import Path
from typing import Any

from hub.duties import Day, Duty, Role, Shift
from hub.layout import (
    Building,
    Door,
    Layout,
    Override,
    Post,
    Sensor,
    SensorKind,
    Space,
    SpaceKind,
    Switch,
)
from hub.regime.profile import Profile, read_profile
from hub.rules import CHECKS
from hub.timetable.lesson import Lesson
from tests.builders import names
from tests.scenarios.deeds import ENTRANCE, node_of
from tests.scenarios.playing import clock

REGIMES = Path(__file__).parents[2] / "deploy" / "regime"
ORDER_2020 = "kz-2020-order-345-381"
SEASON = "kz-season"


@cache
def shipped(profile: str) -> Profile:
    """A profile of `deploy/regime`."""
    return read_profile(REGIMES / f"{profile}.toml", tuple(CHECKS))


def a_room(code: str, kind: str = "classroom", **changes: Any) -> Space:
    """A room of 48 m²; a classroom of it has 24 desks."""
    fields: dict[str, Any] = {
        "building": "a",
        "floor": 1,
        "area_m2": 48.0,
        "desks": 24 if kind == "classroom" else None,
        "names": names(code),
    }
    return Space(id=code.lower(), code=code, kind=SpaceKind(kind), **{**fields, **changes})


def a_window(code: str) -> Sensor:
    """A contact at the room's window."""
    return _in_room(code, "window", SensorKind.WINDOW)


def an_air_sensor(code: str) -> Sensor:
    """A CO2 sensor in the room."""
    return _in_room(code, "air", SensorKind.AIR)


def a_lamp(code: str) -> Sensor:
    """An open ultraviolet lamp in the room."""
    return _in_room(code, "lamp", SensorKind.LAMP)


def a_lesson(code: str, start: str, end: str, enrolled: int | None = None) -> Lesson:
    """A lesson of the timetable."""
    return Lesson(space=code.lower(), start=clock(start), end=clock(end), code="X101", enrolled=enrolled)


def a_switch(at: str, profile: str, variant: str | None = None) -> Switch:
    """From then on another profile, or another format of it, is in force."""
    return Switch(starts=clock(at), profile=profile, variant=variant)


def an_override(
    limit: str,
    value: bool | int | float | str,
    *,
    space: str | None = None,
    building: str | None = None,
    starts: str | None = None,
    ends: str | None = None,
) -> Override:
    """One value of the profile, tightened for a room or a building, from one time to another."""
    return Override(
        limit=limit,
        value=value,
        space=space.lower() if space is not None else None,
        building=building,
        source="order 7 of the rector",
        starts=clock(starts) if starts is not None else None,
        ends=clock(ends) if ends is not None else None,
    )


def a_duty(role: str, *shifts: str) -> Duty:
    """Somebody with this role in these shifts; without a shift at all hours."""
    return Duty(id=f"{role}-a", role=Role(role), receivers=(f"{role}-phone",), shifts=shifts)


def a_campus(*rooms: Space, has_post: bool = True, has_dispenser: bool = True, **changes: Any) -> Layout:
    """A hall of 400 m² behind the entrance, and these rooms behind it; a room `HALL` replaces the hall."""
    hall = next((one for one in rooms if one.id == "hall"), a_room("HALL", "hall", area_m2=400.0))
    behind = [room for room in rooms if room.id != "hall"]
    dispenser = Sensor(
        id="dispenser", node=ENTRANCE, channel="dispenser", kind=SensorKind.DISPENSER, door=ENTRANCE
    )
    sensors = (
        *([dispenser] if has_dispenser else []),
        *(_in_room(room.code, "button", SensorKind.BUTTON) for room in behind),
        *changes.pop("sensors", ()),
    )
    post = Post(id="post", node=ENTRANCE, channel="thermometer", door=ENTRANCE)
    fields: dict[str, Any] = {
        "profile": ORDER_2020,
        "buildings": tuple(
            Building(id=one, names=names(one.upper()))
            for one in sorted({"a", *(room.building for room in rooms)})
        ),
        "spaces": (hall, *behind),
        "doors": (
            Door(id=ENTRANCE, node=ENTRANCE, channel="main", inner="hall"),
            *(
                Door(
                    id=f"door-{room.id}",
                    node=node_of(room.code),
                    channel="door",
                    inner=room.id,
                    outer="hall",
                )
                for room in behind
            ),
        ),
        "posts": (post,) if has_post else (),
        "sensors": sensors,
        "shifts": (Shift(id="day", days=tuple(Day), start="06:00", end="22:00"),),
        "duties": (a_duty("guard", "day"), a_duty("manager"), a_duty("admin")),
    }
    return Layout(site="test", names=names("Test"), **{**fields, **changes})


def _in_room(code: str, channel: str, kind: SensorKind) -> Sensor:
    return Sensor(
        id=f"{channel}-{code.lower()}", node=node_of(code), channel=channel, kind=kind, space=code.lower()
    )
