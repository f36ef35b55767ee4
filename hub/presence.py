"""Who is there: when each node was last heard and what it said of itself. Pure.

Never stored: after a restart nobody has been heard, so everything is unknown until it speaks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from protocol.messages import Health, Hello, NodeState, Status
from protocol.wire import UNSAID, WIRE, Accord, Wire

#: A node that has promised no period is silent after this long.
UNPROMISED_SILENCE = timedelta(seconds=90)
#: Missed reports before a node is silent.
MISSED_REPORTS = 2.5
#: Events may be on their way for so long without anybody asking where they are.
IN_THE_AIR = timedelta(seconds=3)
#: The smallest step of an instant: just after the patience is over.
_TICK = timedelta(milliseconds=1)


class Liveness(Enum):
    """How the hub sees a node."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"
    SILENT = "silent"
    NEVER_HEARD = "never-heard"


@dataclass(slots=True)
class NodePresence:
    """One node. Mutable: it is heard many times a second."""

    last_heard: datetime | None = None
    #: What it said when it left, or what the broker said for it; None while it is there.
    gone: NodeState | None = None
    promised: timedelta | None = None
    hello: Hello | None = None
    #: The epoch it speaks of now.
    epoch: str | None = None
    health: Health | None = None
    #: Since when it is heard without a silence between.
    heard_since: datetime | None = None
    #: Since when events that it has numbered are not here yet; None: all are.
    behind_since: datetime | None = None
    #: The versions of the wire it speaks, or the one it was last heard to write in; None: not heard.
    wire: Wire | None = None


