from hub.treatment.view import Phase, TaskStatus
from tests.hub.treatment.rooms import Story, clock
from tests.hub.treatment.stories import AIRING, STARTED, SURFACES, aired, cleaned, corridor, missed


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


def test_silent_door_ends_no_use() -> None:
    story = missed().silent("9:42", "9:50")
    assert story.at("9:49").phase is Phase.UNKNOWN
    assert story.at("9:50").phase is Phase.WAITING


def test_cleaner_beside_one_who_stayed_is_no_early_entry() -> None:
    view = missed().enter("9:46").at("9:47")
    assert (view.phase, view.entered_early_at) == (Phase.TREATING, None)
    assert missed().enter("9:46", 2).at("9:47").entered_early_at == clock("9:46")


def test_minutes_until_a_use_is_known_to_be_over_count_where_nothing_is_treated_after_it() -> None:
    airing = corridor().leave("9:30", 9).enter("9:36", 10).at("9:41").task(AIRING)
    assert airing is not None
    assert airing.due == clock("9:41")


def test_who_is_left_after_a_lesson_treats_the_room_and_does_not_use_it() -> None:
    # Nine minutes are too few to count, and the five until the use is known to be over do not add to them.
    assert Story().enter("9:00", 20).leave("9:09", 19).at("9:20").phase is Phase.READY


def test_use_that_seems_to_be_over_leaves_what_nobody_has_begun_since() -> None:
    story = missed().word("9:42", AIRING, STARTED)
    expected = {one.task: one.is_expected for one in story.at("9:43").tasks}
    assert expected == {AIRING: False, SURFACES: True}
    assert not any(one.is_expected for one in story.at("9:45").tasks)
