from collections.abc import Callable

import pytest

from hub.layout import SpaceKind
from hub.treatment.view import Phase
from tests.hub.treatment.rooms import Story, clock, limits, ms
from tests.hub.treatment.stories import (
    ABORTED,
    AIRING,
    DONE,
    LAMP,
    STARTED,
    aired,
    cleaned,
    lit,
    taught,
)

STORIES: list[tuple[str, Callable[[], Story], str, Phase]] = [
    ("a day without anybody is ready", Story, "9:00", Phase.READY),
    ("people inside are a use", lambda: Story().enter("9:00", 20), "9:01", Phase.IN_USE),
    ("after 40 min they must leave", lambda: Story().enter("9:00", 20), "9:40", Phase.MUST_LEAVE),
    ("a bag fetched makes nothing due", lambda: Story().enter("9:00").leave("9:03"), "9:05", Phase.READY),
    (
        "a flicker of the count is one use",
        lambda: Story().lesson("9:00", "9:08").lesson("9:10", "9:14"),
        "9:16",
        Phase.WAITING,
    ),
    (
        "two short uses far apart are two",
        lambda: Story().lesson("9:00", "9:08").lesson("9:20", "9:24"),
        "9:30",
        Phase.READY,
    ),
    ("after use the room waits", taught, "9:41", Phase.WAITING),
    ("an open window is an airing", aired, "9:50", Phase.TREATING),
    ("somebody in the room after use treats it", lambda: taught().enter("9:45"), "9:50", Phase.TREATING),
    ("all done before the break is over rests", cleaned, "10:00:59", Phase.TREATING),
    ("all done and the break over is ready", cleaned, "10:01", Phase.READY),
    (
        "a long break rests",
        lambda: Story(limits(pause="25min", after_use=(AIRING,))).lesson("9:00", "9:40").window("9:30", True),
        "10:02",
        Phase.RESTING,
    ),
    ("a group that returns is a use", lambda: cleaned().enter("9:55", 5), "9:56", Phase.IN_USE),
    ("a silent door makes it unknown", lambda: taught().silent("9:50"), "9:51", Phase.UNKNOWN),
    ("a door heard again is known", lambda: taught().silent("9:50", "9:55"), "9:56", Phase.WAITING),
    ("a lamp lit over nobody treats", lit, "10:00", Phase.TREATING),
    ("after the lamp it rests until re-entry", lit, "10:20", Phase.RESTING),
    ("after re-entry it is ready", lit, "10:30", Phase.READY),
    (
        "whoever enters before re-entry undoes it",
        lambda: lit().enter("10:20").leave("10:21"),
        "10:40",
        Phase.WAITING,
    ),
    (
        "a lamp over people makes them leave",
        lambda: Story(limits(after_use=(LAMP,))).enter("9:00", 20).word("9:10", LAMP, STARTED),
        "9:11",
        Phase.MUST_LEAVE,
    ),
    (
        "people in a closed room must leave",
        lambda: Story().enter("9:00", 9).hold("9:05", True),
        "9:06",
        Phase.MUST_LEAVE,
    ),
    (
        "a room without limits is ready after use",
        lambda: Story(kind=SpaceKind.OFFICE).lesson("9:00", "9:40"),
        "9:41",
        Phase.READY,
    ),
]


@pytest.mark.parametrize(
    ("tell", "when", "phase"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES]
)
def test_room_is_in_the_phase_its_story_says(tell: Callable[[], Story], when: str, phase: Phase) -> None:
    assert tell().at(when).phase is phase


def test_treatment_not_begun_in_time_is_late_and_announced() -> None:
    story = taught()
    view = story.at("9:55:59")
    assert not view.is_late
    assert view.again_at == clock("9:56")
    assert story.at("9:56").is_late


def test_treatment_that_goes_on_is_late_only_after_its_own_time() -> None:
    story = Story(limits(after_use=(AIRING,))).lesson("9:00", "9:40").word("9:50", AIRING, STARTED)
    assert not story.at("10:24:59").is_late
    assert story.at("10:25").is_late


def test_limits_that_came_into_force_make_nothing_late_that_was_before() -> None:
    story = taught()
    story.follower.relimit(story.limits.of(SpaceKind.CLASSROOM), ms("9:55"))
    assert not story.at("9:57").is_late
    assert story.at("9:57").again_at == clock("10:10")
    assert story.at("10:10").is_late


def test_nobody_must_leave_sooner_than_the_limits_in_force_say() -> None:
    story = Story().enter("9:00", 20)
    story.follower.relimit(story.limits.of(SpaceKind.CLASSROOM), ms("9:30"))
    assert story.at("9:41").in_use_since == clock("9:30")
    assert story.at("10:09").phase is Phase.IN_USE
    assert story.at("10:10").phase is Phase.MUST_LEAVE


def test_ready_at_is_told_once_all_has_begun() -> None:
    assert taught().at("9:50").ready_at is None
    assert cleaned().at("9:55").ready_at == clock("10:01")
    assert lit().at("10:00").ready_at == clock("10:30")


def test_ready_at_counts_from_a_later_airing() -> None:
    story = Story(limits(after_use=(AIRING,))).lesson("9:00", "9:40").window("9:50", True)
    assert story.at("9:55").ready_at == clock("10:10")


def test_empty_room_says_since_when() -> None:
    assert Story().lesson("9:00", "9:40").at("9:45").empty_since == clock("9:41")


def test_use_says_since_when() -> None:
    assert Story().enter("9:00", 20).at("9:05").in_use_since == clock("9:00")


LEFT: list[tuple[str, Callable[[], Story], str]] = [
    ("given up", lambda: taught().word("9:45", AIRING, STARTED).word("9:46", AIRING, ABORTED), "9:51"),
    ("window shut", lambda: aired().window("9:47", False), "9:52"),
    ("said to be done", lambda: taught().word("9:45", AIRING, STARTED).word("9:48", AIRING, DONE), "9:53"),
]


@pytest.mark.parametrize(("tell", "until"), [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_treatment_begun_and_left_is_quiet_for_a_while(tell: Callable[[], Story], until: str) -> None:
    view = tell().at("9:50")
    airing = view.task(AIRING)
    assert airing is not None
    assert airing.quiet_until == clock(until)
    assert view.again_at == clock(until)


QUIET_NO_MORE: list[tuple[str, Callable[[], Story]]] = [
    ("never begun", taught),
    ("begun anew", lambda: LEFT[0][1]().word("9:47", AIRING, STARTED)),
    ("the window shut before it was due", lambda: Story().window("9:10", True).window("9:39", False)),
]


@pytest.mark.parametrize("tell", [row[1] for row in QUIET_NO_MORE], ids=[row[0] for row in QUIET_NO_MORE])
def test_treatment_that_was_not_left_is_not_quiet(tell: Callable[[], Story]) -> None:
    airing = tell().at("9:50").task(AIRING)
    assert airing is not None
    assert airing.quiet_until is None
