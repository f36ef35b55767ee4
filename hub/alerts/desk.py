"""The alerts of one site as one piece of state: findings and decisions in, alerts and what to tell out. Pure.

The engine keeps one, names what was touched at each turn, and writes the whole outcome in one transaction.
The cost of a turn grows with what was touched and whose time has come, not with what is open.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.agenda import Agenda
from hub.alerts import announcing
from hub.alerts.alert import DRILL, Alert, Change, Key, Transition
from hub.alerts.digits import Digits
from hub.alerts.drill import Drill
from hub.alerts.drilling import Drills, at_once
from hub.alerts.escalation import Called, Caller, started
from hub.alerts.lifecycle import acknowledge, advance, close, due_at, shifted
from hub.alerts.muters import Muters
from hub.alerts.muting import Shelf, Silence, shelve
from hub.alerts.notification import Notification
from hub.alerts.outcome import DeskState, Outcome
from hub.alerts.put_aside import PutAside
from hub.alerts.regrading import is_graded_otherwise, regraded
from hub.alerts.whereabouts import Whereabouts
from hub.layout import Layout
from hub.regime.alert_rule import AlertRule
from hub.roster import Roster
from hub.rules.finding import Finding

#: What happens again so long after somebody was told is another thing to tell.
AGAIN = timedelta(seconds=60)
_BEGIN_A_ROUND = frozenset({Change.FIRED, Change.RETURNED})


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
        self._drills = Drills(state.drills)
        self._aside = PutAside(state.silences, state.shelves, self._where)
        self._muters = Muters(self._aside, self._where)
        self._digits = Digits(self.alerts.values())
        self._key_of = {alert.id: alert.key for alert in self.alerts.values()}
        #: When each key must be looked at by time alone.
        self._agenda: Agenda[Key] = Agenda()
        #: Since the last turn another profile is in force: the rule of each alert before that.
        self._rules_before: dict[Key, AlertRule | None] = {}
        #: Gathered since the last turn.
        self._touched: set[Key] = set(self.alerts) | self._drills.keys
        self._changed: dict[str, Alert] = {}
        self._transitions: list[Transition] = []
        self._clock_steps: list[timedelta] = []
        self._notifications: list[Notification] = []

    @property
    def places(self) -> Whereabouts:
        """Where alerts are."""
        return self._where

    @property
    def drills(self) -> Mapping[str, Drill]:
        """The drills under way, by id."""
        return self._drills.under_way

    @property
    def silences(self) -> Mapping[str, Silence]:
        """What is silenced, by id."""
        return self._aside.silences

    @property
    def shelves(self) -> Mapping[Key, Shelf]:
        """What is on the shelf."""
        return self._aside.shelves

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
        """Another profile is in force: at the next turn every alert still found is graded by it."""
        for key in self.alerts:
            self._rules_before.setdefault(key, self._rules.get(key[0]))
        self._rules = rules
        self._touched |= set(self.alerts)
        self._muters.must_ask_all = True

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much; ends that people chose stay what they chose."""
        self.alerts = {key: shifted(alert, by) for key, alert in self.alerts.items()}
        self._aside.shift(by)
        self._drills.shift(by)
        self._clock_steps.append(by)
        self._touched |= {*self.alerts, *self._drills.keys}

    def acknowledge(self, id: str, by: str, at: datetime, duty: str | None = None) -> bool:
        """Somebody takes an alert; False: there was nothing to take."""
        alert = self.find(id)
        if alert is None:
            return False
        after, transitions = acknowledge(alert, by, at, duty)
        if not transitions:
            return False
        self._put(after, transitions)
        self._drills.acknowledge(alert.key, at)
        return True

    def shelve(self, id: str, by: str, reason: str, wanted: timedelta, at: datetime) -> Shelf | None:
        """Somebody puts an alert aside for 15, 30 or 60 minutes; None: there is no such alert."""
        alert = self.find(id)
        if alert is None or alert.fired_at is None:
            return None
        shelf = shelve(alert.key, by, reason, wanted, at)
        if self._aside.shelve(shelf):
            self._touched.add(alert.key)
        return shelf

    def unshelve(self, key: Key) -> None:
        """Somebody takes an alert off the shelf."""
        if self._aside.unshelve(key):
            self._touched.add(key)

    def silence(self, one: Silence, duty: str | None = None) -> Silence:
        """Somebody silences a rule or a place; its end is cut to that of the owner's shift."""
        latest = self.roster.latest_silence(one.starts, duty)
        allowed = replace(one, ends=min(one.ends, latest))
        self._aside.silence(allowed)
        return allowed

    def unsilence(self, id: str) -> None:
        """Somebody ends a silence."""
        self._aside.unsilence(id)

    def begin_drill(self, one: Drill) -> None:
        """A drill begins; it ends by itself. One with the same id that is under way stays what it is."""
        if self._drills.begin(one):
            self._touched.add(one.key)

    def put_corrected(self, alerts: Iterable[Alert]) -> None:
        """Open alerts with what the corrected record says of them; nothing else of them has changed."""
        for alert in alerts:
            there = self.alerts.get(alert.key)
            if there is not None and there.id == alert.id:
                self.alerts[alert.key] = alert

    def due_at(self) -> datetime | None:
        """When the next turn is needed by time alone; None: not before somebody does something."""
        return self._agenda.next()

    def step(self, findings: Mapping[Key, Finding], touched: Iterable[Key], now: datetime) -> Outcome:
        """One turn: `findings` are all that hold, `touched` those that came, went or changed since.

        The same turn again changes nothing.
        """
        keys = {*touched, *self._touched, *self._agenda.due(now)}
        self._touched = set()
        self._note_clock(now)
        self._end_what_is_over(now)
        played = {key for key in keys if key[1].startswith(DRILL)}
        self._advance(findings, self._rules, keys - played, now)
        if played:
            self._advance(self._drills.findings(self._rules, now), at_once(self._rules), played, now)
        looked_at = keys | self._mute(keys, now)
        for key in sorted(looked_at):
            self._tell(key, now)
        waits_otherwise = looked_at.union(alert.key for alert in self._changed.values())
        for alert in self._digits.give(self.alerts, waits_otherwise):
            self._put(alert, ())
        for key in looked_at:
            self._plan(key, now)
        return self._outcome()

    def _note_clock(self, now: datetime) -> None:
        """Drills are measured in seconds: their certificates must know that the clock was set."""
        for by in self._clock_steps:
            self._transitions += [
                Transition(
                    alert=alert.id,
                    at=now,
                    change=Change.CLOCK_SET,
                    value=by.total_seconds(),
                    note=str(alert.telling.count),
                )
                for alert in self.alerts.values()
                if alert.is_drill
            ]
        self._clock_steps = []

    def _end_what_is_over(self, now: datetime) -> None:
        """Shelves, silences and drills whose time is over; the alerts they muted come due by themselves."""
        self._aside.end_what_is_over(now)
        for key in self._drills.end_what_is_over(self.alerts, now):
            if key in self.alerts:
                self._put(*close(self.alerts[key], now, "drill-over"))

    def _advance(
        self,
        findings: Mapping[Key, Finding],
        rules: Mapping[str, AlertRule],
        keys: set[Key],
        now: datetime,
    ) -> None:
        before = {key: self.alerts[key].newest_at for key in keys if key in self.alerts}
        self._regrade(findings, keys, now)
        step = advance(self.alerts, findings, now, rules, self._new_id, keys)
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
            rule = self._rules.get(key[0])
            if rule is not None and not rule.until_acknowledged:
                # What happens at instants is another thing each time, never one that flutters.
                noticed.append((key, one.change, one.at))
        for key in keys:
            there = self.alerts.get(key)
            if there is not None and there.newest_at is not None and there.newest_at != before.get(key):
                self._tell_again(there, now)
        last = {alert.key: alert for alert in step.changed}
        for shelf in self._aside.notice(noticed):
            self._touched.add(shelf.key)
            chattering = self.alerts.get(shelf.key, last[shelf.key])
            self._told(self._caller.tell_of_chatter(chattering, now))

    def _regrade(self, findings: Mapping[Key, Finding], keys: set[Key], now: datetime) -> None:
        """Alerts still found become what the profile in force says of them."""
        for key in sorted(keys):
            alert, finding, rule = self.alerts.get(key), findings.get(key), self._rules.get(key[0])
            is_switched = key in self._rules_before
            was = self._rules_before.pop(key, None)
            if alert is None or finding is None or rule is None:
                continue
            is_other = is_switched and (was != rule or alert.clause != finding.clause)
            if not is_graded_otherwise(alert, finding, rule, is_other=is_other):
                continue
            if rule.priority < alert.priority:
                # It was put aside as something less urgent.
                self._aside.unshelve(key)
            called = self._caller.roles_of(alert.telling.duties)
            for after, transitions in regraded(alert, finding, rule, was, called, now, self._new_id):
                self._put(after, transitions)

    def _tell_again(self, alert: Alert, now: datetime) -> None:
        """It has just happened, perhaps once more: what was shelved or told before is not of this."""
        shelf = self.shelves.get(alert.key)
        if shelf is not None and alert.newest_at is not None and shelf.since < alert.newest_at:
            self._aside.unshelve(alert.key)
        told_at = alert.telling.at
        if alert.acked_at is None and told_at is not None and now - told_at >= AGAIN:
            again = Transition(alert=alert.id, at=now, change=Change.AGAIN, value=alert.value)
            self._put(started(alert, now), (again,))

    def _mute(self, keys: set[Key], now: datetime) -> set[Key]:
        """Ask the muters about every alert that may have another answer now; the keys that have one."""
        answered: set[Key] = set()
        mine = keys | self._touched
        ask_all = self._muters.renew(self.alerts.values(), self._rules, mine, now)
        asked = set(self.alerts) if ask_all else mine
        self._touched = set()
        for key in sorted(asked):
            alert = self.alerts.get(key)
            if alert is None or alert.fired_at is None:
                continue
            after, transitions = self._muters.answer(alert, now)
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
        instants = self._drills.ends_of(key)
        if alert is not None and rule is not None:
            telling = announcing.next_telling(alert, rule)
            found = (due_at(alert, rule), telling.at if telling else None, alert.muted_until)
            instants += [at for at in found if at is not None]
        at = min((at for at in instants if at > now), default=None)
        if at is None:
            self._agenda.drop(key)
        else:
            self._agenda.put(key, at)

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
            self.state if self._drills.is_new or self._aside.is_new else None,
        )
        self._changed, self._transitions, self._notifications = {}, [], []
        self._touched = set()
        self._drills.is_new = self._aside.is_new = False
        return outcome
