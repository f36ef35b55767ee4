"""An alert and its changes, as values. Pure."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from hub.rules.finding import Finding
from protocol.messages import AlertMessage, AlertState


class Alert(Struct, frozen=True, kw_only=True):
    """One rule about one subject, from the first finding until it is resolved and acknowledged."""

    id: str
    rule: str
    subject: str
    label: str
    priority: int
    space: str | None
    node: str | None
    state: AlertState
    #: When the finding began.
    since: datetime
    #: When it was last found.
    found_at: datetime
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    acked_by: str | None = None
    acked_at: datetime | None = None
    #: Set when nothing more will happen to it.
    closed_at: datetime | None = None
    value: float | None = None
    limit: float | None = None
    limit_rule: str | None = None
    clause: str = ""

    @property
    def key(self) -> tuple[str, str]:
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
    RESOLVED = "resolved"
    ACKED = "acked"
    #: Pending and gone before it fired.
    DROPPED = "dropped"
    CLOSED = "closed"


class Transition(Struct, frozen=True, kw_only=True):
    """One change of one alert; a row, so that deciding and telling can crash apart."""

    alert: str
    at: datetime
    change: Change
    by: str | None = None
    value: float | None = None


def begin(id: str, finding: Finding, priority: int, now: datetime) -> Alert:
    """A new alert of a finding, pending."""
    return Alert(
        id=id,
        rule=finding.rule,
        subject=finding.subject,
        label=finding.label,
        priority=priority,
        space=finding.space,
        node=finding.node,
        state=AlertState.PENDING,
        since=now,
        found_at=now,
        value=finding.value,
        limit=finding.limit,
        limit_rule=finding.limit_rule,
        clause=finding.clause,
    )
