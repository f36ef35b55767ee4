"""What mutes an alert, until when, and that the board keeps it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alerts.alert import Change, Mute
from hub.alerts.muting import SHELF_TIMES, shelve
from hub.alerts.notification import Reason
from protocol.messages import AlertState
from tests.builders import at
from tests.hub.alerts.stories import DARK, FEVER, OVER, RULES, SILENT, Story, a_campus, a_silence, at_capacity

MIN = 60.0


def test_silent_node_mutes_the_alerts_of_its_room_and_is_told_itself() -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(1, SILENT, OVER)
    story.later(60)
    assert story.told() == [(0, "manager", Reason.FIRED)]
    assert story.muted("over-capacity") is Mute.SILENT_NODE
    assert story.alert("over-capacity").state is AlertState.FIRING


def test_silent_node_does_not_mute_the_hall_it_opens_into() -> None:
    story = Story()
    story.find(0, SILENT, replace(OVER, subject="hall", space="hall"))
    story.later(30)
    assert (20, "guard-day", Reason.FIRED) in story.told()


def test_fever_is_told_whoever_is_silent() -> None:
    story = Story()
    story.find(0, replace(SILENT, subject="entrance", node="entrance"), FEVER)
    assert story.muted("elevated-screening") is None
    assert (0, "guard-day", Reason.FIRED) in story.told()


def test_room_whose_node_is_heard_again_is_told_at_once_if_nobody_was_told() -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(1, SILENT, OVER)
    story.later(5 * MIN)
    story.acknowledge(5 * MIN, "silent-node")
    story.find(6 * MIN, OVER)
    story.later(7 * MIN)
    # Ten quiet seconds end the silence; then the room speaks for itself.
    assert story.told()[-1] == (6 * MIN + 10, "guard-day", Reason.FIRED)


def test_pause_of_a_silent_node_is_not_counted_and_nothing_is_told_twice() -> None:
    story = Story()
    story.find(0, OVER)
    story.find(60, at_capacity(), SILENT)
    story.find(4 * MIN, OVER)
    story.later(8 * MIN)
    told = [one for one in story.told() if one[1:] != ("manager", Reason.FIRED)]
    assert told == [
        (20, "guard-day", Reason.FIRED),
        (4 * MIN + 10, "manager", Reason.RESOLVED),
        # Silent from 60 s to 250 s: 190 s later than without.
        (20 + 3 * MIN + 190, "manager", Reason.ESCALATED),
    ]


def test_silent_node_mutes_its_own_alerts_that_are_about_no_room() -> None:
    story = Story(rules={**RULES, "faulty-sensor": RULES["silent-node"]})
    story.find(0, SILENT, replace(SILENT, rule="faulty-sensor", subject="air", space=None))
    assert story.muted("faulty-sensor") is Mute.SILENT_NODE
    assert story.muted("silent-node") is None


def test_silenced_silence_of_a_node_mutes_no_alert_of_the_loudest() -> None:
    story = Story()
    story.silence(0, a_silence(rule="silent-node"))
    story.find(1, SILENT, OVER)
    story.later(30)
    assert story.told() == [(21, "guard-day", Reason.FIRED)]
    story.unsilence(40)
    assert story.muted("over-capacity") is Mute.SILENT_NODE


def test_dark_building_mutes_its_nodes_and_rooms_and_is_one_alert() -> None:
    story = Story()
    story.find(0, SILENT)
    story.acknowledge(1, "silent-node")
    story.find(5, replace(SILENT, starts=False), DARK, OVER)
    story.later(60)
    mutes = {alert.subject: alert.muted for alert in story.book.values()}
    assert mutes == {
        "room-node": Mute.DARK_BUILDING,
        "room": Mute.DARK_BUILDING,
        "building-a": None,
    }


def test_dark_building_mutes_no_other_building() -> None:
    story = Story()
    story.find(0, DARK, replace(OVER, subject="far", space="far"))
    story.later(30)
    assert story.muted("over-capacity") is None


def test_silence_mutes_telling_and_never_the_board() -> None:
    story = Story()
    story.silence(0, a_silence())
    story.find(1, OVER)
    story.later(10 * MIN)
    alert = story.alert("over-capacity")
    assert story.told() == []
    assert (alert.state, alert.muted, alert.muted_until) == (AlertState.FIRING, Mute.SILENCED, at(3600))
    assert story.changes() == [Change.BEGAN, Change.FIRED, Change.MUTED]


def test_alert_that_outlives_its_silence_is_told_when_it_ends() -> None:
    story = Story()
    story.silence(0, a_silence(ends=at(600)))
    story.find(1, OVER)
    story.later(11 * MIN)
    assert story.told() == [(600, "guard-day", Reason.FIRED)]
    assert story.desk.silences == {}


def test_silence_taken_back_ends_at_once() -> None:
    story = Story()
    story.silence(0, a_silence())
    story.find(1, OVER)
    story.later(60)
    story.unsilence(90)
    assert story.told() == [(90, "guard-day", Reason.FIRED)]


def test_silence_outlives_no_shift() -> None:
    story = Story()
    # The day shift ends at 20:00, eleven hours after the morning; the office's at 18:00.
    allowed = story.desk.silence(a_silence(ends=at(24 * 3600)), "guard-day")
    assert allowed.ends == at(11 * 3600)


def test_silence_outside_every_shift_lasts_twelve_hours_at_most() -> None:
    story = Story(a_campus(shifts=(), duties=()))
    assert story.desk.silence(a_silence(ends=at(24 * 3600))).ends == at(12 * 3600)


def test_silence_of_a_rule_everywhere_does_not_reach_the_loudest() -> None:
    story = Story()
    story.silence(0, a_silence(rule="over-capacity"))
    story.find(1, OVER)
    story.later(30)
    assert story.told() == [(21, "guard-day", Reason.FIRED)]


@pytest.mark.parametrize(
    ("place", "mute"),
    [
        ({"building": "a"}, None),
        ({"building": "a", "rule": "over-capacity"}, None),
        ({"space": "room"}, Mute.SILENCED),
        ({"building": "a", "space": "room"}, Mute.SILENCED),
    ],
    ids=str,
)
def test_silence_reaches_the_loudest_only_in_a_space_or_at_a_node(
    place: dict[str, str], mute: Mute | None
) -> None:
    story = Story()
    story.silence(0, a_silence(**place))
    story.find(1, OVER)
    story.later(30)
    assert story.muted("over-capacity") is mute


def test_silence_of_a_rule_everywhere_reaches_what_is_not_the_loudest() -> None:
    story = Story()
    story.silence(0, a_silence(rule="elevated-screening"))
    story.find(1, FEVER)
    assert story.told() == []


@pytest.mark.parametrize(
    ("place", "is_muted"),
    [
        ({"building": "a"}, True),
        ({"building": "b"}, False),
        ({"node": "entrance"}, True),
        ({"node": "room-node"}, False),
        ({"building": "a", "rule": "elevated-screening"}, True),
        ({"building": "a", "rule": "over-capacity"}, False),
    ],
    ids=["building", "other building", "node", "other node", "rule there", "other rule there"],
)
def test_silence_mutes_what_every_matcher_matches(place: dict[str, str], is_muted: bool) -> None:
    story = Story()
    story.silence(0, a_silence(**place))
    story.find(1, FEVER)
    assert (story.muted("elevated-screening") is Mute.SILENCED) is is_muted


def test_silence_of_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody may silence everything"):
        a_silence(space=None)


def test_silence_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends must be after starts"):
        a_silence(ends=at(0))


def test_shelved_alert_is_told_again_from_the_first_step_when_its_time_is_over() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    story.shelve(60, "over-capacity", 15)
    assert story.muted("over-capacity") is Mute.SHELVED
    story.later(17 * MIN)
    assert story.told() == [(20, "guard-day", Reason.FIRED), (16 * MIN, "guard-day", Reason.FIRED)]
    assert story.desk.shelves == {}


def test_shelf_keeps_the_same_subject_aside_when_its_alert_begins_anew() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.shelve(30, "over-capacity", 60)
    story.acknowledge(31, "over-capacity")
    story.find(40)
    story.later(2 * MIN)
    story.find(3 * MIN, OVER)
    story.later(4 * MIN)
    assert len(story.book) == 2
    assert story.muted("over-capacity") is Mute.SHELVED


def test_alert_taken_off_the_shelf_is_told_again() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.shelve(40, "over-capacity", 60)
    story.unshelve(50, "over-capacity")
    assert story.muted("over-capacity") is None
    assert story.changes()[-2:] == [Change.MUTED, Change.UNMUTED]
    assert story.told()[-1] == (50, "guard-day", Reason.FIRED)


@pytest.mark.parametrize(("minutes", "lasts"), [(1, 15), (15, 15), (44, 30), (60, 60), (600, 60)])
def test_shelf_lasts_fifteen_thirty_or_sixty_minutes(minutes: int, lasts: int) -> None:
    shelf = shelve(("over-capacity", "room"), "Aset", "why", timedelta(minutes=minutes), at(0))
    assert shelf.until == at(lasts * 60)
    assert timedelta(minutes=lasts) in SHELF_TIMES


def test_chattering_alert_is_put_aside_and_the_admin_is_told() -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(5)
    story.later(15)
    story.find(20, SILENT)
    assert story.muted("silent-node") is Mute.CHATTERING
    assert story.told() == [
        (0, "manager", Reason.FIRED),
        (15, "manager", Reason.RESOLVED),
        (20, "admin", Reason.CHATTERING),
    ]
    story.later(15 * MIN + 30)
    assert story.told()[-1] == (15 * MIN + 20, "manager", Reason.FIRED)


@pytest.mark.parametrize("by", [timedelta(hours=-2), timedelta(hours=2)], ids=["back", "forward"])
def test_what_the_hub_put_aside_stays_as_long_when_the_clock_is_set(by: timedelta) -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(5)
    story.find(20, SILENT)
    story.shift(60, by)
    set_by_s = by.total_seconds()
    story.later(set_by_s + 15 * MIN + 19)
    assert story.muted("silent-node") is Mute.CHATTERING
    story.later(set_by_s + 15 * MIN + 21)
    assert story.muted("silent-node") is None


def test_what_people_put_aside_ends_when_they_said_whatever_the_clock_does() -> None:
    story = Story()
    story.find(0, SILENT)
    story.shelve(10, "silent-node", 60)
    story.shift(60, timedelta(minutes=30))
    story.later(60 * MIN + 11)
    assert story.muted("silent-node") is None


def test_clock_that_is_set_makes_no_chatter_of_what_was_long_ago() -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(5)
    story.later(15)
    story.shift(70, timedelta(seconds=-60))
    story.find(16, SILENT)
    assert story.muted("silent-node") is None


def test_three_changes_in_more_than_a_minute_are_no_chatter() -> None:
    story = Story()
    story.find(0, SILENT)
    story.find(5)
    story.later(15)
    story.find(60, SILENT)
    assert story.muted("silent-node") is None


def test_mutes_survive_a_restart() -> None:
    story = Story()
    story.silence(0, a_silence())
    story.find(1, OVER)
    story.find(30, OVER, FEVER)
    story.shelve(40, "elevated-screening", 60)
    story.restart(50)
    story.later(10 * MIN)
    assert (story.muted("over-capacity"), story.muted("elevated-screening")) == (Mute.SILENCED, Mute.SHELVED)
    assert [reason for _, _, reason in story.told()] == [Reason.FIRED]


def test_longer_silence_is_the_same_muting() -> None:
    story = Story()
    story.silence(0, a_silence(ends=at(600)))
    story.find(1, OVER)
    story.later(60)
    story.silence(60, a_silence(id="silence-2", ends=at(1200)))
    assert story.alert("over-capacity").muted_until == at(1200)
    assert story.changes().count(Change.MUTED) == 1
    story.later(1300)
    assert story.told() == [(1200, "guard-day", Reason.FIRED)]


def test_owner_is_not_reminded_sooner_because_the_alert_was_shelved() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.acknowledge(60, "over-capacity", duty="guard-day")
    story.shelve(32 * MIN, "over-capacity", 15)
    story.later(62 * MIN)
    assert [seconds for seconds, _, reason in story.told() if reason is Reason.REMINDER] == [
        31 * MIN,
        61 * MIN,
    ]


def test_silence_decided_a_moment_ahead_of_the_hubs_clock_holds_at_once() -> None:
    story = Story()
    story.find(0, OVER)
    story.silence(20, a_silence(starts=at(20.5)))
    assert story.muted("over-capacity") is Mute.SILENCED
    assert story.told() == []
