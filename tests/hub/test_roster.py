"""Who is on duty when, on the campus's own clock."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.duties import Day, Duty, Role, Shift
from hub.roster import Roster, on_duty
from tests.builders import at
from tests.hub.alerts.stories import ADMIN, DAY, GUARDS, MANAGER, NIGHT, OFFICE

ALMATY = ZoneInfo("Asia/Almaty")
#: Clocks go forward on 29 March 2026 at 02:00 and back on 25 October at 03:00.
BERLIN = ZoneInfo("Europe/Berlin")
HOURS = timedelta(hours=1)


def a_roster(*duties: Duty, zone: ZoneInfo = ALMATY) -> Roster:
    return Roster(duties or (*GUARDS, MANAGER, ADMIN), (DAY, NIGHT, OFFICE), zone)


@pytest.mark.parametrize(
    ("hour", "guard"),
    [(0, "guard-day"), (10.99, "guard-day"), (11, "guard-night"), (22.99, "guard-night"), (23, "guard-day")],
    ids=["09:00", "before 20:00", "20:00", "before 08:00", "08:00"],
)
def test_shift_begins_at_its_start_and_is_over_at_its_end(hour: float, guard: str) -> None:
    found = a_roster().on_duty(Role.GUARD, "a", at(hour * 3600))
    assert [duty.id for duty in found] == [guard]


def test_weekend_has_no_office() -> None:
    saturday = at(5 * 24 * 3600)
    assert a_roster().on_duty(Role.MANAGER, "a", saturday) == ()
    assert a_roster().on_duty(Role.MANAGER, "a", at(0)) == (MANAGER,)


def test_friday_night_goes_on_into_saturday() -> None:
    friday = Shift(id="night", days=(Day.FRI,), start="22:00", end="06:00")
    duty = Duty(id="guard", role=Role.GUARD, shifts=("night",))
    roster = Roster((duty,), (friday,), ALMATY)
    saturday_five = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)
    assert roster.on_duty(Role.GUARD, "a", saturday_five) == (duty,)
    assert roster.on_duty(Role.GUARD, "a", saturday_five + HOURS) == ()


def test_duty_without_shifts_is_always_on_but_not_woken_for_what_is_quiet() -> None:
    midnight = at(15 * 3600)
    assert a_roster().on_duty(Role.ADMIN, "a", midnight) == (ADMIN,)
    assert a_roster().on_duty(Role.ADMIN, "a", midnight, is_quiet=True) == ()
    assert a_roster().on_duty(Role.ADMIN, "a", at(0), is_quiet=True) == (ADMIN,)


def test_duty_of_some_buildings_is_on_there_and_for_the_campus() -> None:
    there = msgspec.structs.replace(GUARDS[0], buildings=("b",))
    shifts = (DAY, NIGHT)
    assert on_duty([there], shifts, Role.GUARD, "a", at(0), ALMATY) == ()
    assert on_duty([there], shifts, Role.GUARD, "b", at(0), ALMATY) == (there,)
    assert on_duty([there], shifts, Role.GUARD, None, at(0), ALMATY) == (there,)


@pytest.mark.parametrize(
    ("evening", "lasts"),
    [
        (datetime(2026, 3, 28, 19, 0, tzinfo=UTC), 11),
        (datetime(2026, 10, 24, 18, 0, tzinfo=UTC), 13),
        (datetime(2026, 7, 1, 18, 0, tzinfo=UTC), 12),
    ],
    ids=["clocks forward", "clocks back", "summer"],
)
def test_night_on_which_clocks_are_set_is_an_hour_shorter_or_longer(evening: datetime, lasts: int) -> None:
    span = a_roster(zone=BERLIN).running("night", evening + HOURS)
    assert span == (evening, evening + lasts * HOURS)


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_exactly_one_guard_is_on_through_nights_on_which_clocks_are_set(day: datetime) -> None:
    """Shifts that meet at 02:30, a time that comes twice or not at all."""
    early = Shift(id="early", days=tuple(Day), start="02:30", end="14:00")
    late = Shift(id="late", days=tuple(Day), start="14:00", end="02:30")
    guards = tuple(Duty(id=one, role=Role.GUARD, shifts=(one,)) for one in ("early", "late"))
    roster = Roster(guards, (early, late), BERLIN)
    instants = [day + timedelta(minutes=10 * n) for n in range(3 * 144)]
    assert {len(roster.on_duty(Role.GUARD, "a", now)) for now in instants} == {1}


def test_silence_ends_with_the_last_running_shift_and_after_twelve_hours_at_most() -> None:
    roster = a_roster()
    assert roster.latest_silence(at(0)) == at(11 * 3600)
    assert roster.latest_silence(at(0), "manager") == at(9 * 3600)
    assert roster.latest_silence(at(0), "admin") == at(11 * 3600)
    assert Roster((), (), ALMATY).latest_silence(at(0)) == at(12 * 3600)


def test_next_boundary_is_the_next_beginning_or_end_of_a_shift_or_night() -> None:
    assert a_roster().next_boundary(at(0)) == at(9 * 3600)
    assert Roster((), (), ALMATY).next_boundary(at(0)) == at(13 * 3600)


def test_who_is_on_duty_changes_only_at_boundaries() -> None:
    roster = a_roster()
    instants = [at(0), *roster.boundaries(at(0), at(48 * 3600))]
    for begin, end in itertools.pairwise(instants):
        middle = begin + (end - begin) / 2
        assert roster.on_duty(Role.GUARD, "a", begin) == roster.on_duty(Role.GUARD, "a", middle)
