from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.enrolment import register as registers
from hub.enrolment.register import Register, State
from hub.errors import EnrolmentError
from protocol.certificates import Facts, Role, Subject

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def facts(serial: str, name: str = "door-a-101", lives: timedelta = 180 * DAY) -> Facts:
    return Facts(Subject("demo", Role.NODE, name), serial, NOW, NOW + lives)


def a_register(*given: Facts) -> Register:
    register = Register(site="demo")
    for one in given:
        register = register.with_new(one, NOW)
    return register


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (31 * DAY, State.GOOD),
        (30 * DAY, State.ENDING),
        (timedelta(seconds=1), State.ENDING),
        (0 * DAY, State.EXPIRED),
    ],
)
def test_state_follows_what_is_left(left: timedelta, state: State) -> None:
    [one] = a_register(facts("1")).issued
    assert one.state(one.ends - left) is state


def test_revoked_is_revoked_and_stays_as_it_was_said_first() -> None:
    register = (
        a_register(facts("1"), facts("2")).without(["1"], NOW, "lost").without(["1"], NOW + DAY, "again")
    )
    assert [(one.state(NOW), one.why) for one in register.issued] == [
        (State.REVOKED, "lost"),
        (State.GOOD, ""),
    ]
    assert [one.serial for one in register.newest(NOW)] == ["2"]
    assert [one.serial for one in register.revoked(NOW)] == ["1"]


def test_what_has_ended_needs_no_place_in_the_list() -> None:
    register = a_register(facts("1", lives=DAY), facts("2")).without(["1", "2"], NOW, "lost")
    assert [one.serial for one in register.revoked(NOW + 2 * DAY)] == ["2"]


def test_each_list_is_later_than_the_one_before_however_fast_they_come() -> None:
    register = a_register()
    written = []
    for _ in range(3):
        register = register.with_list(NOW, timedelta(hours=1))
        assert register.list_written is not None
        written.append((register.list_number, register.list_written))
    assert [number for number, _ in written] == [1, 2, 3]
    assert [at - NOW for _, at in written] == [timedelta(hours=-1, seconds=second) for second in range(3)]


def test_register_is_kept_whole(tmp_path: Path) -> None:
    register = a_register(facts("1")).without(["1"], NOW, "lost").with_list(NOW, DAY)
    registers.save(tmp_path, register)
    assert registers.load(tmp_path) == register
    assert (tmp_path / registers.FILE).stat().st_mode & 0o777 == 0o600


def test_damaged_register_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / registers.FILE).write_bytes(b'{"site": 3}')
    with pytest.raises(EnrolmentError, match="restore it from a backup"):
        registers.load(tmp_path)
