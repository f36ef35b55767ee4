from collections.abc import Callable

import pytest

from hub.layout import SpaceKind
from hub.treatment.follower import Follower
from hub.treatment.view import Phase, TaskStatus
from protocol.events import Action, Proof, Task
from tests.hub.treatment.rooms import Story, clock, limits, minute, ms

AIRING, SURFACES, EQUIPMENT, LAMP = Task.AIRING, Task.SURFACES, Task.EQUIPMENT, Task.AIR_DISINFECTION
STARTED, DONE, ABORTED = Action.STARTED, Action.DONE, Action.ABORTED

Tell = Callable[[Story], object]


def taught() -> Story:
    """A lesson from 9:00 to 9:40."""
    return Story().lesson("9:00", "9:40")


def lamped() -> Story:
    return Story(limits(after_use=(LAMP,))).lesson("9:00", "9:40")


def aired() -> Story:
    """... the window open from 9:41, nobody has cleaned."""
    return taught().window("9:41", True)


def cleaned() -> Story:
    """... and somebody cleaned from 9:45 to 9:51."""
    story = aired().enter("9:45").word("9:45:30", SURFACES, STARTED)
    return story.word("9:51", SURFACES, DONE).leave("9:51")


def lit() -> Story:
    """The lamp switched on at 9:45 by somebody who had gone in, off at 10:15."""
    story = lamped().enter("9:43").leave("9:44").node("9:45", LAMP, STARTED, Proof.CONTACT)
    return story.node("10:15", LAMP, DONE, Proof.CONTACT)


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


TASKS: list[tuple[str, Callable[[], Story], str, Task, TaskStatus, str]] = [
    ("due after use", taught, "9:42", SURFACES, TaskStatus.DUE, "after-use"),
    ("window open so long", aired, "10:01", AIRING, TaskStatus.DONE, ""),
    (
        "window shut a minute early",
        lambda: aired().window("10:00", False),
        "10:30",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "two windows, one shut",
        lambda: aired().window("9:50", True, "w2").window("9:55", False),
        "10:01",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "open since the lesson counts from its end",
        lambda: taught().window("9:10", True),
        "10:00",
        AIRING,
        TaskStatus.STARTED,
        "after-use",
    ),
    ("cleaned, the dwell not over", cleaned, "9:56:59", SURFACES, TaskStatus.STARTED, "dwell"),
    (
        "cleaned, and about to go out",
        lambda: taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:51", SURFACES, DONE),
        "9:51",
        SURFACES,
        TaskStatus.STARTED,
        "not-empty",
    ),
    (
        "cleaned, and the door is silent",
        lambda: cleaned().silent("9:54"),
        "10:30",
        SURFACES,
        TaskStatus.UNPROVEN,
        "not-empty",
    ),
    ("cleaned, left, and dwelt", cleaned, "9:57", SURFACES, TaskStatus.DONE, ""),
    (
        "cleaned, and still inside",
        lambda: taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:51", SURFACES, DONE),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "not-empty",
    ),
    (
        "nobody went in for it",
        lambda: taught().word("9:50", SURFACES, DONE, "I did"),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "nobody-entered",
    ),
    (
        "the door saw somebody, no start was said",
        lambda: taught().enter("9:45").word("9:51", SURFACES, DONE).leave("9:51"),
        "9:57",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short",
        lambda: (
            taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:47", SURFACES, DONE).leave("9:47")
        ),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "too short, with a reason",
        lambda: taught().enter("9:45").word("9:47", SURFACES, DONE, "a small room").leave("9:47"),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short, said twice",
        lambda: (
            taught().enter("9:45").word("9:47", SURFACES, DONE).leave("9:47").word("9:48", SURFACES, DONE)
        ),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short, where that counts",
        lambda: (
            Story(limits(short_counts=True))
            .lesson("9:00", "9:40")
            .enter("9:45")
            .word("9:46", SURFACES, DONE)
            .leave("9:47")
        ),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "a word is too weak a proof here",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .word("10:05", AIRING, DONE)
        ),
        "10:10",
        AIRING,
        TaskStatus.UNPROVEN,
        "weak-proof",
    ),
    (
        "a word and a button together are enough",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .word("10:05", AIRING, DONE)
            .node("10:06", AIRING, DONE, Proof.BUTTON)
        ),
        "10:10",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "two buttons are one proof",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .node("10:05", AIRING, DONE, Proof.BUTTON)
            .node("10:06", AIRING, DONE, Proof.BUTTON)
        ),
        "10:10",
        AIRING,
        TaskStatus.UNPROVEN,
        "weak-proof",
    ),
    (
        "CO2 fell by its share",
        lambda: taught().air("9:39", 1420).air("9:50", 780),
        "9:51",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "CO2 fell too little",
        lambda: taught().air("9:39", 1420).air("9:50", 800),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "CO2 was never high",
        lambda: taught().air("9:39", 560).air("9:50", 430),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "a wrong CO2 sensor proves nothing",
        lambda: taught().air("9:39", 1420).air("9:50", 300),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "aborted",
        lambda: taught().word("9:45", AIRING, STARTED).word("9:50", AIRING, ABORTED, "no key"),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "aborted",
    ),
    ("the lamp ran over nobody", lit, "10:15", LAMP, TaskStatus.DONE, ""),
    (
        "the lamp ran too short",
        lambda: (
            lamped()
            .enter("9:43")
            .leave("9:44")
            .node("9:45", LAMP, STARTED, Proof.CONTACT)
            .node("10:00", LAMP, DONE, Proof.CONTACT)
        ),
        "10:10",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "somebody went in while the lamp ran",
        lambda: (
            lamped()
            .node("9:45", LAMP, STARTED, Proof.CONTACT)
            .enter("10:00")
            .leave("10:01")
            .node("10:15", LAMP, DONE, Proof.CONTACT)
        ),
        "10:50",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "the door was silent while the lamp ran",
        lambda: lit().silent("9:50", "9:55"),
        "10:16",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "entered before re-entry",
        lambda: lit().enter("10:20").leave("10:21"),
        "10:40",
        LAMP,
        TaskStatus.DUE,
        "entered-early",
    ),
    ("entered at re-entry", lambda: lit().enter("10:30").leave("10:31"), "10:40", LAMP, TaskStatus.DONE, ""),
]


