"""The figures of a week: by hand, and whatever the sums of days are."""

from datetime import timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.report.facts import Share, change, week_facts
from hub.store.history_rows import SpaceDayRow, TaskDay
from tests.dashboards.report.weeks import DAY_MIN, W47, ZONE, a_day, a_week

AFTER = W47.ends(ZONE) + timedelta(days=4)


def test_quiet_week_is_kept_and_complete() -> None:
    facts = week_facts(a_week(), W47, ZONE, AFTER)
    assert (facts.kept.done, facts.kept.asked, facts.kept.value) == (7, 7, 1.0)
    assert facts.completeness == 1.0
    assert facts.minutes == 7 * DAY_MIN


def test_week_of_which_nothing_is_known_has_no_rooms_and_no_grade() -> None:
    facts = week_facts([], W47, ZONE, AFTER)
    assert facts.rooms == ()
    assert facts.kept.value is None
    assert facts.completeness == 0.0


def test_one_day_over_capacity_breaks_that_day_alone() -> None:
    rows = [*a_week()[1:], a_day(W47.monday, minutes_over=0.4, times_over=1)]
    facts = week_facts(rows, W47, ZONE, AFTER)
    assert (facts.kept.done, facts.kept.asked) == (6, 7)
    assert facts.minutes_over == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("task", "kept"),
    [
        (TaskDay(due=3, done=3), 1),
        (TaskDay(due=3, done=2, lapsed=1), 1),
        (TaskDay(due=3, done=3, late=1, minutes_late=2.0), 0),
        (TaskDay(due=3, done=2), 0),
        (TaskDay(due=3, done=2, due_ms=1), 1),
    ],
    ids=["done", "fell-away", "late", "never-done", "stands-due"],
)
def test_day_is_kept_when_what_was_owed_was_done_in_time(task: TaskDay, kept: int) -> None:
    facts = week_facts(
        [a_day(W47.monday, tasks={"airing": task})], W47, ZONE, W47.starts(ZONE) + timedelta(days=1)
    )
    assert (facts.kept.done, facts.kept.asked) == (kept, 1)


def test_airing_and_disinfection_are_counted_apart() -> None:
    tasks = {
        "airing": TaskDay(due=4, done=3, lapsed=1),
        "surfaces": TaskDay(due=2, done=1),
        "equipment": TaskDay(due=1, done=1),
    }
    facts = week_facts(a_week(tasks=tasks), W47, ZONE, AFTER)
    assert (facts.airing.done, facts.airing.asked) == (21, 21)
    assert (facts.disinfection.done, facts.disinfection.asked) == (14, 21)


def test_day_without_its_row_is_a_day_of_which_nothing_is_known() -> None:
    facts = week_facts(a_week()[:4], W47, ZONE, AFTER)
    assert facts.minutes == 7 * DAY_MIN
    assert facts.completeness == pytest.approx(4 / 7)
    assert facts.kept.value is None


def test_room_known_from_before_is_expected_from_monday() -> None:
    rows = [*a_week(week=W47.before()), *a_week()[3:]]
    assert week_facts(rows, W47, ZONE, AFTER).minutes == 7 * DAY_MIN


def test_new_room_is_expected_from_its_first_hour() -> None:
    first = a_day(W47.days[3])
    late = first.__class__(
        **{
            **{name: getattr(first, name) for name in first.__struct_fields__},
            "starts_ms": first.starts_ms + 6 * 3_600_000,
            "minutes": DAY_MIN - 360,
            "minutes_watched": DAY_MIN - 360,
        }
    )
    facts = week_facts([late, *a_week()[4:]], W47, ZONE, AFTER)
    assert facts.minutes == 4 * DAY_MIN - 360
    assert facts.completeness == 1.0


def test_hub_that_died_at_noon_leaves_the_rest_of_the_day_unknown() -> None:
    half = a_day(W47.monday, minutes=DAY_MIN / 2, minutes_watched=DAY_MIN / 2)
    facts = week_facts([half, *a_week()[1:]], W47, ZONE, AFTER)
    assert facts.rooms[0].minutes_unknown == pytest.approx(DAY_MIN / 2)


def test_too_little_known_gives_counts_but_no_percentage() -> None:
    tasks = {"airing": TaskDay(due=2, done=2)}
    facts = week_facts(a_week(unknown=DAY_MIN * 0.06, tasks=tasks), W47, ZONE, AFTER)
    assert (facts.airing.done, facts.airing.asked, facts.airing.value) == (14, 14, None)
    assert facts.kept.asked == 0


def test_breach_counts_though_little_else_is_known() -> None:
    facts = week_facts(a_week(unknown=DAY_MIN / 2, minutes_over=5.0, times_over=1), W47, ZONE, AFTER)
    assert (facts.kept.done, facts.kept.asked) == (0, 7)


def test_worst_room_comes_first() -> None:
    rows = [*a_week("a-1"), *a_week("a-2", minutes_over=1.0, times_over=1), *a_week("a-3", unknown=100.0)]
    assert [one.space for one in week_facts(rows, W47, ZONE, AFTER).rooms] == ["a-2", "a-3", "a-1"]


def test_change_is_told_only_between_weeks_that_are_known() -> None:
    good, bad = (Share(done=done, asked=10, completeness=1.0) for done in (9, 8))
    assert change(bad, good) == pytest.approx(-10)
    assert change(bad, None) is None
    assert change(bad, Share(done=9, asked=10, completeness=0.9)) is None


counts = st.integers(0, 50)
tasks_of_a_day = st.dictionaries(
    st.sampled_from(["airing", "surfaces", "equipment", "air_disinfection"]),
    st.builds(
        TaskDay,
        due=counts,
        done=counts,
        late=counts,
        lapsed=counts,
        minutes_late=st.floats(0, 1440),
        due_ms=st.none() | st.just(1),
    ),
)


@st.composite
def days(draw: st.DrawFn) -> SpaceDayRow:
    minutes = draw(st.floats(0, DAY_MIN))
    watched = draw(st.floats(0, minutes))
    return a_day(
        draw(st.sampled_from(W47.days + W47.before().days)),
        draw(st.sampled_from(["a-1", "a-2", "b-1"])),
        unknown=draw(st.floats(0, watched)),
        minutes=minutes,
        minutes_watched=watched,
        minutes_over=draw(st.floats(0, watched)),
        times_over=draw(counts),
        tasks=draw(tasks_of_a_day),
    )


@settings(max_examples=60)
@given(rows=st.lists(days(), max_size=12), hours=st.integers(1, 400))
def test_shares_are_shares_and_completeness_never_claims_more_than_was_known(
    rows: list[SpaceDayRow], hours: int
) -> None:
    now = W47.starts(ZONE) + timedelta(hours=hours)
    facts = week_facts(rows, W47, ZONE, now)
    unique = {(row.day, row.space): row for row in rows}
    inside = {day.isoformat() for day in W47.days}
    known = sum(row.minutes_known for row in unique.values() if row.day in inside)
    assert 0 <= facts.minutes_known <= known + 1e-6
    for share in (facts.kept, facts.airing, facts.disinfection, *(room.kept for room in facts.rooms)):
        assert 0 <= share.done <= share.asked
        assert 0 <= (share.value or 0) <= 1
        assert share.value is None or share.completeness >= 0.95
    for room in facts.rooms:
        assert 0 <= room.minutes_unknown < inf
        assert 0 <= room.completeness <= 1
