"""The limits that were in force in, one line a limit with its clause out. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from hub.store.report_book import InForce

#: What a table says of itself, and where it says on what it rests.
_SOURCES = ("source", "cap_source", "near_source")
#: How loud an alarm is, is no limit; formats that were not in force neither.
_LEFT_OUT = frozenset(
    {"alerts", "variants", "titles", "not_asked", "timetable", "expected", "trust", "weights"}
)


class LimitLine(Struct, frozen=True, kw_only=True):
    """One table of limits."""

    #: Its path in the profile's file: `capacity.classroom`.
    limit: str
    #: Its values: `m2_per_person 1, group_cap 15`.
    values: str
    clause: str


class Period(Struct, frozen=True, kw_only=True):
    """What was in force from an instant on."""

    since: datetime
    profile: str
    variant: str | None
    sha256: str
    lines: tuple[LimitLine, ...]


def periods(told: list[InForce]) -> tuple[Period, ...]:
    """One period for each row."""
    return tuple(
        Period(
            since=one.since,
            profile=one.profile,
            variant=one.variant,
            sha256=one.sha256,
            lines=tuple(_lines(one.tables)),
        )
        for one in told
    )


def _lines(tables: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[LimitLine]:
    for key, value in sorted(tables.items()):
        if not isinstance(value, dict) or key in _LEFT_OUT:
            continue
        here = (*path, key)
        clause = "; ".join(dict.fromkeys(str(value[name]) for name in _SOURCES if value.get(name)))
        values = ", ".join(_said(name, one) for name, one in value.items() if _is_value(name, one))
        if clause and values:
            yield LimitLine(limit=".".join(here), values=values, clause=clause)
        yield from _lines(value, here)


def _is_value(name: str, value: object) -> bool:
    return not name.endswith("source") and value is not False and not isinstance(value, dict)


def _said(name: str, value: object) -> str:
    return name if value is True else f"{name} {_plain(value)}"


def _plain(value: object) -> str:
    """A value in one line: of tables their values, but not what they rest on."""
    if isinstance(value, dict):
        return " ".join(_plain(one) for key, one in value.items() if not key.endswith("source"))
    if isinstance(value, list):
        return (" + " if value and isinstance(value[0], dict) else " ").join(_plain(one) for one in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
