"""Hours of the week in campus time: open or not, and when that changes. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.duties import Day
from hub.regime.limits import Window

_WEEK = list(Day)


def is_open(windows: Iterable[Window], now: datetime, zone: ZoneInfo) -> bool:
    """Whether `now` lies in one of the windows, `[start, end)`."""
    return any(start <= now < end for start, end in _around(windows, now, zone))


def next_edge(windows: Iterable[Window], now: datetime, zone: ZoneInfo) -> datetime | None:
    """When one of the windows next opens or closes; None: there is none."""
    edges = [edge for span in _around(windows, now, zone) for edge in span]
    return min((edge for edge in edges if edge > now), default=None)


def _around(windows: Iterable[Window], now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The windows of yesterday, today and the week to come, as instants in UTC."""
    today = now.astimezone(zone).date()
    for window in windows:
        for ahead in range(-1, 8):
            date = today + timedelta(days=ahead)
            if _WEEK[date.weekday()] not in window.days:
                continue
            start, end = (time.fromisoformat(one) for one in (window.start, window.end))
            last = date if end > start else date + timedelta(days=1)
            yield (
                datetime.combine(date, start, tzinfo=zone).astimezone(UTC),
                datetime.combine(last, end, tzinfo=zone).astimezone(UTC),
            )
