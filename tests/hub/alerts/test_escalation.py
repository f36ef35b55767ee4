"""Who is told, and when, if nobody acts: along duties and shifts."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from hub.alerts.alert import Change
from hub.alerts.notification import Reason
from hub.duties import Duty, Role
from tests.builders import at
from tests.hub.alerts.stories import (
    ADMIN,
    BATTERY,
    FEVER,
    GUARDS,
    MANAGER,
    OVER,
    RULES,
    SILENT,
    Story,
    a_campus,
    steps,
)

MIN = 60.0
#: 23:00 on the campus, a Monday.
LATE = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
#: 21:00 on the campus.
EVENING = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_overfull_room_nobody_takes_is_told_to_guard_manager_and_admin_in_turn() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(11 * MIN)
    assert story.told() == [
        (20, "guard-day", Reason.FIRED),
        (20 + 3 * MIN, "manager", Reason.ESCALATED),
        (20 + 10 * MIN, "admin", Reason.ESCALATED),
    ]


def test_last_step_is_told_again_until_somebody_acknowledges() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(35 * MIN)
    assert story.told()[3:] == [
        (20 + 20 * MIN, "admin", Reason.REPEATED),
        (20 + 30 * MIN, "admin", Reason.REPEATED),
    ]
    story.acknowledge(36 * MIN, "over-capacity")
    story.later(55 * MIN)
    assert len(story.told()) == 5


def test_acknowledgement_ends_the_calling_and_names_the_owner() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    story.acknowledge(70, "over-capacity", "Dana", "guard-day")
    story.later(20 * MIN)
    assert [duty for _, duty, _ in story.told()] == ["guard-day"]
    assert story.alert("over-capacity").acked_by == "Dana"


def test_old_acknowledgement_reminds_its_owners_duty_again_and_again() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.acknowledge(60, "over-capacity", "Dana", "guard-day")
    story.later(62 * MIN)
    assert story.told()[1:] == [
        (31 * MIN, "guard-day", Reason.REMINDER),
        (61 * MIN, "guard-day", Reason.REMINDER),
    ]


def test_reminder_goes_to_whoever_has_the_owners_role_when_the_owner_has_gone_home() -> None:
    story = Story(starts=datetime(2026, 11, 23, 14, 50, tzinfo=UTC))  # 19:50
    story.find(0, OVER)
    story.later(30)
    story.acknowledge(60, "over-capacity", "Dana", "guard-day")
    story.later(32 * MIN)
    assert story.told()[1:] == [(31 * MIN, "guard-night", Reason.REMINDER)]


def test_step_with_nobody_on_duty_is_skipped_at_once_and_noted() -> None:
    story = Story(a_campus(duties=(MANAGER, ADMIN)))
    story.find(0, OVER)
    story.later(60)
    assert story.told() == [(20, "manager", Reason.FIRED)]
    assert [(one.change, one.note) for one in story.transitions][-1] == (Change.SKIPPED, "guard")


def test_night_without_a_manager_goes_from_the_guard_to_the_admin() -> None:
    story = Story(starts=LATE)
    story.find(0, OVER)
    story.later(11 * MIN)
    assert story.told()[:2] == [
        (20, "guard-night", Reason.FIRED),
        (20 + 3 * MIN, "admin", Reason.ESCALATED),
    ]


def test_nobody_on_duty_at_all_is_noted_once_and_tried_when_a_shift_begins() -> None:
    story = Story(a_campus(duties=(GUARDS[0], MANAGER)), starts=LATE)
    story.find(0, OVER)
    story.later(9 * 3600 + 60)
    assert story.changes().count(Change.UNREACHED) == 1
    # 08:00 on the campus, nine hours later; the manager comes at 09:00.
    assert story.told() == [(9 * 3600, "guard-day", Reason.FIRED)]


def test_step_after_a_late_one_waits_as_long_as_it_would_have() -> None:
    story = Story(a_campus(duties=(GUARDS[0], replace_shifts())), starts=LATE)
    story.find(0, OVER)
    story.later(9 * 3600 + 4 * MIN)
    assert story.told() == [
        (9 * 3600, "guard-day", Reason.FIRED),
        (9 * 3600 + 3 * MIN, "manager", Reason.ESCALATED),
    ]


def replace_shifts() -> Duty:
    return msgspec.structs.replace(MANAGER, shifts=("day",))


def test_quiet_alert_wakes_nobody_at_night_and_is_told_in_the_morning() -> None:
    story = Story(starts=LATE)
    story.find(0, BATTERY)
    story.later(8 * 3600 + 60)
    # 07:00 on the campus.
    assert story.told() == [(8 * 3600, "admin", Reason.FIRED)]
    assert Change.UNREACHED not in story.changes()


def test_quiet_alert_at_night_is_told_to_a_duty_on_its_shift() -> None:
    on_shift = msgspec.structs.replace(ADMIN, shifts=("night",))
    story = Story(a_campus(duties=(on_shift,)), starts=LATE)
    story.find(0, BATTERY)
    assert story.told() == [(0, "admin", Reason.FIRED)]


def test_quiet_alert_by_day_is_told_at_once() -> None:
    story = Story()
    story.find(0, BATTERY)
    assert story.told() == [(0, "admin", Reason.FIRED)]


def test_duty_of_another_building_is_not_called() -> None:
    far = msgspec.structs.replace(GUARDS[0], id="guard-b", buildings=("b",))
    story = Story(a_campus(duties=(*GUARDS, far)))
    story.find(0, FEVER)
    assert [duty for _, duty, _ in story.told()] == ["guard-day"]


def test_everybody_of_a_role_on_duty_is_told_each_with_a_number_of_its_own() -> None:
    second = msgspec.structs.replace(GUARDS[0], id="guard-too", language="ru")
    story = Story(a_campus(duties=(*GUARDS, second)))
    story.find(0, FEVER)
    assert [(one.id, one.duty, one.language) for one in story.notifications] == [
        ("alert-1-1", "guard-day", "kk"),
        ("alert-1-2", "guard-too", "ru"),
    ]


def test_those_who_were_called_hear_that_it_is_over_before_anybody_took_it() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    story.find(70)
    story.later(60 * MIN)
    assert story.told() == [(20, "guard-day", Reason.FIRED), (100, "guard-day", Reason.RESOLVED)]


def test_taken_alert_that_resolves_is_told_to_nobody() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.acknowledge(40, "over-capacity")
    story.find(50)
    story.later(60 * MIN)
    assert [reason for _, _, reason in story.told()] == [Reason.FIRED]


def test_alert_that_returns_is_told_from_the_first_step_again() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(5 * MIN)
    story.find(6 * MIN)
    story.later(10 * MIN)
    story.find(20 * MIN, OVER)
    assert story.told()[-1] == (20 * MIN, "guard-day", Reason.FIRED)


def test_alert_without_steps_is_the_boards_alone() -> None:
    unheard = msgspec.structs.replace(RULES["over-capacity"], escalate=(), repeat_after=None)
    story = Story(rules={**RULES, "over-capacity": unheard})
    story.find(0, OVER)
    story.later(60 * MIN)
    assert story.told() == []
    assert story.alert("over-capacity").fired_at == at(20)


def test_notification_carries_place_and_clause_and_group() -> None:
    story = Story()
    story.find(0, replace(SILENT, value=None))
    (one,) = story.notifications
    assert (one.rule, one.label, one.clause, one.group, one.step) == (
        "silent-node",
        "ROOM",
        "§2.6",
        "silent-node/a",
        1,
    )
    assert one.place is not None


def test_repeat_goes_to_an_earlier_step_when_the_last_has_gone_home() -> None:
    short = {
        **RULES,
        "over-capacity": msgspec.structs.replace(
            RULES["over-capacity"], escalate=steps(("0s", Role.GUARD), ("3min", Role.MANAGER))
        ),
    }
    story = Story(starts=datetime(2026, 11, 23, 12, 50, tzinfo=UTC), rules=short)  # 17:50
    story.find(0, OVER)
    story.later(14 * MIN)
    assert story.told() == [
        (20, "guard-day", Reason.FIRED),
        (20 + 3 * MIN, "manager", Reason.ESCALATED),
        (20 + 13 * MIN, "guard-day", Reason.REPEATED),
    ]


def test_restart_repeats_nothing_and_forgets_nothing() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(60)
    story.restart(90)
    story.later(4 * MIN)
    assert story.told() == [(20, "guard-day", Reason.FIRED), (20 + 3 * MIN, "manager", Reason.ESCALATED)]


def test_how_long_a_finding_has_been_gone_counts_anew_after_a_restart() -> None:
    story = Story()
    story.find(0, OVER)
    story.find(60)
    story.restart(85)
    story.later(114)
    assert Change.RESOLVED not in story.changes()
    story.later(115)
    assert story.changes()[-1] is Change.RESOLVED


def test_evening_shift_takes_over_an_alert_that_goes_on() -> None:
    story = Story(starts=EVENING)
    story.find(0, FEVER)
    assert story.told() == [(0, "guard-night", Reason.FIRED)]


def test_second_fever_within_a_minute_is_of_one_telling_and_a_later_one_is_told_anew() -> None:
    story = Story()
    for second in (0, 59, 60):
        story.find(second, replace(FEVER, newest_at=at(second)))
    assert [(second, reason) for second, duty, reason in story.told() if duty == "guard-day"] == [
        (0, Reason.FIRED),
        (60, Reason.FIRED),
    ]
