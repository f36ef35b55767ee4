"""An alert and its changes, as values. Pure."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from hub.rules.finding import Finding
from protocol.messages import AlertMessage, AlertState

#: What makes two findings the same alert: the rule and its subject.
Key = tuple[str, str]
#: Begins the subject of a finding that a drill makes, so that it never meets a real one.
DRILL = "drill:"


class Mute(Enum):
    """Why an alert that fired is not told; on the board it stays, marked."""

    #: The node that watches its room is silent: unknown speaks instead.
    SILENT_NODE = "silent-node"
    #: Its building has lost its nodes: one alert for all of them.
    DARK_BUILDING = "dark-building"
    #: Somebody silenced its rule or its place until the end of the shift.
    SILENCED = "silenced"
    #: Somebody put it aside for a while, with a reason.
    SHELVED = "shelved"
    #: It came and went too often; put aside by the hub itself.
    CHATTERING = "chattering"


class Telling(Struct, frozen=True, kw_only=True):
    """How far telling has come: what was told is kept with the alert, so a restart repeats nothing."""

    #: Notifications so far; numbers their ids.
    count: int = 0
    #: Since when somebody is being called: it fired, came back, or is no longer muted. None: not yet.
    since: datetime | None = None
    #: Steps of the escalation taken since then: told, or skipped because nobody was on duty.
    steps: int = 0
    #: The last time somebody was told.
    at: datetime | None = None
    #: The duties told since `since`, in order.
    duties: tuple[str, ...] = ()
    #: When the owner was last reminded.
    reminded_at: datetime | None = None
    #: Nobody was on duty at any step: tried again then.
    retry_at: datetime | None = None


class Alert(Struct, frozen=True, kw_only=True):
    """One rule about one subject, from the first finding until it is resolved and acknowledged."""

    id: str
    rule: str
    subject: str
    label: str
    priority: int
    space: str | None
    node: str | None
    building: str | None = None
    state: AlertState
    #: When the finding began.
    since: datetime
    #: When what was found last changed.
    found_at: datetime
    #: When it was first no longer found; None while it is.
    gone_at: datetime | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    acked_by: str | None = None
    acked_at: datetime | None = None
    #: The duty of whoever acknowledged it: reminded when it grows old.
    owner_duty: str | None = None
    #: Set when nothing more will happen to it.
    closed_at: datetime | None = None
    value: float | None = None
    limit: float | None = None
    #: The value farthest beyond its limit, the limit then, and when it was found: as known while it was open.
    worst: float | None = None
    worst_limit: float | None = None
    worst_at: datetime | None = None
    limit_rule: str | None = None
    clause: str = ""
    #: When it last happened, for what happens at instants.
    newest_at: datetime | None = None
    #: Why it is not told at present; None: it is.
    muted: Mute | None = None
    muted_since: datetime | None = None
    #: When that ends by itself; None: when its cause does.
    muted_until: datetime | None = None
    is_drill: bool = False
    #: The key that takes it on a board, 1 to 9, while it waits; None: it does not, or all are in use.
    digit: int | None = None
    telling: Telling = Telling()
    #: Late truth: what the corrected record says of it, and since when that is known.
    correction: str | None = None
    corrected_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What makes two findings the same alert."""
        return self.rule, self.subject

    def message(self) -> AlertMessage:
        """The alert as everybody gets it."""
        return AlertMessage(
            id=self.id,
            rule=self.rule,
            priority=self.priority,
            space=self.space,
            node=self.node,
            state=self.state,
            since=self.since,
            acked_by=self.acked_by,
            clause=self.clause,
            action=self.rule,
            value=self.value,
            limit=self.limit,
        )


class Change(Enum):
    """What happened to an alert."""

    BEGAN = "began"
    FIRED = "fired"
    #: Found again after it had resolved and before anybody acknowledged it.
    RETURNED = "returned"
    #: It has happened once more, and nobody had taken it: told anew.
    AGAIN = "again"
    #: Another profile grades it otherwise, no more urgent than it was: nobody is called anew. `note`: how.
    REGRADED = "regraded"
    #: Another profile makes it more urgent: everybody is called anew. `note`: how.
    RAISED = "raised"
    RESOLVED = "resolved"
    ACKED = "acked"
    #: Pending and gone before it fired.
    DROPPED = "dropped"
    CLOSED = "closed"
    #: No longer told, and why; `note` is the `Mute`.
    MUTED = "muted"
    UNMUTED = "unmuted"
    #: A step of its escalation had nobody on duty; `note` is the role.
    SKIPPED = "skipped"
    #: No step of its escalation has anybody on duty.
    UNREACHED = "unreached"
    #: Late truth: the record was corrected; `note` says how. Never told.
    CORRECTED = "corrected"
    #: The wall clock was set during a drill, by `value` seconds; `note` is how many had been told by then.
    CLOCK_SET = "clock-set"


class Transition(Struct, frozen=True, kw_only=True):
    """One change of one alert; a row, so that deciding and telling can crash apart."""

    alert: str
    at: datetime
    change: Change
    by: str | None = None
    value: float | None = None
    #: One word or sentence more, where the change needs it.
    note: str | None = None


def begin(id: str, finding: Finding, priority: int, now: datetime) -> Alert:
    """A new alert of a finding, pending."""
    has_worst = finding.value is not None and finding.limit is not None
    return Alert(
        id=id,
        rule=finding.rule,
        subject=finding.subject,
        label=finding.label,
        priority=priority,
        space=finding.space,
        node=finding.node,
        building=finding.building,
        state=AlertState.PENDING,
        since=now,
        found_at=now,
        value=finding.value,
        limit=finding.limit,
        worst=finding.value if has_worst else None,
        worst_limit=finding.limit if has_worst else None,
        worst_at=now if has_worst else None,
        limit_rule=finding.limit_rule,
        clause=finding.clause,
        newest_at=finding.newest_at,
        is_drill=finding.subject.startswith(DRILL),
    )
