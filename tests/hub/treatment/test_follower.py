from hub.layout import SpaceKind
from hub.treatment.follower import Follower
from hub.treatment.view import Phase, TaskStatus
from tests.hub.treatment.rooms import Story, clock, limits, ms
from tests.hub.treatment.stories import AIRING, LAMP, STARTED, cleaned, lit


def test_passage_that_comes_late_corrects_what_was_believed() -> None:
    story = lit()
    assert story.at("10:30").phase is Phase.READY
    story.enter("10:05").leave("10:06")
    lamp = story.at("10:31").task(LAMP)
    assert lamp is not None
    assert lamp.state is TaskStatus.UNPROVEN


def test_passage_told_after_the_room_was_released_is_an_early_entry_all_the_same() -> None:
    story = cleaned().enter("10:00")
    assert story.at("10:05").entered_early_at is None
    story.enter("10:00", 4)
    assert story.at("10:05") == story.folded_anew("10:05")
    assert story.at("10:05").entered_early_at == clock("10:00")


def test_other_limits_hold_for_the_whole_day() -> None:
    story = cleaned()
    assert story.at("10:02").phase is Phase.READY
    story.follower.relimit(limits(pause="25min").of(SpaceKind.CLASSROOM))
    assert story.at("10:02").phase is Phase.RESTING


def test_window_left_open_overnight_airs() -> None:
    story = Story(limits(after_use=(AIRING,))).lesson("9:00", "9:40")
    assert story.at("10:05").phase is Phase.WAITING
    room, starts = story.limits.of(SpaceKind.CLASSROOM), ms("4:00")
    follower = Follower(room, starts, windows=frozenset({"w1"}))
    assert follower.view(story.day, story.steps, [], clock("10:05")).phase is Phase.READY


def test_unchanged_view_is_the_same_object() -> None:
    story = Story().enter("9:00", 20)
    view = story.at("9:01")
    assert story.at("9:09:59") is view
    assert story.enter("9:05", 3).leave("9:06", 3).at("9:08") is view
    assert story.at("9:41") is not view


def test_future_is_not_known_yet() -> None:
    story = Story().enter("9:00", 20).window("11:00", True).word("11:00", AIRING, STARTED)
    assert story.at("9:05") == Story().enter("9:00", 20).at("9:05")
