"""Who could not be reached within the next day, known before the night."""

from datetime import datetime, timedelta

import msgspec

from hub.duties import Duty, Role
from hub.reach import Gap, Why, unreachable
from tests.builders import at
from tests.hub.alerts.stories import ADMIN, BATTERY, DAY, GUARDS, MANAGER, NIGHT, OFFICE, RULES, a_campus

ALL = {"phone", "mail", "chat"}
HOUR = 3600.0


def gaps(*duties: Duty, receivers: set[str] = ALL, now: datetime | None = None) -> list[Gap]:
    layout = a_campus(duties=duties, shifts=(DAY, NIGHT, OFFICE))
    return unreachable(layout, RULES, receivers, now or at(0))


def spans(found: list[Gap]) -> list[tuple[Role, str | None, float, float, Why]]:
    return [
        (
            one.role,
            one.building,
            (one.starts - at(0)) / timedelta(hours=1),
            (one.ends - at(0)) / timedelta(hours=1),
            one.why,
        )
        for one in found
    ]


def test_office_that_goes_home_is_a_gap_until_it_comes_back() -> None:
    # From 18:00 to 09:00, in every building.
    assert spans(gaps(*GUARDS, MANAGER, ADMIN)) == [(Role.MANAGER, None, 9.0, 24.0, Why.NOBODY_ON_DUTY)]


def test_gap_names_the_rules_it_concerns_and_those_that_nobody_hears() -> None:
    (gap,) = gaps(*GUARDS, MANAGER, ADMIN)
    assert gap.rules == ("elevated-screening", "over-capacity", "silent-building", "silent-node")
    assert gap.unheard == ()
    without_admin = [one for one in gaps(*GUARDS, MANAGER) if one.role is Role.MANAGER]
    assert [one.unheard for one in without_admin] == [("silent-building", "silent-node")]


def test_night_without_a_guard_is_found_in_the_morning() -> None:
    always = msgspec.structs.replace(MANAGER, shifts=())
    assert spans(gaps(GUARDS[0], always, ADMIN)) == [(Role.GUARD, None, 11.0, 23.0, Why.NOBODY_ON_DUTY)]


def test_receiver_that_does_not_work_is_as_good_as_none() -> None:
    always = msgspec.structs.replace(MANAGER, shifts=())
    found = gaps(*GUARDS, always, ADMIN, receivers={"mail", "chat"})
    assert spans(found) == [(Role.GUARD, None, 0.0, 24.0, Why.NO_WORKING_RECEIVER)]


def test_guard_without_a_receiver_has_the_board_only() -> None:
    always = msgspec.structs.replace(MANAGER, shifts=())
    guard = Duty(id="guard", role=Role.GUARD)
    assert spans(gaps(guard, always, ADMIN)) == [(Role.GUARD, None, 0.0, 24.0, Why.BOARD_ONLY)]


def test_building_without_a_guard_is_named() -> None:
    always = msgspec.structs.replace(MANAGER, shifts=())
    guard = Duty(id="guard", role=Role.GUARD, buildings=("a",), receivers=("phone",))
    assert spans(gaps(guard, always, ADMIN)) == [(Role.GUARD, "b", 0.0, 24.0, Why.NOBODY_ON_DUTY)]


def test_campus_with_somebody_at_every_step_has_no_gap() -> None:
    assert gaps(*GUARDS, msgspec.structs.replace(MANAGER, shifts=()), ADMIN) == []


def test_what_sounds_nothing_may_wait_for_a_shift() -> None:
    only = {"battery": RULES[BATTERY.rule]}
    assert unreachable(a_campus(duties=()), only, ALL, at(0)) == []


def test_campus_without_duties_reaches_nobody() -> None:
    found = gaps()
    assert {(one.role, one.why) for one in found} == {(role, Why.NOBODY_ON_DUTY) for role in Role}
    assert {one.unheard for one in found if one.role is Role.GUARD} == {
        ("elevated-screening", "over-capacity")
    }
