"""Who is outside hears us while hub and courier are well, and misses us otherwise."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.courier.config import DEAD_MAN
from tests.hub.courier.desk import TWO, Desk, failed

DeskOf = Callable[[str], Desk]
WELL, FAIL = "https://hc.example/u", "https://hc.example/u/fail"
SWITCH = f'{TWO}\n[dead_man]\nurl = "{WELL}"\nfail_url = "{FAIL}"\nevery = "60s"\n'


@pytest.fixture
def desk(desk_of: DeskOf) -> Desk:
    return desk_of(SWITCH)


def pings(desk: Desk, name: str) -> int:
    return len(desk.workers[name].given) if name in desk.workers else 0


def live(desk: Desk, seconds: int) -> None:
    """The hub lives for so long."""
    for _ in range(seconds):
        desk.beat()
        desk.run_for(1)


def test_switch_is_pinged_each_minute_while_the_hub_lives(desk: Desk) -> None:
    live(desk, 181)
    assert pings(desk, WELL) == 4
    assert pings(desk, FAIL) == 0
    assert [(one.receiver, one.state) for one in desk.outcomes.health()] == [(DEAD_MAN, "fine")]


def test_switch_falls_silent_and_says_so_when_the_hub_stops(desk: Desk) -> None:
    live(desk, 10)
    before = pings(desk, WELL)
    desk.run_for(120)
    assert pings(desk, WELL) == before
    assert pings(desk, FAIL) >= 1
    # It lives again: told at once.
    live(desk, 3)
    assert pings(desk, WELL) == before + 1


def test_hub_that_never_was_is_not_well(desk: Desk) -> None:
    desk.run_for(5)
    assert pings(desk, WELL) == 0
    assert pings(desk, FAIL) == 1


def test_pulse_of_a_future_hour_is_no_life(desk: Desk) -> None:
    desk.beat(desk.clock.now() + timedelta(hours=1))
    desk.run_for(5)
    assert pings(desk, WELL) == 0


def test_without_a_fail_address_nothing_is_asked_for(desk_of: DeskOf) -> None:
    desk = desk_of(SWITCH.replace(f'fail_url = "{FAIL}"\n', ""))
    desk.run_for(120)
    assert list(desk.workers) == ["first", "second"]


def test_outside_that_does_not_answer_is_shown_and_asked_again(desk: Desk) -> None:
    desk.beat()
    desk.step(1)
    desk.workers[WELL].script.extend([failed(), None])
    live(desk, 62)
    assert [(one.receiver, one.fault) for one in desk.outcomes.health()] == [(DEAD_MAN, "answered 503")]
    live(desk, 80)
    assert desk.workers[WELL].ended >= 1
    assert [one.fault for one in desk.outcomes.health()] == ["no answer in time"]
    live(desk, 60)
    assert [one.state for one in desk.outcomes.health()] == ["fine"]


def test_book_that_cannot_be_written_stops_the_pings(desk: Desk) -> None:
    live(desk, 5)
    before = pings(desk, WELL)
    with desk.store.begin() as connection:
        connection.exec_driver_sql("DROP TABLE delivery")
    for _ in range(120):
        desk.beat()
        desk.clock.pass_by(1.0)
        with pytest.raises(OSError):  # noqa: PT011  the store's own error, whatever it says
            desk.step(1)
    assert pings(desk, WELL) == before