@dataclass(slots=True)
class Presence:
    """All nodes ever heard, by id."""

    #: When the hub began to listen: nobody can be called silent before that.
    since: datetime
    nodes: dict[str, NodePresence] = field(default_factory=dict)
    #: Counts what was heard: two looks at one version see the same.
    version: int = 0
    #: The versions of the wire that are read here.
    wire: Wire = WIRE

    def hear(self, node: str, now: datetime) -> NodePresence:
        """A message came from the node itself, just now."""
        self.version += 1
        one = self.nodes.get(node)
        if one is None:
            one = self.nodes[node] = NodePresence()
        was_silent = one.last_heard is None or now - one.last_heard > self.patience(node)
        if was_silent or one.gone is not None or one.heard_since is None:
            one.heard_since = now
        one.last_heard = now
        one.gone = None
        return one

    def hear_hello(self, node: str, hello: Hello, now: datetime, *, retained: bool) -> None:
        """The node described itself; a retained copy describes it but proves no life."""
        one = self.nodes.setdefault(node, NodePresence()) if retained else self.hear(node, now)
        self.version += 1
        one.hello = hello
        one.epoch = hello.epoch
        one.promised = timedelta(seconds=hello.health_every_s)

    def hear_health(self, node: str, health: Health, now: datetime) -> None:
        """The node said how it is."""
        one = self.hear(node, now)
        self.version += 1
        one.health = health
        one.epoch = health.epoch

    def hear_status(self, node: str, status: Status, now: datetime, *, retained: bool) -> None:
        """The node, or the broker for it, said whether it is there; a retained `online` proves nothing."""
        self.version += 1
        if status.state is not NodeState.ONLINE:
            self.nodes.setdefault(node, NodePresence()).gone = status.state
        elif not retained:
            self.hear(node, now)

    def hear_wire(self, node: str, wire: Wire | None) -> None:
        """The node said which versions of the wire it speaks; None: it does not say."""
        one = self.nodes.setdefault(node, NodePresence())
        said = wire or UNSAID
        if one.wire != said:
            one.wire = said
            self.version += 1

    def accord(self, node: str) -> Accord:
        """Whether the node and this hub understand each other: else its events stay in its outbox."""
        one = self.nodes.get(node)
        return Accord.AGREED if one is None or one.wire is None else self.wire.accord(one.wire)

    def note_epoch(self, node: str, epoch: str) -> None:
        """The node has just sent events of this epoch."""
        self.nodes[node].epoch = epoch

    def epoch(self, node: str) -> str | None:
        """The epoch the node speaks of now; None when it has not said."""
        one = self.nodes.get(node)
        return None if one is None else one.epoch

    def liveness(self, node: str, now: datetime) -> Liveness:
        """Whether the node is there at `now`."""
        one = self.nodes.get(node)
        if one is not None and one.gone is not None:
            return Liveness.LOST if one.gone is NodeState.LOST else Liveness.OFFLINE
        if one is None or one.last_heard is None:
            return Liveness.NEVER_HEARD
        return Liveness.SILENT if now - one.last_heard > self.patience(node) else Liveness.ONLINE

    def patience(self, node: str) -> timedelta:
        """How long the node may be quiet."""
        one = self.nodes.get(node)
        if one is None or one.promised is None:
            return UNPROMISED_SILENCE
        # Whatever a node promises, nobody may be quiet for longer.
        return min(one.promised * MISSED_REPORTS, UNPROMISED_SILENCE)

    def changes_at(self, node: str, now: datetime | None = None) -> datetime | None:
        """When the node's standing changes next if nothing is heard of it; None: it does not by itself.

        With `now`, what is past is left out.
        """
        one = self.nodes.get(node)
        if one is not None and one.gone is not None:
            return None
        heard = self.since if one is None or one.last_heard is None else one.last_heard
        silent = heard + self.patience(node) + _TICK
        if now is None or one is None or one.behind_since is None:
            return silent
        return min((at for at in (silent, one.behind_since + IN_THE_AIR) if at > now), default=None)

    def may_still_come(self, node: str, now: datetime) -> bool:
        """Whether a node never heard may yet be: we have listened no longer than it may be quiet."""
        is_new = self.liveness(node, now) is Liveness.NEVER_HEARD
        return is_new and now - self.since <= self.patience(node)

    def heard_since(self, node: str) -> datetime | None:
        """Since when the node is heard without a silence; None: it is not heard."""
        one = self.nodes.get(node)
        return None if one is None else one.heard_since

    def newest_numbered(self, node: str, epoch: str) -> int:
        """The newest seq that the node says it has given out in this epoch; 0 when it has not said."""
        one = self.nodes.get(node)
        said = (one.hello, one.health) if one is not None else ()
        return max((word.seq for word in said if word is not None and word.epoch == epoch), default=0)

    def set_behind(self, node: str, is_behind: bool, now: datetime) -> None:
        """Whether events that the node has numbered are not here yet."""
        one = self.nodes.get(node)
        if one is not None and (one.behind_since is not None) is not is_behind:
            one.behind_since = now if is_behind else None
            self.version += 1

    def is_behind(self, node: str, now: datetime) -> bool:
        """Whether what the node saw is still on its way: nobody knows how its rooms are.

        At once when it has just come back; else after a moment, for its newest events may be in the air.
        """
        one = self.nodes.get(node)
        if one is None or one.behind_since is None:
            return False
        is_back = one.heard_since is not None and one.behind_since - one.heard_since < IN_THE_AIR
        return is_back or now - one.behind_since >= IN_THE_AIR

    def holds_back(self, node: str) -> bool:
        """Whether what passes its doors does not arrive here as new: its outbox refuses, or is a copy."""
        one = self.nodes.get(node)
        return one is not None and one.health is not None and any(map(_is_refusal, one.health.faults))

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: how long ago everybody was heard stays what it was."""
        self.version += 1
        self.since += by
        for one in self.nodes.values():
            if one.last_heard is not None:
                one.last_heard += by
            if one.heard_since is not None:
                one.heard_since += by
            if one.behind_since is not None:
                one.behind_since += by

    def is_alive(self, node: str, now: datetime) -> bool:
        """Whether the node may be believed at `now`: it is there, and understood."""
        return self.liveness(node, now) is Liveness.ONLINE and self.accord(node) is Accord.AGREED


def _is_refusal(fault: str) -> bool:
    return fault.startswith(("outbox: ", "outbox-copy: "))
