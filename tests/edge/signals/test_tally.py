from collections import Counter
from random import Random

import pytest

from edge.signals.crossing import Outcome
from edge.signals.story import Told
from edge.signals.tally import MOST_OWED, Tally, Way

ONE_IN = (Told(Outcome.IN, 1, 0.0, 0.5),)
TWO_IN = (Told(Outcome.IN, 2, 0.0, 0.5),)
TURNED = (Told(Outcome.TURNED_BACK, 1, 0.0, 0.5),)
NOBODY: Way = ()


def people(told: list[Way]) -> Counter[Outcome]:
    return Counter(one.outcome for way in told for one in way for _ in range(one.people))


def test_likeliest_way_is_told_when_nothing_is_owed() -> None:
    assert Tally().choose([(ONE_IN, 0.8), (TWO_IN, 0.2)]) == ONE_IN


@pytest.mark.parametrize("share", [0.15, 0.3, 0.45])
def test_total_is_what_the_shares_expect_where_the_likeliest_would_miss_people(share: float) -> None:
    tally = Tally()
    told = [tally.choose([(ONE_IN, 1.0 - share), (TWO_IN, share)]) for _ in range(1000)]
    assert people(told)[Outcome.IN] == pytest.approx(1000 * (1.0 + share), abs=MOST_OWED)


def test_total_is_right_when_every_episode_has_shares_of_its_own() -> None:
    random, tally, told, expected = Random(4), Tally(), [], 0.0
    for _ in range(2000):
        share = random.betavariate(0.5, 2.0) / 2
        told.append(tally.choose([(ONE_IN, 1.0 - share), (TWO_IN, share)]))
        expected += 1.0 + share
    assert people(told)[Outcome.IN] == pytest.approx(expected, abs=MOST_OWED)


def test_way_that_is_hardly_likely_is_never_told_whatever_is_owed() -> None:
    tally = Tally()
    told = [tally.choose([(ONE_IN, 0.95), (TWO_IN, 0.05)]) for _ in range(1000)]
    assert set(told) == {ONE_IN}


def test_what_is_owed_is_forgotten_beyond_a_few_people() -> None:
    tally = Tally()
    for _ in range(1000):
        tally.choose([(ONE_IN, 0.95), (TWO_IN, 0.05)])
    told = [tally.choose([(ONE_IN, 0.55), (TWO_IN, 0.45)]) for _ in range(100)]
    assert people(told)[Outcome.IN] <= 145 + 2 * MOST_OWED


def test_who_turns_back_is_followed_by_what_was_likeliest() -> None:
    tally = Tally()
    told = [tally.choose([(TURNED, 0.7), (NOBODY, 0.3)]) for _ in range(200)]
    assert people(told)[Outcome.TURNED_BACK] == 200


def test_one_direction_owes_nothing_to_the_other() -> None:
    out = (Told(Outcome.OUT, 1, 0.0, 0.5),)
    tally = Tally()
    told = [tally.choose([(ONE_IN, 0.6), (out, 0.4)]) for _ in range(1000)]
    assert people(told)[Outcome.IN] == pytest.approx(600, abs=MOST_OWED)
    assert people(told)[Outcome.OUT] == pytest.approx(400, abs=MOST_OWED)


def test_tally_without_a_way_is_refused() -> None:
    with pytest.raises(ValueError, match="there must be a way"):
        Tally().choose([])
