"""The answer of a what-if, as one JSON document and as lines for an administrator."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from hub.alerts.alert import Alert
from hub.alerts.load import GuardLoad
from hub.what_if import Side
from protocol.quantities import format_instant


class Answer(NamedTuple):
    """Everything to print."""

    file: Path
    profile: str
    variant: str | None
    begins: datetime
    ends: datetime
    sides: list[Side]
    was: dict[str, GuardLoad]
    would: dict[str, GuardLoad]
    entries: int
    unplaced: int
    took_s: float
    notes: list[str]


def document(answer: Answer) -> dict[str, Any]:
    """The answer as plain values."""
    totals = _totals(answer.sides)
    return {
        "file": str(answer.file),
        "profile": answer.profile,
        "variant": answer.variant,
        "from": format_instant(answer.begins),
        "to": format_instant(answer.ends),
        "alerts": [
            {
                "rule": side.rule,
                "label": side.label,
                "space": _either(side).space,
                "node": _either(side).node,
                "was": _fields(side.was),
                "would": _fields(side.would),
            }
            for side in answer.sides
        ],
        "totals": {
            "was": sum(was for was, _ in totals.values()),
            "would": sum(would for _, would in totals.values()),
            "rules": {rule: {"was": was, "would": would} for rule, (was, would) in totals.items()},
        },
        "load": {"was": msgspec.to_builtins(answer.was), "would": msgspec.to_builtins(answer.would)},
        "entries": answer.entries,
        "unplaced": answer.unplaced,
        "took_s": round(answer.took_s, 3),
        "entries_per_s": round(answer.entries / max(answer.took_s, 1e-6)),
        "notes": answer.notes,
    }


def _fields(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    instants = ("since", "fired_at", "resolved_at", "acked_at", "closed_at")
    return {
        **{name: at and format_instant(at) for name in instants for at in (getattr(alert, name),)},
        "priority": alert.priority,
        "value": alert.value,
        "limit": alert.limit,
        "limit_rule": alert.limit_rule,
        "clause": alert.clause,
    }


def _totals(sides: list[Side]) -> dict[str, tuple[int, int]]:
    was = Counter(side.rule for side in sides if side.was is not None)
    would = Counter(side.rule for side in sides if side.would is not None)
    return {rule: (was[rule], would[rule]) for rule in sorted(was | would)}


def lines(answer: Answer, zone: ZoneInfo) -> Iterator[str]:
    """The answer as a table by time, totals, the load of each guard, and what is assumed."""

    def when(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    def cell(alert: Alert | None) -> str:
        if alert is None:
            return "–"
        fired = alert.fired_at or alert.since
        number = "" if alert.value is None else f" {alert.value:g}"
        limit = "" if alert.limit is None else f" of {alert.limit:g}"
        over = f" to {alert.resolved_at.astimezone(zone):%H:%M}" if alert.resolved_at else ""
        return f"{fired.astimezone(zone):%H:%M:%S}{over}{number}{limit}"

    yield f"{answer.file}: {when(answer.begins)} to {when(answer.ends)}, {zone}; {answer.entries} entries"
    yield f"would: {named(answer.profile, answer.variant)}\n"
    yield f"{'time':<16} {'rule':<22} {'place':<20} {'was':<30} would"
    for side in answer.sides:
        place = f"{side.rule:<22.22} {side.label:<20.20}"
        yield f"{when(side.at):<16} {place} {cell(side.was):<30} {cell(side.would)}"
    totals = _totals(answer.sides)
    if not totals:
        yield "no alert on either side"
    yield f"\n{'alerts by rule':<30} {'was':>6} {'would':>6}"
    for rule, (was, would) in totals.items():
        yield f"{rule:<30} {was:>6} {would:>6}"
    yield f"\n{'alarms (P1, P2) of a guard':<36} {'most an hour':>13} {'mean an hour':>13} {'in flood':>9}"
    for guard in answer.would:
        for name, both in (("was", answer.was[guard]), ("would", answer.would[guard])):
            for what, load in (("on the board", both.board), ("called", both.told)):
                numbers = f"{load.per_hour_max:>13} {load.per_hour_mean:>13.1f} {load.flood_share:>9.1%}"
                yield f"{f'{guard}, {name}, {what}':<36} {numbers}"
    yield ""
    yield from (f"note: {note}" for note in answer.notes)


def _either(side: Side) -> Alert:
    one = side.was or side.would
    assert one is not None
    return one


def named(profile: str, variant: str | None) -> str:
    """A profile as people name it."""
    return f"{profile}, {variant}" if variant else profile
