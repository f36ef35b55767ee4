"""Where an alert is, from the campus file."""

from msgspec.structs import replace

from hub.alerts.alert import begin
from hub.alerts.whereabouts import Whereabouts
from hub.layout import Building, Door, Layout
from tests.builders import a_layout, a_space, at, names
from tests.hub.alerts.stories import SILENT

NODE = begin("1", SILENT, 2, at(0))


def a_campus(building_of_the_other: str) -> Layout:
    """One node at the doors of two rooms."""
    rooms = (a_space("one", building="a"), a_space("two", building=building_of_the_other))
    doors = tuple(
        Door(id=f"door-{room.id}", inner=room.id, outer="outside", node="room-node", channel=room.id)
        for room in rooms
    )
    return replace(
        a_layout(),
        buildings=(Building(id="a", names=names("A")), Building(id="b", names=names("B"))),
        spaces=rooms,
        doors=doors,
        posts=(),
        sensors=(),
    )


def test_node_whose_doors_are_in_one_building_is_there() -> None:
    assert Whereabouts(a_campus("a")).only_building_of(NODE) == "a"


def test_node_whose_doors_are_in_two_buildings_is_in_none() -> None:
    assert Whereabouts(a_campus("b")).only_building_of(NODE) is None


def test_alert_of_a_building_is_there() -> None:
    assert Whereabouts(a_campus("b")).only_building_of(replace(NODE, building="b")) == "b"
