"""What a rule finds: something that is not as the regime asks, now; or when to look again. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found by one rule about one subject."""

    rule: str
    #: What it is about: a space, a door, a post, a node, a building. With the rule, the alert's identity.
    subject: str
    #: What people call it: the code on the door, the node's id.
    label: str
    space: str | None = None
    node: str | None = None
    building: str | None = None
    value: float | None = None
    limit: float | None = None
    #: Which cap binds, which task is late: one word of the rule's own.
    limit_rule: str | None = None
    #: The clause, or the stated reason where the order is silent. Never empty.
    clause: str
    #: When it last happened, for what happens at instants: an alert acknowledged before that is another.
    newest_at: datetime | None = None
    #: False: enough to keep an alert going, not to start one (at the limit, or no longer known).
    starts: bool = True


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing need happen for the answer to change: look at this subject again at `at`."""

    at: datetime
