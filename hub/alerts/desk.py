"""The alerts of one site as one piece of state: findings and decisions in, alerts and what to tell out. Pure.

The engine keeps one, names what was touched at each turn, and writes the whole outcome in one transaction.
The cost of a turn grows with what was touched and whose time has come, not with what is open.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from hub.alerts import announcing, drill
from hub.alerts.alert import DRILL, Alert, Change, Key, Transition
from hub.alerts.chatter import ChatterGuard
from hub.alerts.drill import Drill
from hub.alerts.escalation import Called, Caller, resumed, started
from hub.alerts.lifecycle import acknowledge, advance, close, due_at, shifted
from hub.alerts.muting import (
    INHIBITORS,
    Inhibition,
    Muter,
    Shelf,
    Shelves,
    Silence,
    Silences,
    first_mute,
    noted,
    shelve,
)
from hub.alerts.notification import Notification
from hub.alerts.whereabouts import Whereabouts
from hub.layout import Layout
from hub.regime.alert_rule import AlertRule
from hub.roster import Roster
from hub.rules.finding import Finding

#: What happens again so long after somebody was told is another thing to tell.
AGAIN = timedelta(seconds=60)
_BEGIN_A_ROUND = frozenset({Change.FIRED, Change.RETURNED})


class DeskState(Struct, frozen=True, kw_only=True):
    """What is kept beside the alerts: a small row, written whole when it changes."""

    silences: tuple[Silence, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    drills: tuple[Drill, ...] = ()


class Outcome(NamedTuple):
    """What one turn changed, to be written in one transaction before anything is sent."""

    #: Each alert once, as it is now; closed ones included.
    changed: list[Alert]
    #: In the order in which it happened.
    transitions: list[Transition]
    notifications: list[Notification]
    #: The state to write; None: it is as it was.
    state: DeskState | None


class Desk:
    """Owns the open alerts of a site; called by one thread."""

    def __init__(
        self,
        layout: Layout,
        rules: Mapping[str, AlertRule],
        new_id: Callable[[], str],
        alerts: Iterable[Alert],
        state: DeskState,
    ) -> None:
        """Take over what was open. How long a finding has been gone counts from the first turn."""
        self.roster = Roster.of(layout)
        self._where = Whereabouts(layout)
        self._caller = Caller(self.roster, self._where)
        self._rules = rules
        self._new_id = new_id
        self.alerts: dict[Key, Alert] = {alert.key: replace(alert, gone_at=None) for alert in alerts}
        self.silences = {one.id: one for one in state.silences}
        self.shelves = {one.key: one for one in state.shelves}
        self.drills = {one.id: one for one in state.drills}
        self._guard = ChatterGuard()
        self._silenced = Silences(self.silences.values(), self._where)
        self._shelved = Shelves(self.shelves)
        self._inhibition: Inhibition | None = None
        self._key_of = {alert.id: alert.key for alert in self.alerts.values()}
        #: When each key must be looked at by time alone, and the same as a heap that may hold stale ones.
        self._due: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []
        #: Gathered since the last turn.
        self._touched: set[Key] = set(self.alerts) | {one.key for one in self.drills.values()}
        self._must_look_at_mutes = True
        self._is_state_new = False
        self._changed: dict[str, Alert] = {}
        self._transitions: list[Transition] = []
        self._notifications: list[Notification] = []

    @property
    def state(self) -> DeskState:
        """The silences, shelves and drills under way, in their order."""
        return DeskState(
            silences=tuple(self.silences[one] for one in sorted(self.silences)),
            shelves=tuple(self.shelves[one] for one in sorted(self.shelves)),
            drills=tuple(self.drills[one] for one in sorted(self.drills)),
        )

    def find(self, id: str) -> Alert | None:
        """The open alert with this id."""
        key = self._key_of.get(id)
        return None if key is None else self.alerts.get(key)

    def set_rules(self, rules: Mapping[str, AlertRule]) -> None:
        """Another profile is in force: everything is looked at again."""
        self._rules = rules
        self._touched |= set(self.alerts)
        self._must_look_at_mutes = True

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much; ends that people chose stay what they chose."""
        self.alerts = {key: shifted(alert, by) for key, alert in self.alerts.items()}
        self._touched |= set(self.alerts)

    def acknowledge(self, id: str, by: str, at: datetime, duty: str | None = None) -> bool:
        """Somebody takes an alert; False: there was nothing to take."""
        alert = self.find(id)
        if alert is None:
            return False
        after, transitions = acknowledge(alert, by, at, duty)
        if not transitions:
            return False
        self._put(after, transitions)
        for one in self.drills.values():
            if one.key == alert.key:
                self.drills[one.id] = replace(one, acked_at=at)
                self._is_state_new = True
        return True

    def shelve(self, id: str, by: str, reason: str, wanted: timedelta, at: datetime) -> Shelf | None:
        """Somebody puts an alert aside for 15, 30 or 60 minutes; None: there is no such alert."""
        alert = self.find(id)
        if alert is None or alert.fired_at is None:
            return None
        shelf = shelve(alert.key, by, reason, wanted, at)
        self._shelve(shelf)
        return shelf

    def unshelve(self, key: Key) -> None:
        """Somebody takes an alert off the shelf."""
        if self.shelves.pop(key, None) is not None:
            self._touched.add(key)
            self._is_state_new = True

    def silence(self, one: Silence, duty: str | None = None) -> Silence:
        """Somebody silences a rule or a place; its end is cut to that of the owner's shift."""
        latest = self.roster.latest_silence(one.starts, duty)
        allowed = replace(one, ends=min(one.ends, latest))
        self.silences[allowed.id] = allowed
        self._renew_silences()
        return allowed

    def unsilence(self, id: str) -> None:
        """Somebody ends a silence."""
        if self.silences.pop(id, None) is not None:
            self._renew_silences()

    def begin_drill(self, one: Drill) -> None:
        """A drill begins; it ends by itself. One with the same id that is under way stays what it is."""
        if one.id in self.drills:
            return
        self.drills[one.id] = one
        self._touched.add(one.key)
        self._is_state_new = True

    def put_corrected(self, alerts: Iterable[Alert]) -> None:
        """Open alerts with what the corrected record says of them; nothing else of them has changed."""
        for alert in alerts:
            there = self.alerts.get(alert.key)
            if there is not None and there.id == alert.id:
                self.alerts[alert.key] = alert

    def due_at(self) -> datetime | None:
        """When the next turn is needed by time alone; None: not before somebody does something."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def step(self, findings: Mapping[Key, Finding], touched: Iterable[Key], now: datetime) -> Outcome:
        """One turn: `findings` are all that hold, `touched` those that came, went or changed since.

        The same turn again changes nothing.
        """
        keys = {*touched, *self._touched, *self._come_due(now)}
        self._touched = set()
        self._end_what_is_over(now)
        playing = drill.findings(self.drills.values(), self._rules, now)
        drilled = {(one.rule, one.subject): one for one in playing}
        played = {key for key in keys if key[1].startswith(DRILL)}
        self._advance(findings, keys - played, now)
        self._advance(drilled, played, now)
        looked_at = keys | self._mute(keys, now)
        for key in sorted(looked_at):
            self._tell(key, now)
        for key in looked_at:
            self._plan(key, now)
        return self._outcome()

    def _come_due(self, now: datetime) -> set[Key]:
        keys: set[Key] = set()
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                keys.add(key)
        return keys

    def _end_what_is_over(self, now: datetime) -> None:
        """Shelves, silences and drills whose time is over; the alerts they muted come due by themselves."""
        for shelf in [one for one in self.shelves.values() if one.until <= now]:
            del self.shelves[shelf.key]
            self._is_state_new = True
        for silence in [one for one in self.silences.values() if one.ends <= now]:
            del self.silences[silence.id]
            self._renew_silences()
        for one in list(self.drills.values()):
            alert = self.alerts.get(one.key)
            if now >= one.ends_at and alert is not None:
                self._put(*close(alert, now, "drill-over"))
            if now >= one.ends_at or (one.acked_at is not None and alert is None):
                del self.drills[one.id]
                self._is_state_new = True

    def _advance(self, findings: Mapping[Key, Finding], keys: set[Key], now: datetime) -> None:
        before = {key: self.alerts[key].newest_at for key in keys if key in self.alerts}
        step = advance(self.alerts, findings, now, self._rules, self._new_id, keys)
        for alert in step.changed:
            self._put(alert, ())
        self._transitions += step.transitions
        by_id = {alert.id: alert for alert in step.changed}
        noticed = []
        for one in step.transitions:
            key = by_id[one.alert].key
            now_open = self.alerts.get(key)
            if one.change in _BEGIN_A_ROUND and now_open is not None and now_open.id == one.alert:
                self._put(started(now_open, now), ())
            if not self._rules[key[0]].until_acknowledged:
                # What happens at instants is another thing each time, never one that flutters.
                noticed.append((key, one.change, one.at))
        for key in keys:
            there = self.alerts.get(key)
            if there is not None and there.newest_at is not None and there.newest_at != before.get(key):
                self._tell_again(there, now)
        last = {alert.key: alert for alert in step.changed}
        for shelf in self._guard.note(noticed):
            if self._shelve(shelf):
                chattering = self.alerts.get(shelf.key, last[shelf.key])
                self._told(self._caller.tell_of_chatter(chattering, now))

    def _tell_again(self, alert: Alert, now: datetime) -> None:
        """It has just happened, perhaps once more: what was shelved or told before is not of this."""
        shelf = self.shelves.get(alert.key)
        if shelf is not None and alert.newest_at is not None and shelf.since < alert.newest_at:
            del self.shelves[alert.key]
            self._is_state_new = True
        told_at = alert.telling.at
        if alert.acked_at is None and told_at is not None and now - told_at >= AGAIN:
            again = Transition(alert=alert.id, at=now, change=Change.AGAIN, value=alert.value)
            self._put(started(alert, now), (again,))

    def _mute(self, keys: set[Key], now: datetime) -> set[Key]:
        """Ask the muters about every alert that may have another answer now; the keys that have one."""
        answered: set[Key] = set()
        if self._must_look_at_mutes or any(key[0] in INHIBITORS for key in keys | self._touched):
            put_aside = (self._shelved, self._silenced)
            inhibition = Inhibition(self.alerts.values(), self._rules, self._where, put_aside, now)
            before = self._inhibition
            self._must_look_at_mutes |= before is None or inhibition.causes != before.causes
            self._inhibition = inhibition
        asked = set(self.alerts) if self._must_look_at_mutes else keys | self._touched
        self._must_look_at_mutes = False
        self._touched = set()
        muters: list[Muter] = [self._shelved, self._silenced]
        if self._inhibition is not None:
            muters.insert(0, self._inhibition)
        for key in sorted(asked):
            alert = self.alerts.get(key)
            if alert is None or alert.fired_at is None:
                continue
            after, transitions = noted(alert, first_mute(alert, muters, now), now)
            if alert.muted is not None and alert.muted_since is not None and after.muted is None:
                after = resumed(after, alert.muted, alert.muted_since, now)
            if after is not alert:
                self._put(after, transitions)
                answered.add(key)
        return answered

    def _tell(self, key: Key, now: datetime) -> None:
        """Everything that is due to be told of an alert, in order; each is told once."""
        rule = self._rules.get(key[0])
        alert = self.alerts.get(key)
        while rule is not None and alert is not None:
            reason = announcing.reason_to_tell(alert, rule, now)
            if reason is None:
                return
            self._told(self._caller.call(alert, rule, reason, now))
            alert = self.alerts.get(key)

    def _plan(self, key: Key, now: datetime) -> None:
        """Note when the alert must be looked at again by time alone."""
        alert, rule = self.alerts.get(key), self._rules.get(key[0])
        instants: list[datetime] = [one.ends_at for one in self.drills.values() if one.key == key]
        if alert is not None and rule is not None:
            telling = announcing.next_telling(alert, rule)
            found = (due_at(alert, rule), telling.at if telling else None, alert.muted_until)
            instants += [at for at in found if at is not None]
        at = min((at for at in instants if at > now), default=None)
        if at is None:
            self._due.pop(key, None)
        elif self._due.get(key) != at:
            self._due[key] = at
            heapq.heappush(self._heap, (at, key))

    def _shelve(self, shelf: Shelf) -> bool:
        """Put it on the shelf, unless it is there for longer already."""
        there = self.shelves.get(shelf.key)
        if there is not None and there.until >= shelf.until:
            return False
        self.shelves[shelf.key] = shelf
        self._touched.add(shelf.key)
        self._is_state_new = True
        return True

    def _renew_silences(self) -> None:
        self._silenced = Silences(self.silences.values(), self._where)
        self._must_look_at_mutes = self._is_state_new = True

    def _told(self, called: Called) -> None:
        self._put(called.alert, called.transitions)
        self._notifications += called.notifications

    def _put(self, alert: Alert, transitions: Iterable[Transition]) -> None:
        if alert.closed_at is None:
            self.alerts[alert.key] = alert
            self._key_of[alert.id] = alert.key
        else:
            there = self.alerts.get(alert.key)
            if there is not None and there.id == alert.id:
                del self.alerts[alert.key]
            self._key_of.pop(alert.id, None)
        self._touched.add(alert.key)
        self._changed[alert.id] = alert
        self._transitions += transitions

    def _outcome(self) -> Outcome:
        outcome = Outcome(
            list(self._changed.values()),
            self._transitions,
            self._notifications,
            self.state if self._is_state_new else None,
        )
        self._changed, self._transitions, self._notifications = {}, [], []
        self._touched, self._is_state_new = set(), False
        return outcome
