"""What one shift leaves to the next, as data for a screen and as plain English lines. Pure.

Signing is an act with its time, stored beside; this is what was signed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.alerts.alert import Alert
from hub.alerts.muting import Shelf, Silence
from hub.roster import Roster
from protocol.messages import AlertState

#: A silence or shelf that ends this soon after the shift is the next one's to know.
SOON = timedelta(minutes=60)
#: A door below this trust is named (docs/rules.md: the door that lies).
TRUSTED = 0.9


class DoorTrust(Struct, frozen=True, kw_only=True):
    """How far a door may be believed."""

    door: str
    label: str
    #: 0 to 1.
    trust: float
    #: One word: why not.
    why: str


class TaskDue(Struct, frozen=True, kw_only=True):
    """A treatment that the next shift has to see done."""

    space: str
    label: str
    task: str
    due_at: datetime


class OpenAlarm(Struct, frozen=True, kw_only=True):
    """An alert that is not over."""

    alert: str
    rule: str
    label: str
    priority: int
    state: AlertState
    since: datetime
    #: Who took it; None: nobody has.
    owner: str | None
    #: Why it is not told; None: it is.
    muted: str | None
    muted_until: datetime | None
    is_drill: bool
    correction: str | None


class Ending(Struct, frozen=True, kw_only=True):
    """A silence or shelf that ends, after which its alerts are told again."""

    what: str
    owner: str
    reason: str
    ends: datetime


class Handover(Struct, frozen=True, kw_only=True):
    """The state of the campus at the end of a shift."""

    shift: str
    starts: datetime
    ends: datetime
    #: The loudest first, then the oldest; drills last.
    open_alarms: tuple[OpenAlarm, ...]
    #: By end; those after `SOON` are left out, for a silence never outlives a shift by more.
    endings: tuple[Ending, ...]
    #: The least trusted first.
    doors: tuple[DoorTrust, ...]
    #: By due time, the latest first to act on first.
    tasks: tuple[TaskDue, ...]
    #: How many open alarms each owner has taken, by name of the account; "" is nobody.
    owners: dict[str, int]


def handover(
    alerts: Iterable[Alert],
    silences: Iterable[Silence],
    shelves: Iterable[Shelf],
    doors: Iterable[DoorTrust],
    tasks: Iterable[TaskDue],
    shift: str,
    roster: Roster,
    now: datetime,
) -> Handover:
    """The handover of the shift that runs at `now`, or of the last instants if none does."""
    starts, ends = roster.running(shift, now) or (now, now)
    alarms = tuple(_open_alarm(alert) for alert in sorted(alerts, key=_order) if alert.fired_at is not None)
    owners: dict[str, int] = {}
    for alarm in alarms:
        owners[alarm.owner or ""] = owners.get(alarm.owner or "", 0) + 1
    endings = [
        *(Ending(what=_matched(one), owner=one.owner, reason=one.reason, ends=one.ends) for one in silences),
        *(
            Ending(what=f"{one.rule} {one.subject}", owner=one.by, reason=one.reason, ends=one.until)
            for one in shelves
        ),
    ]
    return Handover(
        shift=shift,
        starts=starts,
        ends=ends,
        open_alarms=alarms,
        endings=tuple(
            sorted(
                (one for one in endings if now < one.ends <= max(now, ends) + SOON),
                key=lambda one: (one.ends, one.what),
            )
        ),
        doors=tuple(
            sorted((one for one in doors if one.trust < TRUSTED), key=lambda one: (one.trust, one.door))
        ),
        tasks=tuple(sorted(tasks, key=lambda one: (one.due_at, one.space, one.task))),
        owners=dict(sorted(owners.items())),
    )


def lines(one: Handover, zone: ZoneInfo) -> Iterator[str]:
    """The handover as lines for the command line, in the campus's own time."""

    def clock(at: datetime) -> str:
        return at.astimezone(zone).strftime("%H:%M")

    yield f"Handover of {one.shift}, {clock(one.starts)} to {clock(one.ends)}"
    yield f"Open alarms: {len(one.open_alarms)}"
    for alarm in one.open_alarms:
        words = [f"P{alarm.priority} {alarm.rule} {alarm.label}", alarm.state.value, clock(alarm.since)]
        words.append(f"taken by {alarm.owner}" if alarm.owner else "nobody has taken it")
        if alarm.muted is not None:
            words.append(
                f"not told: {alarm.muted}"
                + (f" until {clock(alarm.muted_until)}" if alarm.muted_until else "")
            )
        words += [alarm.correction] if alarm.correction else []
        words += ["drill"] if alarm.is_drill else []
        yield f"  {', '.join(words)}"
    yield f"Silences and shelves that end: {len(one.endings)}"
    for ending in one.endings:
        yield f"  {clock(ending.ends)} {ending.what}, {ending.owner}: {ending.reason}"
    yield f"Doors not trusted: {len(one.doors)}"
    for door in one.doors:
        yield f"  {door.label} {door.trust:.0%}, {door.why}"
    yield f"Tasks due: {len(one.tasks)}"
    for task in one.tasks:
        yield f"  {clock(task.due_at)} {task.label} {task.task}"
    yield "Taken by: " + (
        ", ".join(f"{owner or 'nobody'} {count}" for owner, count in one.owners.items()) or "no open alarm"
    )


def _order(alert: Alert) -> tuple[bool, int, datetime, str]:
    return alert.is_drill, alert.priority, alert.since, alert.id


def _open_alarm(alert: Alert) -> OpenAlarm:
    return OpenAlarm(
        alert=alert.id,
        rule=alert.rule,
        label=alert.label,
        priority=alert.priority,
        state=alert.state,
        since=alert.since,
        owner=alert.acked_by,
        muted=alert.muted.value if alert.muted is not None else None,
        muted_until=alert.muted_until,
        is_drill=alert.is_drill,
        correction=alert.correction,
    )


def _matched(silence: Silence) -> str:
    matchers = (silence.rule, silence.space, silence.node, silence.building)
    return " ".join(one for one in matchers if one is not None)
