from random import Random

import pytest

from hub.counts.lie import Lie
from simulator.counting_bias import gate
from simulator.counting_days import Campus, Passage, day_begins, iso_day


def counted(lie: Lie | None, people: int = 1000) -> tuple[int, int]:
    """In and out as an entrance tells that finds all but 2 %, while it lies."""
    campus = Campus(gate(), {"entrance": (0.98, 0.98)}, Random(1))
    day = iso_day(0)
    if lie is not None:
        campus.lies["entrance"] = (lie, day_begins(day))
    for is_in in (True, False):
        for _ in range(people):
            campus.take(day, Passage(day_begins(day) + 600, "entrance", is_in))
    page = campus.door_pages.get("entrance", {}).get(day)
    return (page.ins, page.outs) if page is not None else (0, 0)


@pytest.mark.parametrize(
    ("lie", "ins", "outs"),
    [
        (None, 980, 980),
        (Lie.SWAPPED, 980, 980),
        (Lie.BLIND, 0, 0),
        (Lie.DEAF_IN, 0, 980),
        (Lie.DEAF_OUT, 980, 0),
        (Lie.DRIFTING, 860, 980),
    ],
)
def test_door_tells_what_its_lie_lets_through(lie: Lie | None, ins: int, outs: int) -> None:
    found = counted(lie)
    assert found[0] == pytest.approx(ins, abs=25)
    assert found[1] == pytest.approx(outs, abs=25)


def test_weekends_are_left_out() -> None:
    assert (iso_day(4), iso_day(5)) == ("2026-11-27", "2026-11-30")
