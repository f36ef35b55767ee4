"""Instants in, campus days out: a day begins at 04:00 local, when nobody is inside. Pure."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

#: A campus day begins at this local hour: nobody is inside, every count starts at zero.
DAY_BEGINS_H = 4


class CampusDays:
    """The days of a campus in its own time zone, as ISO dates."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def of(self, at: datetime) -> str:
        """The campus day of an instant, as an ISO date."""
        return _day(int(at.timestamp()) // 900, self._zone).isoformat()

    def begins(self, day: str) -> datetime:
        """The instant at which a campus day begins, UTC."""
        begins = datetime.fromisoformat(day).replace(hour=DAY_BEGINS_H, tzinfo=self._zone)
        return begins.astimezone(UTC)

    def next(self, now: datetime) -> datetime:
        """The instant at which the next campus day begins, UTC."""
        tomorrow = date.fromisoformat(self.of(now)) + timedelta(days=1)
        return self.begins(tomorrow.isoformat())


def days_before(day: str, days: int) -> str:
    """The campus day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


@lru_cache(maxsize=4096)
def _day(quarter_hour: int, zone: ZoneInfo) -> date:
    local = datetime.fromtimestamp(quarter_hour * 900, UTC).astimezone(zone)
    return (local - timedelta(hours=DAY_BEGINS_H)).date()
