import math
from random import Random

import pytest

from edge.signals.screening import DEFAULT_LIMITS, Sample, Screened, Screener, ScreeningSettings
from protocol.events import Verdict
from protocol.messages import ScreeningLimits

PASS, REPEAT, ELEVATED = Verdict.PASS, Verdict.REPEAT, Verdict.ELEVATED
TOO_COLD, NO_READING = Verdict.TOO_COLD, Verdict.NO_READING
#: A post that has stood at 35.0 °C for long.
SETTLED = (35.0,) * 101
SETTINGS = ScreeningSettings()
OFF = ScreeningLimits(repeat_over_c=0.35, elevated_over_c=0.65, too_cold_under_c=-0.9, enabled=False)


def a_screener(baseline: tuple[float, ...] = SETTLED, limits: ScreeningLimits = DEFAULT_LIMITS) -> Screener:
    return Screener(SETTINGS, limits, baseline)


def judged(*skins_c: float, ambient_c: float = 24.0, baseline: tuple[float, ...] = SETTLED) -> list[Screened]:
    screener = a_screener(baseline)
    return [
        screener.judge(skin_c, ambient_c, attempt, attempt * 10.0)
        for attempt, skin_c in enumerate(skins_c, start=1)
    ]


def verdicts(*skins_c: float) -> list[Verdict]:
    return [one.verdict for one in judged(*skins_c)]


def cold_c(minutes: float) -> float:
    """The entrant of science.md §1.5, minutes after coming in from frost."""
    return 36.60 - 3.43 * math.exp(-((minutes / 1.75) ** 0.62))


@pytest.mark.parametrize(
    ("ambient_c", "at_24_c"),
    # T24 = T - 0.15 (Tair - 24), by hand
    [(24.0, 35.0), (20.0, 35.6), (29.0, 34.25)],
)
def test_skin_is_compensated_for_air(ambient_c: float, at_24_c: float) -> None:
    assert SETTINGS.at_reference_air(35.0, ambient_c) == pytest.approx(at_24_c)


def test_index_is_compensated_skin_over_the_running_median() -> None:
    (one,) = judged(35.5, ambient_c=26.0)
    # 35.5 - 0.15 · 2 - 35.0
    assert one.index_c == pytest.approx(0.2)
    assert (one.skin_c, one.ambient_c) == (35.5, 26.0)


@pytest.mark.parametrize(
    ("skin_c", "verdict"),
    [
        pytest.param(35.0, PASS, id="median"),
        pytest.param(35.34, PASS, id="just under repeat"),
        pytest.param(35.36, REPEAT, id="just over repeat"),
        pytest.param(38.0, REPEAT, id="one reading never says elevated"),
        pytest.param(34.11, PASS, id="just not cold"),
        pytest.param(34.09, TOO_COLD, id="just cold"),
        pytest.param(27.0, TOO_COLD, id="from frost"),
    ],
)
def test_first_reading_is_judged_on_the_sensitive_limit(skin_c: float, verdict: Verdict) -> None:
    assert verdicts(skin_c) == [verdict]


@pytest.mark.parametrize(
    ("skins_c", "last"),
    [
        pytest.param((36.2, 36.1), ELEVATED, id="twice high"),
        pytest.param((35.5, 35.2), PASS, id="once high"),
        pytest.param((36.0, 35.4), ELEVATED, id="mean 0.70"),
        pytest.param((35.8, 35.4), PASS, id="mean 0.60"),
        pytest.param((36.0, 35.2), ELEVATED, id="a repeat lower by 0.8 counts as lower by 0.56: mean 0.72"),
        pytest.param((36.2, 34.9), REPEAT, id="lower by 1.3 is a forehead missed"),
        pytest.param((36.2, 34.9, 36.1), ELEVATED, id="a forehead missed is forgotten"),
        pytest.param((35.9, 35.6, 35.5), PASS, id="repeats alone 0.55, with the first 0.67"),
        pytest.param((35.5, 35.6, 35.9), ELEVATED, id="repeats alone 0.75"),
        pytest.param((34.0, 36.2), REPEAT, id="cold does not dilute"),
        pytest.param((34.0, 36.2, 36.2), ELEVATED, id="cold does not dilute the mean"),
        pytest.param((36.2, 36.2, 33.0), ELEVATED, id="a missed forehead undoes nothing"),
        pytest.param((36.2, 33.0), REPEAT, id="a missed forehead ends no question"),
        pytest.param((35.0, 33.0), TOO_COLD, id="cold is never a pass"),
    ],
)
def test_repeats_decide_by_their_mean(skins_c: tuple[float, ...], last: Verdict) -> None:
    assert verdicts(*skins_c)[-1] is last