@pytest.mark.parametrize(
    ("tell", "when", "task", "state", "reason"), [row[1:] for row in TASKS], ids=[row[0] for row in TASKS]
)
def test_treatment_is_where_its_story_says(
    tell: Callable[[], Story], when: str, task: Task, state: TaskStatus, reason: str
) -> None:
    view = tell().at(when).task(task)
    assert view is not None
    assert (view.state, view.reason) == (state, reason)


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


def test_early_entry_is_remembered() -> None:
    view = aired().enter("9:50", 5).at("9:51")
    assert view.phase is Phase.IN_USE
    assert view.entered_early_at == clock("9:50")


def test_break_broken_for_a_moment_goes_on() -> None:
    story = cleaned().enter("9:58", 5).leave("9:59", 5)
    assert story.at("10:00").phase is Phase.TREATING
    assert story.at("10:01").phase is Phase.READY


def test_second_use_before_the_end_owes_everything_anew() -> None:
    story = cleaned().lesson("9:58", "10:30")
    view = story.at("10:31")
    assert view.phase in (Phase.WAITING, Phase.TREATING)
    surfaces = view.task(SURFACES)
    assert surfaces is not None
    assert surfaces.due == clock("10:31")


def test_who_treats_becomes_a_user_when_the_room_is_ready() -> None:
    story = cleaned().enter("10:00")
    assert story.at("10:05").phase is Phase.IN_USE
    assert story.at("10:05").in_use_since == clock("10:01")


def test_passage_that_comes_late_corrects_what_was_believed() -> None:
    story = lit()
    assert story.at("10:30").phase is Phase.READY
    story.enter("10:05").leave("10:06")
    lamp = story.at("10:31").task(LAMP)
    assert lamp is not None
    assert lamp.state is TaskStatus.UNPROVEN


def test_other_limits_hold_for_the_whole_day() -> None:
    story = cleaned()
    assert story.at("10:02").phase is Phase.READY
    story.follower.relimit(limits(pause="25min").of(SpaceKind.CLASSROOM))
    assert story.at("10:02").phase is Phase.RESTING


def corridor() -> Story:
    return Story(kind=SpaceKind.CORRIDOR).enter("9:00", 10)


def test_corridor_is_aired_in_each_lesson() -> None:
    story = corridor()
    assert story.at("9:30").again_at == clock("9:40")
    airing = story.at("9:41").task(AIRING)
    assert airing is not None
    assert (airing.state, airing.due, airing.clause) == (TaskStatus.DUE, clock("9:40"), "§36.5")
    airing = story.window("9:45", True).at("10:05").task(AIRING)
    assert airing is not None
    assert (airing.state, airing.done_at) == (TaskStatus.DONE, clock("10:05"))


def test_corridor_with_its_windows_open_is_never_late() -> None:
    airing = corridor().window("9:00", True).at("9:40").task(AIRING)
    assert airing is not None
    assert (airing.state, airing.done_at) == (TaskStatus.DONE, clock("9:40"))


