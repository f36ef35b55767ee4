"""Ids, bounded numbers and instants as they appear on the wire and in files. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

#: Ids of sites, nodes, channels, spaces, doors: also topic levels, so no slash, plus or hash.
ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,47}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN)]
#: The life of one outbox file: 26 letters and digits (a ULID); compared, never decoded.
Epoch = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{26}$")]
#: The largest count anybody may claim: every JSON reader holds it exactly.
MOST = 2**53
#: Position of an event in its epoch; the first is 1.
Seq = Annotated[int, Meta(ge=1, le=MOST)]
#: A share or probability, 0 to 1.
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
#: A count that cannot be negative.
Count = Annotated[int, Meta(ge=0, le=MOST)]
#: °C that a thermometer of ours can report: the object range of an MLX90614.
Celsius = Annotated[float, Meta(ge=-70.0, le=382.0)]
Text = Annotated[str, Meta(max_length=200)]

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|min|h|d)$")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_ZERO = timedelta(0)
#: Instants outside are no clock's; they would also break calendars at both ends.
_YEARS = (1970, 2100)


def parse_duration(text: str) -> float:
    """Seconds in a duration such as `"90s"`, `"20min"`, `"1.5h"`.

    Raises ValueError with a hint when there is no unit.
    """
    found = _DURATION.match(text.strip())
    if found is None:
        bare = text.strip().replace(".", "", 1).isdigit()
        hint = f'; did you mean "{text.strip()}s"?' if bare else '; write for example "90s" or "20min"'
        raise ValueError(f'"{text}" is not a duration: it needs a number and a unit{hint}')
    return float(found[1]) * _SECONDS[found[2]]


class Duration:
    """A length of time in a file, written `"90s"` or `"20min"`; `seconds` is its value."""

    __slots__ = ("seconds", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.seconds = parse_duration(text)

    def __repr__(self) -> str:
        return f"Duration({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and other.seconds == self.seconds

    def __hash__(self) -> int:
        return hash(self.seconds)


def require_utc(at: datetime, name: str = "at") -> None:
    """Raise ValueError unless `at` is an aware instant in UTC, in 1970 to 2099."""
    if at.utcoffset() != _ZERO:
        raise ValueError(f"{name} must be in UTC (…Z), got {at.isoformat()}")
    if not _YEARS[0] <= at.year < _YEARS[1]:
        raise ValueError(f"{name} must be in the years {_YEARS[0]} to {_YEARS[1] - 1}, got {at.year}")


def to_milliseconds(at: datetime) -> datetime:
    """`at` cut to whole milliseconds, the precision of the wire."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def format_instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, for example `2026-11-23T09:00:00.000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