def test_index_of_a_repeat_is_the_mean_it_was_judged_by() -> None:
    indexes = [one.index_c for one in judged(36.0, 35.5, 35.8)]
    assert indexes == [pytest.approx(1.0), pytest.approx(0.75), pytest.approx(0.65)]


@pytest.mark.parametrize("minutes", [0.0, 1.0])
def test_cold_entrant_is_too_cold_until_warm(minutes: float) -> None:
    # The curve ends at 36.60 on its own instrument; the post stands at 35.0.
    assert verdicts(cold_c(minutes) - 1.6) == [TOO_COLD]


def test_cold_entrant_passes_when_acclimatised() -> None:
    assert verdicts(cold_c(10.0) - 1.6) == [PASS]


@pytest.mark.parametrize(
    ("minutes", "measured_c"), [(0, 33.17), (1, 34.90), (3, 35.77), (5, 36.08), (60, 36.60)]
)
def test_cold_curve_matches_vectors(minutes: float, measured_c: float) -> None:
    assert cold_c(minutes) == pytest.approx(measured_c, abs=0.03)


@pytest.mark.parametrize("skin_c", [1037.55, -273.15, -5.0, 0.0, 24.9, 43.1, 382.19, math.nan, math.inf])
def test_impossible_skin_is_no_reading_and_carries_no_number(skin_c: float) -> None:
    (one,) = judged(skin_c)
    assert (one.verdict, one.index_c, one.skin_c, one.spread_c) == (NO_READING, None, None, None)


@pytest.mark.parametrize("ambient_c", [15.9, 40.1, -40.0, 1037.55, math.nan])
def test_air_out_of_range_is_no_reading(ambient_c: float) -> None:
    (one,) = judged(35.0, ambient_c=ambient_c)
    assert (one.verdict, one.ambient_c) == (NO_READING, None)


def test_wall_as_warm_as_the_air_is_no_reading() -> None:
    assert [one.verdict for one in judged(26.0, ambient_c=25.5)] == [NO_READING]


def test_second_reading_after_none_is_a_first() -> None:
    assert verdicts(math.nan, 38.0) == [NO_READING, REPEAT]


def test_fixed_ceiling_repeats_whatever_the_running_median() -> None:
    # The reference is 35.0; the crowd has moved to 35.8 since.
    moved = (35.0, *(35.0,) * 60, *(35.8,) * 40)
    (one,) = judged(36.05, baseline=moved)
    assert one.index_c == pytest.approx(0.25)
    assert one.verdict is REPEAT


def test_interleaved_visits_keep_their_own_readings() -> None:
    screener = a_screener()
    script = [("a", 36.2, 1), ("b", 35.0, 1), ("a", 36.2, 2), ("b", 35.1, 2)]
    found = [
        screener.judge(skin_c, 24.0, attempt, 0.0, visit=visit).verdict for visit, skin_c, attempt in script
    ]
    assert found == [REPEAT, PASS, ELEVATED, PASS]


def test_first_people_are_judged_with_caution() -> None:
    # 0.25 over the prior passes at a settled post, and is repeated by one that has seen nobody.
    assert [one.verdict for one in judged(35.3, baseline=())] == [REPEAT]
    assert [one.verdict for one in judged(35.0, baseline=())] == [PASS]
    assert [one.verdict for one in judged(34.1, baseline=())] == [TOO_COLD]


def test_limits_of_the_hub_are_used_at_once() -> None:
    screener = a_screener()
    screener.set_limits(ScreeningLimits(repeat_over_c=0.1, elevated_over_c=0.2, too_cold_under_c=-0.3))
    assert screener.judge(35.15, 24.0, 1, 0.0).verdict is REPEAT
    assert screener.judge(34.6, 24.0, 1, 20.0).verdict is TOO_COLD


def volunteers(
    seed: int, count: int, febrile_share: float, shift_c: float = 0.0
) -> list[tuple[bool, list[float]]]:
    random = Random(seed)
    found = []
    for _ in range(count):
        is_febrile = random.random() < febrile_share
        own_c = random.gauss(35.0 + shift_c, 0.42) + is_febrile * random.gauss(1.5, 0.4)
        found.append((is_febrile, [own_c + random.gauss(0.0, 0.18) for _ in range(3)]))
    return found


