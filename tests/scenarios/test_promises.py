"""What is looked at in every minute of every scenario can itself fail."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from protocol.messages import SpaceCondition, SpaceState
from tests.scenarios import promises
from tests.scenarios.language import a_day
from tests.scenarios.places import a_room


def an_open_room() -> SpaceState:
    return a_day(a_room("A-204")).want_state("A-204", "08:00", "open")


def test_open_room_that_can_be_seen_is_honest() -> None:
    promises.shown_honestly(an_open_room(), is_blind=False)


def test_open_room_behind_a_silent_door_is_not_honest() -> None:
    with pytest.raises(AssertionError, match="its doors are silent or broken"):
        promises.shown_honestly(an_open_room(), is_blind=True)


@pytest.mark.parametrize("shown", [SpaceCondition.OPEN, SpaceCondition.NEAR, SpaceCondition.TREATMENT])
def test_room_whose_count_is_unknown_is_not_shown_as_if_it_were_known(shown: SpaceCondition) -> None:
    state = replace(an_open_room(), state=shown, occupancy=None)
    with pytest.raises(AssertionError, match="nobody knows how many"):
        promises.shown_honestly(state, is_blind=False)


def test_state_without_its_clause_is_not_honest() -> None:
    with pytest.raises(AssertionError, match="without a clause"):
        promises.shown_honestly(replace(an_open_room(), clause=None), is_blind=False)


def test_every_room_is_looked_at_by_what_is_really_the_matter() -> None:
    day = a_day(a_room("A-204"), a_room("A-205"))
    day.at("09:00").fall_silent("A-204")
    playing = day.play("09:05")
    promises.keep(playing.officer, playing.now, playing.silent, playing.broken)
    unheeded = {"node-a-205": playing.silent["node-a-204"]}
    with pytest.raises(AssertionError, match="a-205 is open"):
        promises.keep(playing.officer, playing.now, unheeded, playing.broken)
    with pytest.raises(AssertionError, match="a-205 is open"):
        promises.keep(playing.officer, playing.now, playing.silent, {("node-a-205", "door")})


def test_same_thing_told_twice_in_a_minute_is_noticed() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    (told,) = day.told("over-capacity", "guard", until="09:01")
    again = replace(told, id="alert-1-9", at=told.at + timedelta(seconds=59))
    with pytest.raises(AssertionError, match="told twice"):
        promises.told_once([told], [again])
    promises.told_once([told], [replace(again, at=told.at + timedelta(seconds=60))])
