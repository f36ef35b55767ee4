import pytest

from hub.counts.door_error import PRIOR_SD, UNTUNED, DoorError
from hub.counts.learning import Interval, learn
from hub.counts.space_day import MISS_RATE

Flows = dict[str, tuple[int, int]]


class Counted:
    def __init__(self, **flows: tuple[int, int]) -> None:
        self.flows = flows

    def __call__(self, door: str, after: int, until: int) -> tuple[int, int]:
        return self.flows[door]


def a_night(space: str, residual: float, *doors: tuple[str, int]) -> Interval:
    return Interval(space, -1, 1000, residual, 0.5, doors)


def test_one_interval_moves_both_rates_as_least_squares_says() -> None:
    counted = Counted(main=(1000, 1000))
    lesson = learn({}, [a_night("hall", 10.0, ("main", 1))], counted)
    found = lesson.errors["main"]
    gain = 1000 * PRIOR_SD**2 / (0.5 + 2 * 1000 * MISS_RATE * (1 + MISS_RATE) + 2 * (1000 * PRIOR_SD) ** 2)
    assert found.miss_in == pytest.approx(MISS_RATE + gain * 10)
    assert found.miss_out == pytest.approx(MISS_RATE - gain * 10)
    assert found.bias == pytest.approx(0.01 * 2000 * gain)
    assert found.bias_sd < UNTUNED.bias_sd / 3


def test_interval_of_entries_only_tells_the_rates_apart() -> None:
    found = learn({}, [a_night("hall", 40.0, ("main", 1))], Counted(main=(1000, 0))).errors["main"]
    assert found.miss_in > 0.035
    assert found.miss_out == MISS_RATE


def test_person_whom_a_room_door_missed_says_nothing_of_the_entrance() -> None:
    counted = Counted(main=(1000, 1000), room=(300, 300))
    room = a_night("room", 9.0, ("room", 1))
    hall = a_night("hall", -9.0, ("main", 1), ("room", -1))
    apart = learn({}, [hall], counted).errors["main"].bias
    together = learn({}, [room, hall], counted).errors
    assert apart < -0.003
    assert abs(together["main"].bias) < 0.0005
    assert together["room"].bias == pytest.approx(0.0228, abs=0.0005)


def test_five_nights_know_a_busy_entrance_to_a_third_of_a_point() -> None:
    errors: dict[str, DoorError] = {}
    for _ in range(5):
        errors = learn(errors, [a_night("hall", 30.0, ("main", 1))], Counted(main=(3000, 3000))).errors
    assert errors["main"].bias == pytest.approx(0.01, abs=0.001)
    assert errors["main"].bias_sd < 0.003


def test_what_cannot_be_a_miss_is_not_learned_but_doubted() -> None:
    learned = learn({}, [a_night("hall", 5.0, ("main", 1))], Counted(main=(1000, 1000))).errors
    lesson = learn(learned, [a_night("hall", 900.0, ("main", 1))], Counted(main=(1000, 1000)))
    assert lesson.errors["main"].miss_in == learned["main"].miss_in
    assert lesson.errors["main"].var_in == PRIOR_SD**2
    assert [one.space for one, _ in lesson.contradicted] == ["hall"]


def test_order_of_the_intervals_does_not_matter() -> None:
    counted = Counted(main=(1000, 980), room=(300, 310))
    day = [a_night("room", 9.0, ("room", 1)), a_night("hall", -9.0, ("main", 1), ("room", -1))]
    one, other = learn({}, day, counted).errors, learn({}, day[::-1], counted).errors
    assert one["main"].bias == pytest.approx(other["main"].bias)
    assert one["room"].bias_sd == pytest.approx(other["room"].bias_sd)