def test_surfaces_fall_due_after_so_many_people() -> None:
    story = corridor().enter("9:20", 89)
    surfaces = story.at("9:21").task(SURFACES)
    assert surfaces is not None
    assert surfaces.due is None
    surfaces = story.enter("9:22").at("9:23").task(SURFACES)
    assert surfaces is not None
    assert surfaces.due == clock("9:22")


def test_window_left_open_overnight_airs() -> None:
    story = Story(limits(after_use=(AIRING,))).lesson("9:00", "9:40")
    assert story.at("10:05").phase is Phase.WAITING
    room, starts = story.limits.of(SpaceKind.CLASSROOM), ms("4:00")
    follower = Follower(room, starts, windows=frozenset({"w1"}))
    assert follower.view(story.day, story.steps, [], clock("10:05")).phase is Phase.READY


def missed() -> Story:
    """A lesson from 9:00 of twenty; nineteen are seen to leave at 9:40."""
    return Story().enter("9:00", 20).leave("9:40", 19)


def test_use_is_over_although_the_count_says_that_one_is_left() -> None:
    story = missed()
    before = story.at("9:44")
    assert (before.phase, before.in_use_since, before.again_at) == (Phase.IN_USE, None, clock("9:45"))
    after = story.at("9:45")
    assert (after.phase, after.empty_since) == (Phase.WAITING, None)
    airing = after.task(AIRING)
    assert airing is not None
    assert airing.due == clock("9:41")


def test_use_goes_on_when_people_come_back() -> None:
    assert missed().enter("9:43", 5).at("9:50").in_use_since == clock("9:00")


def test_who_stays_until_later_ends_the_use_then() -> None:
    surfaces = missed().leave("9:43").at("9:44").task(SURFACES)
    assert surfaces is not None
    assert surfaces.due == clock("9:44")


def test_one_who_uses_a_room_alone_goes_on_using_it() -> None:
    assert Story().enter("9:00").at("9:30").in_use_since == clock("9:00")


def test_short_visit_with_a_missed_exit_owes_nothing() -> None:
    assert Story().enter("9:00", 3).leave("9:04", 2).at("10:00").phase is Phase.READY


def test_what_was_begun_before_the_use_was_known_to_be_over_stands() -> None:
    story = missed().enter("9:42").word("9:42:30", SURFACES, STARTED).word("9:48", SURFACES, DONE)
    story.leave("9:48").recount(minute("9:49"), 0)
    surfaces = story.at("9:55").task(SURFACES)
    assert surfaces is not None
    assert (surfaces.state, surfaces.done_at) == (TaskStatus.DONE, clock("9:55"))


def test_lamp_beside_one_who_may_be_there_proves_nothing() -> None:
    story = Story(limits(after_use=(LAMP,))).enter("9:00", 20).leave("9:40", 19)
    story.node("9:50", LAMP, STARTED, Proof.CONTACT).node("10:30", LAMP, DONE, Proof.SENSOR)
    lamp = story.at("10:31").task(LAMP)
    assert lamp is not None
    assert (lamp.state, lamp.reason) == (TaskStatus.UNPROVEN, "too-short")


def test_silent_door_ends_no_use() -> None:
    story = missed().silent("9:42", "9:50")
    assert story.at("9:49").phase is Phase.UNKNOWN
    assert story.at("9:50").phase is Phase.WAITING


def test_cleaner_beside_one_who_stayed_is_no_early_entry() -> None:
    view = missed().enter("9:46").at("9:47")
    assert (view.phase, view.entered_early_at) == (Phase.TREATING, None)
    assert missed().enter("9:46", 2).at("9:47").entered_early_at == clock("9:46")


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


def test_unchanged_view_is_the_same_object() -> None:
    story = Story().enter("9:00", 20)
    view = story.at("9:01")
    assert story.at("9:09:59") is view
    assert story.enter("9:05", 3).leave("9:06", 3).at("9:08") is view
    assert story.at("9:41") is not view


def test_passage_told_after_the_room_was_released_is_an_early_entry_all_the_same() -> None:
    story = cleaned().enter("10:00")
    assert story.at("10:05").entered_early_at is None
    story.enter("10:00", 4)
    assert story.at("10:05") == story.folded_anew("10:05")
    assert story.at("10:05").entered_early_at == clock("10:00")


def test_future_is_not_known_yet() -> None:
    story = Story().enter("9:00", 20).window("11:00", True).word("11:00", AIRING, STARTED)
    assert story.at("9:05") == Story().enter("9:00", 20).at("9:05")
