"""Which rows late truth changes, and to what."""

from hub.counts.track import Estimate
from hub.past.late import Record, corrected
from tests.hub.past.minutes import a_minute


def a_record(counts: dict[int, int], heard: range = range(0)) -> Record:
    """The count is what the newest minute up to then says."""

    def estimate(minute: int) -> Estimate:
        count = counts[max(one for one in counts if one <= minute)]
        return Estimate(count=count, low=count, high=count, mean=count, variance=0.0)

    return Record(estimate=estimate, is_heard=heard.__contains__, near_share=0.1, clause="§71")


def test_rows_that_are_still_true_are_not_written() -> None:
    rows = [a_minute(0, 0), a_minute(10, 5)]
    assert corrected(rows, [10], 5, a_record({0: 0, 10: 5})) == []


def test_row_before_the_first_late_minute_is_never_touched() -> None:
    rows = [a_minute(0, 0), a_minute(10, 5)]
    found = corrected(rows, [10], 10, a_record({0: 9, 10: 6}))
    assert [(one.minute, one.occupancy) for one in found] == [(10, 6)]


def test_minute_in_which_somebody_passed_late_gets_a_row() -> None:
    found = corrected([a_minute(0, 3)], [4, 6], 4, a_record({0: 3, 4: 5, 6: 3}))
    assert [(one.minute, one.occupancy, one.most) for one in found] == [(4, 5, 5), (6, 3, 5)]
    assert all(one.is_corrected for one in found)


def test_state_follows_the_count() -> None:
    found = corrected([a_minute(0, 3)], [1, 2, 3, 4], 1, a_record({1: 14, 2: 15, 3: 16, 4: 2}))
    said = [(one.state, one.reason) for one in found]
    assert said == [("near", "few-places"), ("full", "full"), ("full", "over-capacity"), ("open", "free")]


def test_room_closed_by_a_person_stays_closed() -> None:
    rows = [a_minute(0, 0, state="hold", reason="closed-by-person")]
    assert [one.state for one in corrected(rows, [1], 1, a_record({1: 20}))] == ["hold"]


def test_unknown_minutes_are_filled_only_where_they_were_heard_of() -> None:
    rows = [a_minute(0, None), a_minute(30, 4)]
    found = corrected(rows, [10, 12, 15], 10, a_record({10: 2, 12: 4}, heard=range(10, 15)))
    assert [(one.minute, one.occupancy) for one in found] == [(10, 2), (12, 4), (15, None)]


def test_door_that_lied_is_not_believed_afterwards() -> None:
    rows = [a_minute(0, None, reason="untrusted-door")]
    assert corrected(rows, [10], 10, a_record({10: 2}, heard=range(60))) == []


def test_nothing_is_made_up_before_the_first_row() -> None:
    found = corrected([a_minute(20, 1)], [5, 25], 5, a_record({5: 3, 20: 1, 25: 2}))
    assert [one.minute for one in found] == [25]
