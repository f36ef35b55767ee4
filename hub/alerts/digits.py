"""Alarms that wait for somebody in, the digit of each out: the key that takes it on every board. Pure.

A digit stays with its alarm for as long as that waits: over a reload, on another screen, through a restart.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from hub.alerts.alert import Alert, Key
from hub.regime.alert_rule import QUIET_PRIORITY

#: The keys of a board.
DIGITS = range(1, 10)


class Digits:
    """Knows who has which digit, and who waits without one; the cost grows with what was touched."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        """Take over what was given."""
        self._of = {alert.key: alert.digit for alert in alerts if alert.digit is not None}
        self._without: set[Key] = set()

    def give(self, alerts: Mapping[Key, Alert], keys: Iterable[Key]) -> list[Alert]:
        """The alerts that now have another digit, or none, after something happened to those of `keys`."""
        changed = []
        for key in keys:
            alert = alerts.get(key)
            is_waiting = alert is not None and waits(alert)
            if not is_waiting or (alert is not None and alert.digit != self._of.get(key)):
                self._of.pop(key, None)
                if alert is not None and alert.digit is not None:
                    changed.append(replace(alert, digit=None))
            (self._without.add if is_waiting and key not in self._of else self._without.discard)(key)
        # Most turns of a full board end here, however many alarms wait.
        while self._without and len(self._of) < len(DIGITS):
            alert = min((alerts[key] for key in self._without), key=_pressing)
            digit = self._free(is_quiet=alert.priority >= QUIET_PRIORITY)
            if digit is None:
                break
            self._without.remove(alert.key)
            self._of[alert.key] = digit
            changed.append(replace(alert, digit=digit))
        return changed

    def _free(self, *, is_quiet: bool) -> int | None:
        """The lowest; what sounds nothing takes from the other end, and leaves 1 to what is loud."""
        used = set(self._of.values())
        ordered = reversed(DIGITS) if is_quiet else iter(DIGITS)
        return next((digit for digit in ordered if digit not in used), None)


def waits(alert: Alert) -> bool:
    """Whether somebody must take it: it fired, is told, and nobody has it."""
    is_open = alert.fired_at is not None and alert.closed_at is None
    return is_open and alert.acked_by is None and alert.muted is None


def _pressing(alert: Alert) -> tuple[int, datetime, str]:
    return alert.priority, alert.fired_at or alert.since, alert.id
