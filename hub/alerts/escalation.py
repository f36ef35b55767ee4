"""Who is told: an alert and a reason in, rows for duties out, step by step until someone acts. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Mute, Telling, Transition
from hub.alerts.grouping import group_key
from hub.alerts.notification import Notification, Reason
from hub.alerts.whereabouts import Whereabouts
from hub.duties import Duty, Role
from hub.regime.alert_rule import QUIET_PRIORITY, AlertRule
from hub.roster import Roster


class Called(NamedTuple):
    """The alert as it is after telling, the rows to write, and what the record notes."""

    alert: Alert
    notifications: list[Notification]
    transitions: list[Transition]


class Caller:
    """The duties and the places of a campus: everything telling needs beside the alert and its rule."""

    def __init__(self, roster: Roster, where: Whereabouts) -> None:
        self._roster = roster
        self._where = where

    def roles_of(self, duties: Collection[str]) -> frozenset[Role]:
        """The roles of these duties; one that is no longer in the campus file has none."""
        return frozenset(one.role for one in self._roster.duties if one.id in duties)

    def call(self, alert: Alert, rule: AlertRule, reason: Reason, now: datetime) -> Called:
        """Tell of the alert for a reason that `announcing` gave at `now`."""
        if reason is Reason.RESOLVED:
            return self._call_off(alert, now)
        if reason is Reason.REMINDER:
            return self._remind(alert, rule, now)
        if reason is Reason.REPEATED:
            return self._repeat(alert, rule, now)
        return self._next_step(alert, rule, reason, now)

    def tell_of_chatter(self, alert: Alert, now: datetime) -> Called:
        """A note to the administrator that the alert was put aside; at night only to one on a shift."""
        duties = self._on(Role.ADMIN, alert, now, is_quiet=True)
        return self._told(alert, duties, Reason.CHATTERING, now, step=0)

    def _next_step(self, alert: Alert, rule: AlertRule, reason: Reason, now: datetime) -> Called:
        """The next step that has anybody on duty, at once; those skipped are noted.

        Nobody at any step that is left: noted once, and tried again when a shift begins.
        """
        skipped: list[Transition] = []
        for number in range(alert.telling.steps, len(rule.escalate)):
            role = rule.escalate[number].role
            duties = self._on(role, alert, now)
            if not duties:
                note = role.value
                skipped.append(Transition(alert=alert.id, at=now, change=Change.SKIPPED, note=note))
                continue
            called = self._told(alert, duties, reason, now, step=number + 1)
            # Late because nobody was there: the next step waits as long as if this had been in time.
            after = timedelta(seconds=rule.escalate[number].after.seconds)
            telling = replace(
                called.alert.telling,
                since=alert.telling.since if alert.telling.retry_at is None else now - after,
                steps=number + 1,
                at=now,
                duties=_joined(alert.telling.duties, duties),
                retry_at=None,
            )
            return Called(replace(called.alert, telling=telling), called.notifications, skipped)
        is_noted = alert.telling.retry_at is not None or alert.priority >= QUIET_PRIORITY
        unreached = Transition(alert=alert.id, at=now, change=Change.UNREACHED)
        telling = replace(alert.telling, retry_at=self._roster.next_boundary(now))
        return Called(replace(alert, telling=telling), [], [] if is_noted else [*skipped, unreached])

    def _repeat(self, alert: Alert, rule: AlertRule, now: datetime) -> Called:
        """The last step that has anybody on duty, again; earlier ones where the last has gone home."""
        after = replace(alert, telling=replace(alert.telling, at=now))
        for number in range(min(alert.telling.steps, len(rule.escalate)), 0, -1):
            duties = self._on(rule.escalate[number - 1].role, alert, now)
            if duties:
                called = self._told(after, duties, Reason.REPEATED, now, step=number)
                told = replace(called.alert.telling, duties=_joined(alert.telling.duties, duties))
                return Called(replace(called.alert, telling=told), called.notifications, [])
        return Called(after, [], [])

    def _remind(self, alert: Alert, rule: AlertRule, now: datetime) -> Called:
        """The owner's duty; when it is over, whoever has its role now; else the first step that is on."""
        after = replace(alert, telling=replace(alert.telling, reminded_at=now))
        owner = next((one for one in self._roster.duties if one.id == alert.owner_duty), None)
        if owner is not None and self._roster.is_on(owner, now):
            return self._told(after, (owner,), Reason.REMINDER, now, step=0)
        roles = ([owner.role] if owner is not None else []) + [step.role for step in rule.escalate]
        on = (self._on(role, alert, now) for role in roles)
        return self._told(after, next((duties for duties in on if duties), ()), Reason.REMINDER, now, step=0)

    def _call_off(self, alert: Alert, now: datetime) -> Called:
        """Those who were called hear that it is over; at night too, for they may be on their way."""
        called_duties = tuple(one for one in self._roster.duties if one.id in alert.telling.duties)
        called = self._told(alert, called_duties, Reason.RESOLVED, now, step=0)
        over = replace(called.alert.telling, duties=(), retry_at=None)
        return Called(replace(called.alert, telling=over), called.notifications, [])

    def _on(self, role: Role, alert: Alert, now: datetime, *, is_quiet: bool = False) -> tuple[Duty, ...]:
        building = self._where.building_of(alert)
        is_quiet = is_quiet or alert.priority >= QUIET_PRIORITY
        return self._roster.on_duty(role, building, now, is_quiet=is_quiet)

    def _told(
        self, alert: Alert, duties: tuple[Duty, ...], reason: Reason, now: datetime, *, step: int
    ) -> Called:
        count = alert.telling.count
        place = self._where.names_of(alert)
        group = group_key(alert, self._where.building_of(alert))
        rows = [
            Notification(
                id=f"{alert.id}-{count + number}",
                alert=alert.id,
                at=now,
                reason=reason,
                priority=alert.priority,
                rule=alert.rule,
                duty=duty.id,
                receivers=duty.receivers,
                language=duty.language,
                label=alert.label,
                place=place,
                clause=alert.clause,
                value=alert.value,
                limit=alert.limit,
                since=alert.since,
                is_drill=alert.is_drill,
                group=group,
                step=step,
            )
            for number, duty in enumerate(duties, 1)
        ]
        telling = replace(alert.telling, count=count + len(rows))
        return Called(replace(alert, telling=telling), rows, [])


def started(alert: Alert, now: datetime) -> Alert:
    """The alert at the beginning of a round of calling: it fired, came back, or is told anew."""
    return replace(alert, telling=Telling(count=alert.telling.count, since=now))


def resumed(alert: Alert, was: Mute, muted_since: datetime, now: datetime) -> Alert:
    """The alert when it is no longer muted and goes on: the pause is not counted.

    After an inhibition the calling goes on where it stood; what somebody put aside or silenced is told
    anew, for those who knew of it may have gone. What somebody has taken stays as it is.
    """
    if alert.acked_at is not None:
        return alert
    telling = alert.telling
    is_inhibited = was in (Mute.SILENT_NODE, Mute.DARK_BUILDING)
    if not is_inhibited or telling.since is None or not telling.duties:
        return started(alert, now)
    # A muting cannot have begun before the round that it interrupts.
    pause = now - max(muted_since, telling.since)
    return replace(alert, telling=replace(telling, since=telling.since + pause))


def _joined(before: tuple[str, ...], duties: tuple[Duty, ...]) -> tuple[str, ...]:
    return before + tuple(duty.id for duty in duties if duty.id not in before)
