from datetime import timedelta

from hub.campus import Campus
from hub.layout import Building, Door, SpaceKind
from hub.trusts import MOST_WORK, Trusts
from protocol.events import Direction
from tests.builders import a_layout, a_passage, a_space, at, names, observed

#: Doors of each of two buildings, too many for both to be looked at in one turn.
MANY = MOST_WORK // 20


def two_big_halls() -> Campus:
    """Halls with many doors to outside, and a room at the second."""
    halls = [a_space(home, building=home, kind=SpaceKind.HALL, area_m2=900.0, desks=None) for home in "ab"]
    doors = [
        Door(id=f"{home}-{i}", node=f"{home}-{i}", channel="door", inner=home)
        for home in "ab"
        for i in range(MANY)
    ]
    layout = a_layout(
        buildings=tuple(Building(id=home, names=names(home)) for home in "ab"),
        spaces=(*halls, a_space("room", building="b")),
        doors=(*doors, Door(id="room-door", node="room", channel="door", inner="room", outer="b")),
        posts=(),
    )
    return Campus(layout)


def swap_room_door(campus: Campus) -> None:
    """Thirty come into the hall, and the room's door tells that they came out of it."""
    for seq, (node, way) in enumerate([("b-0", Direction.IN), ("room", Direction.OUT)], 1):
        passage = a_passage(seq, at=at(60 * seq), direction=way, people=30)
        campus.observe(observed(passage, node=node, position=seq))


def test_big_buildings_are_looked_at_in_turns() -> None:
    campus = two_big_halls()
    swap_room_door(campus)
    trusts = Trusts(campus, at(0))
    now = at(600)
    assert trusts.look(now) == set()
    assert trusts.due_at() == now
    assert trusts.look(now) == {"room-door"}
    assert trusts.due_at() == now + timedelta(minutes=30)
    assert trusts.of("room-door").verdict == "swapped"


def test_ended_day_is_looked_at_before_the_new_one() -> None:
    campus = two_big_halls()
    passage = a_passage(1, at=at(60), people=90)
    campus.observe(observed(passage, node="a-0"))
    campus.observe(observed(a_passage(2, at=at(90), people=90), node="b-0", position=2))
    trusts = Trusts(campus, at(0))
    now = campus.next_day(at(0))
    trusts.end_day(campus.day_of(at(0)), now)
    assert trusts.due_at() == now
    trusts.look(now)
    assert trusts.due_at() == now
    trusts.look(now)
    trusts.look(now)
    trusts.look(now)
    due = trusts.due_at()
    assert due is not None
    assert due > now