def finals(
    screener: Screener, people: list[tuple[bool, list[float]]], name: str = ""
) -> list[tuple[bool, Verdict]]:
    return [
        (
            is_febrile,
            [
                screener.judge(skin_c, 24.0, attempt, place * 12.0, visit=f"{name}{place}").verdict
                for attempt, skin_c in enumerate(skins_c, start=1)
            ][-1],
        )
        for place, (is_febrile, skins_c) in enumerate(people)
    ]


def share_elevated(found: list[tuple[bool, Verdict]], is_febrile: bool) -> float:
    ours = [verdict is ELEVATED for febrile, verdict in found if febrile is is_febrile]
    return sum(ours) / len(ours)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("febrile_share", [0.3, 0.5])
def test_outbreak_does_not_hide_itself(seed: int, febrile_share: float) -> None:
    screener = a_screener(())
    finals(screener, volunteers(seed, 200, 0.02), "before")
    quiet = share_elevated(finals(a_screener(screener.baseline), volunteers(seed + 50, 500, 0.1)), True)
    found = finals(screener, volunteers(seed + 100, 300, febrile_share), "outbreak")
    assert share_elevated(found, True) > quiet - 0.4
    assert share_elevated(found, True) > 0.55
    assert sum(verdict is ELEVATED for _, verdict in found) > 0.5 * febrile_share * len(found)


@pytest.mark.parametrize("shift_c", [-1.0, -0.5, 0.5, 1.0])
def test_fresh_post_of_any_level_tells_fever_from_none(shift_c: float) -> None:
    found = finals(a_screener(()), volunteers(3, 400, 0.1, shift_c))
    assert share_elevated(found, True) > 0.75
    assert share_elevated(found, False) < 0.12


def test_order_of_people_changes_few_verdicts() -> None:
    people = volunteers(4, 200, 0.02)
    base = dict(enumerate(verdict for _, verdict in finals(a_screener(), people)))
    order = list(range(len(people)))
    Random(1).shuffle(order)
    found = finals(a_screener(), [people[place] for place in order])
    changed = sum(base[place] is not verdict for place, (_, verdict) in zip(order, found, strict=True))
    assert changed < 0.1 * len(people)


def approach(screener: Screener, skin_c: float, from_s: float) -> list[Screened]:
    objects = [22.0, 30.0, *[skin_c] * 6, 22.0]
    return [
        one
        for i, object_c in enumerate(objects)
        for one in screener.feed(Sample(t_s=from_s + 0.14 * i, object_c=object_c, ambient_c=24.0))
    ]


def test_living_post_answers_an_approach_once() -> None:
    (one,) = approach(a_screener(), 35.1, 0.0)
    assert (one.verdict, one.attempt, one.samples, one.spread_c) == (PASS, 1, 6, 0.0)


def test_living_post_takes_a_prompt_return_for_the_next_attempt() -> None:
    screener = a_screener()
    found = approach(screener, 36.2, 0.0) + approach(screener, 36.2, 10.0) + approach(screener, 35.0, 20.0)
    assert [(one.verdict, one.attempt) for one in found] == [(REPEAT, 1), (ELEVATED, 2), (PASS, 1)]


def test_living_post_takes_a_late_return_for_another_person() -> None:
    screener = a_screener()
    found = approach(screener, 36.2, 0.0) + approach(screener, 36.2, 100.0)
    assert [(one.verdict, one.attempt) for one in found] == [(REPEAT, 1), (REPEAT, 1)]


@pytest.mark.parametrize(
    ("first_c", "second_c", "verdict", "attempt"),
    [
        # Two readings of one person are 0.28 °C apart (SD); four of that are 1.12.
        pytest.param(36.4, 36.0, ELEVATED, 2, id="the same person"),
        pytest.param(36.2, 35.3, ELEVATED, 2, id="0.9 lower may be the same person: safe"),
        pytest.param(36.3, 34.9, PASS, 1, id="1.4 lower is the next person"),
        pytest.param(35.4, 36.9, REPEAT, 1, id="1.5 higher is the next person"),
        pytest.param(36.3, 33.0, TOO_COLD, 1, id="who comes from frost next"),
    ],
)
def test_living_post_tells_a_return_from_the_next_person(
    first_c: float, second_c: float, verdict: Verdict, attempt: int
) -> None:
    screener = a_screener()
    (first,) = approach(screener, first_c, 0.0)
    (second,) = approach(screener, second_c, 8.0)
    assert first.verdict is REPEAT
    assert (second.verdict, second.attempt) == (verdict, attempt)


