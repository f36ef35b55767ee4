from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.duties import Day
from hub.regime.limits import Window
from hub.regime.windows import is_open, next_edge
from tests.hub.regime.regimes import day

ALMATY = ZoneInfo("Asia/Almaty")
WORKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
OFFICE = Window(days=WORKDAYS, start="08:00", end="20:00")
NIGHT = Window(days=(Day.MON,), start="22:00", end="06:00")


def almaty(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("window", "at", "opens"),
    [
        (OFFICE, "2026-11-23T07:59:59", False),
        (OFFICE, "2026-11-23T08:00", True),
        (OFFICE, "2026-11-23T19:59:59", True),
        (OFFICE, "2026-11-23T20:00", False),
        (OFFICE, "2026-11-22T12:00", False),
        (NIGHT, "2026-11-23T21:59", False),
        (NIGHT, "2026-11-24T05:59", True),
        (NIGHT, "2026-11-24T06:00", False),
        (NIGHT, "2026-11-24T23:00", False),
    ],
)
def test_window_is_open_from_its_start_until_its_end(window: Window, at: str, opens: bool) -> None:
    assert is_open((window,), almaty(at), ALMATY) is opens


@pytest.mark.parametrize(
    ("at", "edge"),
    [
        ("2026-11-23T07:00", "2026-11-23T03:00"),
        ("2026-11-23T08:00", "2026-11-23T15:00"),
        ("2026-11-27T20:00", "2026-11-30T03:00"),
    ],
)
def test_next_edge_is_the_next_opening_or_closing(at: str, edge: str) -> None:
    assert next_edge((OFFICE,), almaty(at), ALMATY) == day(edge)


def test_no_window_never_changes() -> None:
    assert next_edge((), almaty("2026-11-23T08:00"), ALMATY) is None
