"""Messages of single alerts in, what Home Assistant shows of all of them out. Pure.

No name, no temperature and no value of a screening goes on: who has taken an alert is not said, only that
somebody has.
"""

from typing import NamedTuple

import msgspec
from msgspec import Struct

from protocol.messages import AlertMessage, AlertState

#: Most alerts told one by one; the count is of all.
MOST_TOLD = 20


class Told(Struct, frozen=True, kw_only=True):
    """An alert, as it is told."""

    id: str
    rule: str
    priority: int
    space: str | None
    node: str | None
    state: str
    since: str
    acknowledged: bool
    clause: str | None


class Summary(Struct, frozen=True, kw_only=True):
    """Every open alert of the campus."""

    open: int
    #: Nobody has taken them.
    waiting: int
    #: The most urgent, the newest first among equals.
    alerts: tuple[Told, ...]


class OfSpace(Struct, frozen=True, kw_only=True):
    """The open alerts of a space."""

    alerts: tuple[Told, ...]


class Happening(NamedTuple):
    """Something that happened to an alert."""

    event_type: str
    alert: Told


class OpenAlerts:
    """What is open now."""

    def __init__(self) -> None:
        self._open: dict[str, Told] = {}

    def clear(self) -> None:
        """The broker says it all again."""
        self._open.clear()

    def hear(self, id: str, message: AlertMessage | None) -> list[Happening]:
        """An alert as it is now, or None when it has closed; what happened to it."""
        before = self._open.pop(id, None)
        if message is None:
            return [] if before is None else [Happening("closed", before)]
        self._open[id] = now = _told(message)
        happened = []
        if now.state == AlertState.FIRING.value and (before is None or before.state != now.state):
            happened.append(Happening("fired", now))
        if now.acknowledged and (before is None or not before.acknowledged):
            happened.append(Happening("acknowledged", now))
        if now.state == AlertState.RESOLVED.value and (before is None or before.state != now.state):
            happened.append(Happening("resolved", now))
        return happened

    def summary(self) -> Summary:
        """All of them."""
        told = self._told(list(self._open.values()))
        waiting = sum(not one.acknowledged for one in self._open.values())
        return Summary(open=len(self._open), waiting=waiting, alerts=told)

    def of_space(self, space: str) -> OfSpace:
        """Those of a space."""
        return OfSpace(alerts=self._told([one for one in self._open.values() if one.space == space]))

    def _told(self, alerts: list[Told]) -> tuple[Told, ...]:
        newest = sorted(alerts, key=lambda one: (one.since, one.id), reverse=True)
        return tuple(sorted(newest, key=lambda one: one.priority)[:MOST_TOLD])


def happening_payload(happening: Happening) -> bytes:
    """The event as JSON."""
    facts = msgspec.to_builtins(happening.alert)
    return msgspec.json.encode({"event_type": happening.event_type, **facts})


def _told(message: AlertMessage) -> Told:
    return Told(
        id=message.id,
        rule=message.rule,
        priority=message.priority,
        space=message.space,
        node=message.node,
        state=message.state.value,
        since=message.since.isoformat(),
        acknowledged=message.acked_by is not None,
        clause=message.clause,
    )
