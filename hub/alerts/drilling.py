"""The drills under way: begun by somebody, over when they are acknowledged or after their time. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.alerts.alert import Key
from hub.alerts.drill import RULES, Drill, findings
from hub.regime.alert_rule import AlertRule
from hub.rules.finding import Finding
from protocol.quantities import Duration

#: A drill waits for nothing: what it plays has lasted long enough already.
NO_PATIENCE = Duration("0s")


def at_once(rules: Mapping[str, AlertRule]) -> dict[str, AlertRule]:
    """The rules that drills take, without their patience."""
    taken = {rule: rules[rule] for rule in RULES.values() if rule in rules}
    return {name: replace(rule, fire_after=NO_PATIENCE) for name, rule in taken.items()}


class Drills:
    """The drills of a site; `is_new` until somebody has written them down."""

    def __init__(self, drills: Iterable[Drill]) -> None:
        self.under_way = {one.id: one for one in drills}
        self.is_new = False

    @property
    def keys(self) -> set[Key]:
        """The keys of their alerts."""
        return {one.key for one in self.under_way.values()}

    def begin(self, one: Drill) -> bool:
        """One with the same id that is under way stays what it is; False: it was."""
        if one.id in self.under_way:
            return False
        self.under_way[one.id] = one
        self.is_new = True
        return True

    def acknowledge(self, key: Key, at: datetime) -> None:
        """Somebody took the drill's alert: it has done its work."""
        for one in self._of(key):
            self.under_way[one.id] = replace(one, acked_at=at)
            self.is_new = True

    def findings(self, rules: Mapping[str, AlertRule], now: datetime) -> dict[Key, Finding]:
        """What they find."""
        return {(one.rule, one.subject): one for one in findings(self.under_way.values(), rules, now)}

    def end_what_is_over(self, open_keys: Mapping[Key, object], now: datetime) -> list[Key]:
        """Drop the drills that are over; the keys of those whose alert must be closed with them."""
        over = [one for one in self.under_way.values() if now >= one.ends_at]
        done = [
            one for one in self.under_way.values() if one.acked_at is not None and one.key not in open_keys
        ]
        for id in {one.id for one in (*over, *done)}:
            del self.under_way[id]
            self.is_new = True
        return [one.key for one in over]

    def ends_of(self, key: Key) -> list[datetime]:
        """When the drill of an alert ends by itself."""
        return [one.ends_at for one in self._of(key)]

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: each lasts as long as it would have."""
        self.under_way = {id: one.shifted(by) for id, one in self.under_way.items()}
        self.is_new |= bool(self.under_way)

    def _of(self, key: Key) -> list[Drill]:
        return [one for one in self.under_way.values() if one.key == key]
