"""What comes late corrects the record of an alert, and rings nothing."""

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change
from hub.alerts.announcing import next_telling
from hub.alerts.late_truth import mark_late, missed
from protocol.messages import AlertState
from tests.builders import at
from tests.hub.alerts.stories import OVER, RULES, Story

MIN = 60.0


def a_fired() -> Alert:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    return story.alert("over-capacity")


def test_alert_that_did_not_hold_is_marked_with_what_the_record_now_says() -> None:
    alert, (transition,) = mark_late(a_fired(), is_held=False, value=14, now=at(3600))
    assert alert.correction == "late truth: was 14, not 18"
    assert alert.corrected_at == at(3600)
    assert (transition.change, transition.value) == (Change.CORRECTED, 14)


def test_alert_that_was_right_is_left_alone() -> None:
    alert = a_fired()
    assert mark_late(alert, is_held=True, value=17, now=at(3600)) == (alert, [])


def test_same_correction_again_changes_nothing() -> None:
    once, _ = mark_late(a_fired(), is_held=False, value=14, now=at(3600))
    assert mark_late(once, is_held=False, value=14, now=at(3700)) == (once, [])


def test_correction_that_was_wrong_is_corrected() -> None:
    once, _ = mark_late(a_fired(), is_held=False, value=14, now=at(3600))
    again, transitions = mark_late(once, is_held=True, value=18, now=at(3700))
    assert again.correction == "late truth: it held after all"
    assert [one.change for one in transitions] == [Change.CORRECTED]


def test_record_that_does_not_say_names_no_number() -> None:
    alert, _ = mark_late(a_fired(), is_held=False, value=None, now=at(3600))
    assert alert.correction == "late truth: it did not hold"


def test_pending_alert_has_nothing_to_correct() -> None:
    story = Story()
    story.find(0, OVER)
    pending = story.alert("over-capacity")
    assert mark_late(pending, is_held=False, value=1, now=at(5)) == (pending, [])


def test_correction_changes_neither_state_nor_telling() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    before = story.alert("over-capacity")
    corrected, (transition,) = mark_late(before, is_held=False, value=14, now=at(61))
    story.desk.put_corrected([corrected])
    story.later(61)
    after = story.desk.find(before.id)
    assert after is not None
    assert after.correction is not None
    assert replace(after, correction=None, corrected_at=None) == before
    assert transition.change is Change.CORRECTED
    assert len(story.told()) == 1


def test_correction_of_an_alert_that_is_over_leaves_the_next_of_its_kind_alone() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    corrected, _ = mark_late(story.alert("over-capacity"), is_held=False, value=14, now=at(61))
    story.acknowledge(62, "over-capacity")
    story.find(70)
    story.later(7200)
    story.find(7300, OVER)
    after = story.alert("over-capacity")
    assert after.id != corrected.id
    story.desk.put_corrected([corrected])
    assert story.desk.find(after.id) == after


def test_alert_missed_in_the_past_is_recorded_closed_and_never_told() -> None:
    alert, transitions = missed("9", OVER, at(-7200), at(-3600), RULES["over-capacity"], at(0))
    assert (alert.state, alert.closed_at, alert.fired_at) == (AlertState.RESOLVED, at(0), None)
    assert (alert.since, alert.resolved_at) == (at(-7200), at(-3600))
    assert [one.change for one in transitions] == [Change.CORRECTED]
    assert next_telling(alert, RULES["over-capacity"]) is None
