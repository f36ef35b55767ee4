"""Whose alarms are whose: by building, hours on duty and what sounds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.load import GuardLoad, loads
from hub.alerts.notification import Notification, Reason
from hub.duties import Day, Duty, Role, Shift
from hub.layout import Building
from protocol.messages import AlertState
from tests.builders import a_layout, a_space, names

#: A Monday, 07:00 in Almaty; the day shift ends at 19:00.
MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAYOUT = a_layout(
    buildings=(Building(id="a", names=names("A")), Building(id="b", names=names("B"))),
    spaces=(*a_layout().spaces, a_space("far", building="b")),
    shifts=(Shift(id="day", days=tuple(Day), start="07:00", end="19:00"),),
    duties=(
        Duty(id="guard-a", role=Role.GUARD, buildings=("a",), shifts=("day",)),
        Duty(id="guard-b", role=Role.GUARD, buildings=("b",)),
        Duty(id="manager", role=Role.MANAGER),
    ),
)


def an_alert(id: str, space: str | None = "room", **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": id,
        "rule": "over-capacity",
        "subject": space or "campus",
        "label": "",
        "priority": 1,
        "space": space,
        "node": None,
        "state": AlertState.FIRING,
        "since": MORNING,
        "found_at": MORNING,
    }
    return Alert(**{**fields, **changes})


def fired(id: str, at: datetime = MORNING + HOUR) -> Transition:
    return Transition(alert=id, at=at, change=Change.FIRED)


def a_call(alert: str, duty: str, reason: Reason = Reason.FIRED) -> Notification:
    return Notification(
        id=f"{alert}-1",
        alert=alert,
        at=MORNING + HOUR,
        reason=reason,
        priority=1,
        rule="over-capacity",
        duty=duty,
        receivers=(),
        language="kk",
        label="",
        place=None,
        clause="",
        since=MORNING,
    )


def loads_of(
    alerts: list[Alert],
    happened: list[Transition],
    calls: tuple[Notification, ...] = (),
    hours: int = 24,
) -> dict[str, GuardLoad]:
    return loads(LAYOUT, alerts, happened, calls, MORNING, MORNING + hours * HOUR)


def on_board(found: dict[str, GuardLoad]) -> dict[str, int]:
    return {guard: one.board.alarms for guard, one in found.items()}


def test_guard_hears_the_alarms_of_the_buildings_of_the_duty() -> None:
    found = loads_of([an_alert("1"), an_alert("2", "far")], [fired("1"), fired("2"), fired("2")])
    assert on_board(found) == {"guard-a": 1, "guard-b": 2}


def test_alarm_of_no_building_is_heard_by_all() -> None:
    found = loads_of([an_alert("1", space=None)], [fired("1")])
    assert on_board(found) == {"guard-a": 1, "guard-b": 1}


def test_what_sounds_nothing_is_no_alarm() -> None:
    quiet = [an_alert("1", priority=3), an_alert("2", is_drill=True), an_alert("3")]
    happened = [fired(one.id) for one in quiet]
    muted = Transition(alert="3", at=MORNING + HOUR, change=Change.MUTED, note="silent-node")
    assert on_board(loads_of(quiet, [*happened, muted])) == {"guard-a": 0, "guard-b": 0}


def test_alarm_that_is_muted_later_has_sounded() -> None:
    muted = Transition(alert="1", at=MORNING + 2 * HOUR, change=Change.MUTED, note="shelved")
    assert on_board(loads_of([an_alert("1")], [fired("1"), muted]))["guard-a"] == 1


def test_only_the_hours_on_duty_count() -> None:
    found = loads_of([an_alert("1")], [fired("1"), fired("1", MORNING + 13 * HOUR)])
    assert (found["guard-a"].board.alarms, found["guard-a"].board.per_hour_mean) == (1, 1 / 12)


def test_guard_who_is_never_on_duty_has_no_load() -> None:
    night = loads(LAYOUT, [], [], (), MORNING + 13 * HOUR, MORNING + 20 * HOUR)
    assert set(night) == {"guard-b"}


def test_guard_is_told_what_the_duty_was_called_for() -> None:
    calls = (a_call("1", "guard-a"), a_call("2", "guard-a", Reason.RESOLVED))
    found = loads_of([an_alert("1"), an_alert("2")], [fired("1"), fired("2")], calls)
    assert (found["guard-a"].board.alarms, found["guard-a"].told.alarms) == (2, 1)


def test_campus_without_guards_has_one_load() -> None:
    alone = replace(LAYOUT, duties=())
    found = loads(alone, [an_alert("1")], [fired("1")], (), MORNING, MORNING + HOUR * 2)
    assert on_board(found) == {"campus": 1}
