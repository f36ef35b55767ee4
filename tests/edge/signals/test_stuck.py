from random import Random

import pytest

from edge.drivers.thermometer import Thermometer, ThermometerConfig
from edge.signals.stuck import StuckWatch
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.mlx90614 import Mlx90614, to_raw

ROOM, FACE = to_raw(22.0), to_raw(34.0)


def fed(watch: StuckWatch, words: list[int], every_s: float, first_s: float = 0.0) -> list[bool]:
    return [watch.feed(first_s + n * every_s, word, ROOM) for n, word in enumerate(words)]


def flickering(random: Random, around: int, sigma: float, count: int) -> list[int]:
    """Words of a sensor with that much noise, in counts of 0.02 K, around the middle of one: the worst."""
    return [round(random.gauss(around, sigma)) for _ in range(count)]


def test_word_that_stands_still_before_a_wall_is_named_after_ten_minutes() -> None:
    seen = fed(StuckWatch(), [ROOM] * 1_300, every_s=0.5)
    assert seen.index(True) == pytest.approx(1_080, abs=120)
    assert all(seen[seen.index(True) :])


def test_word_that_stands_still_at_a_face_is_named_after_five_seconds() -> None:
    seen = fed(StuckWatch(), [FACE] * 60, every_s=0.1)
    assert seen.index(True) == 49


def test_first_word_that_differs_frees_the_sensor() -> None:
    watch = StuckWatch()
    fed(watch, [FACE] * 60, every_s=0.1)
    assert watch.feed(6.0, FACE + 1, ROOM) is False


def test_face_that_stays_for_a_second_is_never_stuck() -> None:
    assert not any(fed(StuckWatch(), [FACE] * 10, every_s=0.1))


def test_few_looks_over_a_long_time_are_not_enough() -> None:
    assert not any(fed(StuckWatch(), [ROOM] * 30, every_s=60.0))


@pytest.mark.parametrize("around", [ROOM, FACE], ids=["wall", "warm background"])
@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0])
def test_sensor_with_the_least_of_noise_is_not_stuck_in_a_day(around: int, sigma: float) -> None:
    words = flickering(Random(8), around, sigma, 100_000)
    assert not any(fed(StuckWatch(), words, every_s=0.5))


def test_resting_temperature_of_the_sensor_itself_is_no_fault() -> None:
    watch = StuckWatch()
    assert not any(watch.feed(n * 0.5, ROOM + n % 2, ROOM) for n in range(5_000))


def test_sensor_whose_value_stands_still_passes_every_check_of_the_driver_and_is_named_here() -> None:
    sensor = Mlx90614(lambda: 0.0)
    sensor.look_at(object_c=38.4, ambient_c=22.0)
    thermometer = Thermometer(ThermometerConfig(), open_smbus(I2CBus(sensor)), lambda: 0.0)
    watch = StuckWatch()
    looks = [(n * 0.1, thermometer.read()) for n in range(60)]
    seen = [watch.feed(t_s, look.raw_object, look.raw_ambient) for t_s, look in looks]
    assert all(look.checked for _, look in looks)
    assert seen[-1]


def test_word_has_moved_when_it_differs_from_the_one_before() -> None:
    watch, moved = StuckWatch(), []
    for number, word in enumerate([FACE, FACE, FACE + 1, FACE + 1]):
        watch.feed(float(number), word, ROOM)
        moved.append(watch.has_moved)
    assert moved == [False, False, True, False]
