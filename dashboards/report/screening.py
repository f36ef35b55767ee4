"""Screenings by post and hour in, counts by door and hour of the day out; small ones are not told. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from dashboards.report.suppression import suppress, suppressed
from hub.store.history_rows import PostHour

VERDICTS = ("pass", "repeat", "elevated", "too_cold", "no_reading")
_HOUR_S = 3600


class DoorHour(Struct, frozen=True, kw_only=True):
    """What was found at a door in an hour of the day, over the week."""

    door: str
    building: str | None
    #: Hour of the day at the campus, 0–23.
    hour: int
    #: By verdict, as it may be told: a number, or `<5`.
    counts: dict[str, str]


def by_door_and_hour(rows: Iterable[PostHour], zone: tzinfo) -> tuple[DoorHour, ...]:
    """The week's screenings, by door, then hour of the day. No total is told: it would give the rest away."""
    sums: dict[tuple[str, str, int], dict[str, int]] = defaultdict(lambda: dict.fromkeys(VERDICTS, 0))
    for row in rows:
        key = (row.building or "", row.door, local_hour(row, zone).hour)
        for verdict, count in row.verdicts.items():
            sums[key][verdict] = sums[key].get(verdict, 0) + count
    return tuple(
        DoorHour(
            door=door,
            building=building or None,
            hour=hour,
            counts={verdict: suppressed(counts[verdict]) for verdict in VERDICTS},
        )
        for (building, door, hour), counts in sorted(sums.items())
    )


def hour_by_hour(rows: Iterable[PostHour], zone: tzinfo) -> list[tuple[PostHour, dict[str, str]]]:
    """Each hour of each post as it may be told beside the weekly sums.

    Where a week has one hidden hour alone, its sum would give it away: the next smallest is hidden too.
    """
    told = list(rows)
    groups: dict[tuple[str, int, int, int, str], dict[str, int]] = defaultdict(dict)
    for place, row in enumerate(told):
        at = local_hour(row, zone)
        year, week, _ = datetime.fromisoformat(row.day).isocalendar()
        for verdict in VERDICTS:
            key = (row.door, year, week, at.hour, verdict)
            groups[key][str(place)] = row.verdicts.get(verdict, 0)
    said: list[dict[str, str]] = [{} for _ in told]
    for (_door, _year, _week, _hour, of), parts in groups.items():
        for where, word in suppress(parts).items():
            said[int(where)][of] = word
    return list(zip(told, said, strict=True))


def local_hour(row: PostHour, zone: tzinfo) -> datetime:
    """When the hour begins, at the campus."""
    return datetime.fromtimestamp(row.hour * _HOUR_S, UTC).astimezone(zone)
