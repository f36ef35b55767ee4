import pytest

from hub.counts.door_error import UNTUNED
from hub.counts.impossible import LAST, Step, Sums, joined, steps_of, sums_of
from hub.counts.track import Crossed, track_of

Minutes = dict[int, tuple[int, int]]
#: In and out of a door by minute.
DAY: Minutes = {5: (30, 0), 9: (0, 41), 12: (60, 1), 30: (0, 5)}


def steps(minutes: Minutes, *, is_inner: bool = True, since: int = LAST) -> list[Step]:
    return list(steps_of(UNTUNED, minutes, is_inner=is_inner, swapped_since=since))


def a_sum(minutes: Minutes, anchors: dict[int, int] | None = None, most: float = 1000.0) -> Sums:
    known = anchors or {}
    return sums_of([steps_of(UNTUNED, minutes, is_inner=True, anchors=known)], known, most)


def test_steps_add_up_to_the_track_of_the_count() -> None:
    track = track_of([("main", 1)], {})
    for minute in sorted(DAY):
        track.pass_minute([Crossed(0, *DAY[minute])])
    assert sum(level for _, level, _ in steps(DAY)) == pytest.approx(track.level)
    assert sum(variance for _, _, variance in steps(DAY)) == pytest.approx(track.variance)


def test_fewer_than_nobody_is_wrong_from_that_minute_on() -> None:
    assert a_sum({5: (30, 0), 9: (0, 30)}).wrong().people == 0.0
    found = a_sum({5: (30, 0), 9: (0, 60)}).wrong()
    assert 10 < found.people < 30
    assert found.since == 9


def test_more_than_fit_in_is_wrong() -> None:
    assert a_sum({5: (300, 0)}, most=200.0).wrong().since == 5


def test_anchor_that_contradicts_the_sum_is_wrong_and_the_sum_goes_on_from_it() -> None:
    found = a_sum({5: (30, 0), 20: (0, 2)}, {10: 2})
    assert found.wrong().since == 10
    assert a_sum({5: (30, 0), 20: (0, 2)}, {10: 30}).wrong().people == 0.0


def test_door_read_the_other_way_is_as_if_it_had_told_that() -> None:
    turned = {minute: (outs, ins) if minute >= 9 else (ins, outs) for minute, (ins, outs) in DAY.items()}
    found = a_sum(DAY).wrong_if(steps(DAY), steps(DAY, since=9))
    wanted = a_sum(turned).wrong()
    assert found.people == pytest.approx(wanted.people)
    assert found.since == wanted.since


def test_door_between_two_spaces_changes_nothing_in_both_together() -> None:
    inside = {7: (50, 0), 11: (0, 90)}
    room = sums_of([steps(inside)], {}, 100.0)
    hall = sums_of([steps(DAY), steps(inside, is_inner=False)], {}, 100.0)
    found = joined(room, hall, [steps(inside), steps(inside, is_inner=False)]).wrong()
    assert found.people == pytest.approx(sums_of([steps(DAY)], {}, 200.0).wrong().people)
