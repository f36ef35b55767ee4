from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.air.decay import Fit, Learned
from hub.air.follower import AirFollower
from hub.air.view import AirLevel, RoomAir
from hub.counts.steps import Step
from tests.hub.air.skies import LIMITS

START = 29_664_000


class Day:
    """One room's day of steps and readings."""

    def __init__(self) -> None:
        self.people: dict[int, int] = {}
        self.co2_ppm: dict[int, int] = {}
        self.follower = self.fresh()

    def fresh(self) -> AirFollower:
        return AirFollower(LIMITS, 180.0, START)

    def steps(self) -> list[Step]:
        return [Step(minute, 0, 0, self.people[minute]) for minute in sorted(self.people)]

    def inside(self, minute: int, people: int) -> None:
        self.people[START + minute] = people
        self.follower.newest(Step(START + minute, 0, 0, people))

    def reads(self, minute: int, ppm: int) -> None:
        self.co2_ppm[START + minute] = ppm
        self.follower.touch((START + minute) * 60_000)

    def at(self, minute: int, follower: AirFollower | None = None, learned: Learned | None = None) -> RoomAir:
        now = datetime.fromtimestamp((START + minute) * 60, UTC)
        some = follower or self.follower
        return some.view(self.co2_ppm, self.steps, now, inside=3, learned=learned)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 90), st.integers(0, 25), st.integers(0, 100)), max_size=30
    )
)
def test_follower_shows_what_a_fresh_one_shows(told: list[tuple[bool, int, int, int]]) -> None:
    day = Day()
    for is_reading, minute, number, when in told:
        tell = (day.inside, day.reads)[is_reading]
        tell(minute, number * (1, 40)[is_reading])
        seen, anew = day.at(when), day.at(when, day.fresh())
        assert seen == anew


def test_estimate_grows_with_people_and_ends_at_a_reading() -> None:
    day = Day()
    day.inside(0, 25)
    assert day.at(60).level is AirLevel.LEAVE
    assert day.at(60).is_estimated
    day.reads(60, 900)
    assert (day.at(60).level, day.at(60).is_estimated) == (AirLevel.NEAR, False)


def test_learned_air_changes_replace_the_assumed() -> None:
    day = Day()
    day.inside(0, 25)
    assumed = day.at(60).estimated_ppm
    learned = day.at(60, learned=Learned(shut=[Fit(1, 5.0, 0.99, 9)])).estimated_ppm
    assert assumed is not None
    assert learned is not None
    assert learned < 1000 < assumed


def test_sensor_below_outdoor_air_is_not_believed() -> None:
    day = Day()
    for minute in (1, 2, 3):
        assert not day.at(minute).is_faulty
        day.reads(minute, 300)
    assert day.at(4).is_faulty


def test_people_of_the_future_are_not_known_yet() -> None:
    day = Day()
    day.inside(0, 25)
    known = day.at(20)
    for minute in (40, 50, 60):
        day.inside(minute, 0)
    assert day.at(20) == known


def test_reading_of_the_future_is_not_known_yet() -> None:
    day = Day()
    day.reads(30, 900)
    assert day.at(20).co2_ppm is None
