"""What is said before a night in which an alert would reach nobody."""

from hub.duties import Day, Duty, Role, Shift
from tests.scenarios.language import a_day

OFFICE = Shift(id="office", days=tuple(Day), start="06:00", end="18:00")


def a_duty(role: Role, *shifts: str) -> Duty:
    return Duty(id=role.value, role=role, shifts=shifts, receivers=(f"{role.value}-phone",))


def test_59_night_with_nobody_to_tell() -> None:
    everybody = tuple(a_duty(role, "office") for role in Role)
    day = a_day(duties=everybody, shifts=(OFFICE,))
    day.want_alert("nobody-reachable", between=("07:00", "07:02"), clause="§59", priority=2)
    assert {one.subject for one in day.alerts("nobody-reachable", until="07:02")} >= {"guard-a"}


def test_campus_with_somebody_on_duty_at_all_hours_is_no_alert() -> None:
    everybody = tuple(a_duty(role) for role in Role)
    day = a_day(duties=everybody, shifts=(OFFICE,))
    day.want_no_alert("nobody-reachable", until="07:30")


def test_duty_without_a_receiver_that_works_reaches_nobody() -> None:
    deaf = tuple(Duty(id=role.value, role=role) for role in Role)
    day = a_day(duties=deaf)
    day.want_alert("nobody-reachable", between=("07:00", "07:02"))