@pytest.mark.parametrize("seed", range(3))
def test_walking_away_costs_few_next_people_a_verdict(seed: int) -> None:
    # Everybody asked to repeat walks away, and the next person comes within 10 s.
    random = Random(seed)
    screener = a_screener()
    found = [
        one for place in range(400) for one in approach(screener, random.gauss(35.0, 0.42), place * 10.0)
    ]
    assert len(found) == 400
    assert sum(one.verdict is ELEVATED for one in found) < 0.05 * len(found)


@pytest.mark.parametrize("seed", range(3))
def test_same_person_is_hardly_ever_taken_for_the_next(seed: int) -> None:
    random = Random(seed)
    found = []
    for _ in range(300):
        screener = a_screener()
        own_c = random.gauss(36.2, 0.3)
        approach(screener, own_c + random.gauss(0.0, 0.2), 0.0)
        found += approach(screener, own_c + random.gauss(0.0, 0.2), 10.0)
    assert sum(one.attempt == 2 for one in found) > 0.98 * len(found)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "before", [(), (35.2,), (36.4,), (36.4, 36.2), (33.0,), (36.4, 33.0), (36.4, 36.3, 35.9)]
)
def test_higher_reading_never_makes_a_lower_index(seed: int, before: tuple[float, ...]) -> None:
    random = Random(seed)
    crowd = [random.gauss(35.0, 0.45) - 1.5 * (random.random() < 0.1 * seed) for _ in range(60)]
    indexes = []
    for tenth in range(290, 400):
        screener = a_screener()
        for place, skin_c in enumerate(crowd):
            screener.judge(skin_c, 24.0, 1, 90_000.0 + place, visit=str(place))
        for attempt, skin_c in enumerate((*before, tenth / 10), start=1):
            last = screener.judge(skin_c, 24.0, attempt, 90_100.0, visit="one")
        indexes.append(last.index_c or 0.0)
    assert indexes == sorted(indexes)


def test_limits_of_a_post_follow_how_its_people_differ() -> None:
    def limit_c(spread_c: float) -> float:
        screener = a_screener(())
        for day in range(4):
            for place in range(100):
                # Evenly spread, so that the quartiles are half of the whole apart.
                skin_c = 35.0 + 2 * spread_c * ((place * 37 % 100) / 99 - 0.5)
                screener.judge(skin_c, 24.0, 1, day * 86_400.0 + place, visit=f"{day}/{place}")
        return screener.scale * DEFAULT_LIMITS.elevated_over_c

    assert limit_c(0.63) == pytest.approx(0.65, abs=0.01)
    assert limit_c(0.57) == pytest.approx(0.60, abs=0.01)
    assert limit_c(1.00) < 0.72


def test_living_post_says_no_reading_when_nobody_stood_still() -> None:
    screener = a_screener()
    for i, object_c in enumerate([22.0, 30.0, 35.0, 31.0, 34.0]):
        assert screener.feed(Sample(t_s=0.14 * i, object_c=object_c, ambient_c=22.0)) == []
    assert [one.verdict for one in screener.advance(5.0)] == [NO_READING]


def test_living_post_that_is_switched_off_says_nothing() -> None:
    assert approach(a_screener(limits=OFF), 38.0, 0.0) == []


def test_living_post_that_is_switched_off_and_on_again_answers() -> None:
    screener = a_screener(limits=OFF)
    assert approach(screener, 38.0, 0.0) == []
    screener.set_limits(DEFAULT_LIMITS)
    assert [one.verdict for one in approach(screener, 35.0, 20.0)] == [PASS]


def test_living_post_that_falls_silent_says_no_reading() -> None:
    screener = a_screener()
    for i, object_c in enumerate([22.0, 30.0, 35.0, 35.1]):
        screener.feed(Sample(t_s=0.14 * i, object_c=object_c, ambient_c=22.0))
    assert [one.verdict for one in screener.advance(3.0)] == [NO_READING]


def test_recorded_attempt_of_one_row_is_settled() -> None:
    run = a_screener().settle([Sample(t_s=0.0, object_c=35.0, ambient_c=24.0)])
    assert run is not None
    assert run.skin_c == 35.0


def test_recorded_attempt_that_trembles_is_not_settled() -> None:
    rows = [Sample(t_s=0.0, object_c=c, ambient_c=24.0) for c in (33.0, 35.0, 33.5)]
    assert a_screener().settle(rows) is None
