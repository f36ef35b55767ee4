import pytest
from msgspec import structs

from commandline.defaults import CAMPUS
from hub.layout import OUTSIDE, read_layout
from simulator.people import generate
from simulator.people_settings import PeopleSettings
from simulator.routes import doors_of, reachable, route
from tests.simulator.days import MORNING, a_small_layout, a_space


def test_route_takes_the_fewest_doors() -> None:
    doors = doors_of(read_layout(CAMPUS))
    path = route(doors, "a-301", "b-101")
    assert [there for _, there in path] == [
        "corridor-a3",
        "corridor-a2",
        "hall-a",
        OUTSIDE,
        "hall-b",
        "b-101",
    ]


def test_people_leave_alone_what_no_door_leads_to() -> None:
    layout = a_small_layout()
    with_island = structs.replace(layout, spaces=(*layout.spaces, a_space("island")))
    assert reachable(with_island) == layout
    day = [list(generate(one, MORNING, 2.0, 1, PeopleSettings())) for one in (layout, with_island)]
    assert day[0] == day[1] != []


def test_route_to_an_island_says_which() -> None:
    with pytest.raises(ValueError, match="no doors lead from `hall` to `island`"):
        route(doors_of(a_small_layout()), "hall", "island")
