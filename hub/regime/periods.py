"""The switches and overrides of a campus file as instants: what is named for when. Pure."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.layout import Layout, Override

#: Before everything and after everything.
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Period(NamedTuple):
    """One entry of the schedule: `[since, until)`."""

    since: datetime
    until: datetime
    profile: str
    variant: str | None


def periods(layout: Layout) -> list[Period]:
    """The schedule of a campus, oldest first, from the beginning of time to its end."""
    zone = ZoneInfo(layout.timezone)
    starts = [(FIRST, layout.profile, layout.variant)]
    switches = [(instant(one.starts, zone), one.profile, one.variant) for one in layout.switches]
    starts += sorted(switches, key=lambda one: one[0])
    untils = [start for start, _, _ in starts[1:]] + [LAST]
    return [
        Period(since, until, name, variant)
        for (since, name, variant), until in zip(starts, untils, strict=True)
    ]


def span(override: Override, layout: Layout) -> tuple[datetime, datetime]:
    """From when until when an override holds."""
    zone = ZoneInfo(layout.timezone)
    start = FIRST if override.starts is None else instant(override.starts, zone)
    return start, LAST if override.ends is None else instant(override.ends, zone)


def instant(at: datetime, zone: ZoneInfo) -> datetime:
    """`at` in UTC; without an offset it is campus time."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
