import pytest

from hub.counts.door_error import DoorError
from hub.counts.track import Crossed, track_of

KNOWN = DoorError(miss_in=0.03, miss_out=0.01, var_in=0.0, var_out=0.0)


def test_count_of_an_untuned_door_is_what_it_counted() -> None:
    track = track_of([("door", 1)], {})
    track.pass_minute([Crossed(0, 25, 0)])
    found = track.estimate()
    assert found.count == 25
    assert found.low <= 25 <= found.high


def test_learned_bias_corrects_the_count() -> None:
    track = track_of([("door", 1)], {"door": KNOWN})
    track.pass_minute([Crossed(0, 1000, 0)])
    track.pass_minute([Crossed(0, 0, 900)])
    # 1030 came and 909 went; what every door misses of the 100 that stayed is not shown.
    assert track.estimate().mean == pytest.approx(121.0)
    assert track.estimate().count == 119


def test_band_is_binomial_when_the_rates_are_known() -> None:
    track = track_of([("door", 1)], {"door": KNOWN})
    track.pass_minute([Crossed(0, 1000, 0)])
    found = track.estimate()
    assert found.variance == pytest.approx(1000 * 0.03 * 1.03)
    assert (found.low, found.high) == (1021, 1039)


def test_not_knowing_the_rates_widens_the_band_with_the_crossings() -> None:
    track = track_of([("door", 1)], {"door": DoorError(var_in=0.01**2, var_out=0.01**2)})
    track.pass_minute([Crossed(0, 1000, 1000)])
    assert track.spread == pytest.approx(2 * 10.0**2)


def test_door_that_leads_out_of_a_space_errs_the_other_way() -> None:
    track = track_of([("door", -1)], {"door": KNOWN})
    track.pass_minute([Crossed(0, 100, 0)])
    assert track.estimate().mean == pytest.approx(101.0)


def test_exits_at_zero_lift_the_count_and_narrow_the_band() -> None:
    track = track_of([("door", 1)], {})
    track.pass_minute([Crossed(0, 300, 0)])
    before = track.estimate()
    track.pass_minute([Crossed(0, 0, 310)])
    found = track.estimate()
    assert found.count == 0
    assert found.variance < before.variance
    assert found.low == 0


def test_anchor_takes_the_place_of_everything_before_it() -> None:
    track = track_of([("door", 1)], {})
    track.pass_minute([Crossed(0, 0, 310)])
    track.anchor(23, 0.25)
    found = track.estimate()
    assert (found.count, found.low, found.high) == (23, 22, 24)
