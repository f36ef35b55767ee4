from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.treatment.limits import LampLimits
from hub.treatment.permission import Emptiness, may_irradiate, may_ventilate
from hub.treatment.view import RoomTreatment
from protocol.events import Action, Proof, Task
from protocol.quantities import Duration
from tests.hub.treatment.rooms import Story, clock, limits

LIMITS = limits(after_use=(Task.AIR_DISINFECTION,))
NOW = clock("9:50")
#: A count at zero behind closed doors.
EMPTY = Emptiness(
    high=0,
    are_doors_sound=True,
    passed_at=clock("9:40:30"),
    proven_at=None,
    is_closed=True,
    has_contacts=True,
)
SAID_EMPTY = replace(EMPTY, high=3, proven_at=clock("9:45"), is_closed=None, has_contacts=False)


def waiting() -> Story:
    return Story(LIMITS).lesson("9:00", "9:40")


def room(story: Story) -> RoomTreatment:
    return story.at("9:50")


@pytest.mark.parametrize("seen", [EMPTY, SAID_EMPTY], ids=["closed", "said"])
def test_lamp_may_run_over_a_room_that_is_proven_empty(seen: Emptiness) -> None:
    permission = may_irradiate(LIMITS, room(waiting()), seen, NOW)
    assert (permission.allowed, permission.reason, permission.clause) == (True, "proven-empty", "science §4")


def test_lamp_may_go_on_while_it_runs() -> None:
    story = waiting().node("9:45", Task.AIR_DISINFECTION, Action.STARTED, Proof.CONTACT)
    assert may_irradiate(LIMITS, room(story), EMPTY, NOW).allowed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"high": None}, "not-empty"),
        ({"high": 1}, "not-empty"),
        ({"are_doors_sound": False}, "unknown"),
        ({"passed_at": clock("9:49:01")}, "just-passed"),
        ({"is_closed": False}, "door-open"),
        ({"is_closed": None}, "door-unknown"),
        ({"has_contacts": False, "is_closed": None}, "count-alone"),
        ({"has_contacts": False, "is_closed": True}, "count-alone"),
        # Said before the last one passed, or after now: that proves nothing.
        ({"has_contacts": False, "is_closed": None, "proven_at": clock("9:30")}, "count-alone"),
        ({"has_contacts": False, "is_closed": None, "proven_at": clock("9:51")}, "count-alone"),
        ({"high": 2, "proven_at": clock("9:30")}, "not-empty"),
    ],
)
def test_lamp_may_not_run_where_anything_is_missing(change: dict[str, Any], reason: str) -> None:
    permission = may_irradiate(LIMITS, room(waiting()), replace(EMPTY, **change), NOW)
    assert (permission.allowed, permission.reason) == (False, reason)


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        (Story(LIMITS), "not-its-turn"),
        (Story(LIMITS).enter("9:00", 20), "not-its-turn"),
        (Story(LIMITS).enter("9:00", 20).word("9:45", Task.AIR_DISINFECTION, Action.STARTED), "not-its-turn"),
        (waiting().silent("9:45"), "unknown"),
        (waiting().hold("9:45", True), "held"),
        (waiting().enter("9:45"), "not-empty"),
        (Story(limits()).lesson("9:00", "9:40"), "not-its-turn"),
        (waiting().enter("9:48").leave("9:50"), "not-empty"),
    ],
    ids=["free", "in-use", "begun-over-people", "silent", "held", "somebody", "other-tasks", "left-just-now"],
)
def test_lamp_may_not_run_at_another_time(story: Story, reason: str) -> None:
    permission = may_irradiate(LIMITS, room(story), EMPTY, NOW)
    assert (permission.allowed, permission.reason) == (False, reason)


def test_lamp_may_not_run_where_the_profile_has_none() -> None:
    strict = limits(after_use=(Task.AIR_DISINFECTION,), open_lamps=False)
    assert may_irradiate(strict, room(waiting()), EMPTY, NOW).reason == "profile"


def test_fan_may_run_with_people_inside() -> None:
    assert may_ventilate(LIMITS, room(Story(LIMITS).enter("9:00", 20))).allowed


def test_fan_may_not_run_while_the_air_is_disinfected() -> None:
    story = waiting().node("9:45", Task.AIR_DISINFECTION, Action.STARTED, Proof.CONTACT)
    assert may_ventilate(LIMITS, room(story)).reason == "air-disinfection"


def test_fan_may_not_run_where_the_profile_says_so() -> None:
    strict = limits(fans=False)
    assert may_ventilate(strict, Story(strict).at("9:50")).reason == "profile"


def test_stillness_is_never_less_than_the_node_asks_for() -> None:
    with pytest.raises(ValueError, match='still_for must be "60s" or longer, got "30s"'):
        LampLimits(source="x", still_for=Duration("30s"))


def test_instants_of_another_year_do_not_matter() -> None:
    long_ago = replace(EMPTY, passed_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert may_irradiate(LIMITS, room(waiting()), long_ago, NOW).allowed


def test_day_on_which_nobody_was_counted_yet_proves_nothing() -> None:
    seen = replace(EMPTY, passed_at=None)
    permission = may_irradiate(LIMITS, room(waiting()), seen, NOW)
    assert (permission.allowed, permission.reason) == (False, "nobody-seen")
