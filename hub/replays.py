"""Tells words of a node that somebody says again from words that the node itself sends again. Pure.

A node sends again what it does not know to be durable here; its next health counts that. So what the node
has said to be acknowledged, came again all the same, and was by its own count not sent again, is a replay:
by a recorder, or by a second holder of its key. Where the two cannot be told apart with certainty, nothing is
said: after a connection of the node or of ours until it was heard twice, and of one that was started anew.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from protocol.messages import Health

#: Between two lines about one node: a flood of replays is no flood of the log.
SAID_AGAIN = timedelta(seconds=60)


class Replayed(NamedTuple):
    """What came again though its node had not sent it again; one line of the log."""

    node: str
    epoch: str
    events: int
    first: int
    last: int


@dataclass(slots=True)
class _Heard:
    """Of one node."""

    #: Healths since it or we last connected.
    healths: int = 0
    epoch: str = ""
    #: All up to here it has said to be acknowledged; 0: not known.
    settled: int = 0
    #: Its own count of what it sent again, at its last health.
    resent: int = 0
    #: What came again since, by epoch and seq.
    came_again: list[tuple[str, int]] = field(default_factory=list)
    #: What was found and not said yet, and when something was last said.
    unsaid: int = 0
    said_at: datetime | None = None


#: Of what comes again between two healths no more is remembered, and counted.
MOST_SEQS = 1000


class Replays:
    """Follows every node; of one that says no health nothing is known, and nothing is said."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Heard] = {}
        #: Events that came again and were not sent again by their node.
        self.count = 0

    def connected(self, node: str | None = None) -> None:
        """A node has connected anew, or we have (None): it may honestly send again what it had settled."""
        for name, one in self._nodes.items():
            if node in (None, name):
                one.healths = one.settled = 0

    def came_again(self, node: str, epoch: str, seqs: list[int]) -> None:
        """Events that were here already."""
        one = self._nodes.get(node)
        if one is None or not one.settled:
            return
        # Of an epoch that is over, nothing is ever sent again.
        again = [seq for seq in seqs if epoch != one.epoch or seq <= one.settled]
        room = MOST_SEQS - len(one.came_again)
        one.came_again += [(epoch, seq) for seq in again[:room]]

    def hear(self, node: str, health: Health, now: datetime) -> Replayed | None:
        """What came again since the node's last health is judged by this one; gives what is to be said."""
        one = self._nodes.setdefault(node, _Heard())
        found = self._judge(one, health)
        one.came_again = []
        if health.epoch != one.epoch:
            one.healths, one.settled, one.epoch = 0, 0, health.epoch
        one.healths += 1
        one.resent = health.resent
        # At once after a connection an old acknowledgement may still be on its way to the node.
        is_settled = one.healths > 1 and health.outbox_depth == 0
        if is_settled:
            one.settled = max(one.settled, health.seq)
        if not found:
            return None
        self.count += len(found)
        one.unsaid += len(found)
        if one.said_at is not None and timedelta() <= now - one.said_at < SAID_AGAIN:
            return None
        seqs = [seq for _, seq in found]
        said = Replayed(node, found[0][0], one.unsaid, min(seqs), max(seqs))
        one.said_at, one.unsaid = now, 0
        return said

    def _judge(self, one: _Heard, health: Health) -> list[tuple[str, int]]:
        """What of it the node has not sent itself."""
        own = health.resent - one.resent
        # A count that goes back is of another start: nobody knows what it has sent again.
        if health.epoch != one.epoch or own < 0:
            return []
        return one.came_again[own:]
