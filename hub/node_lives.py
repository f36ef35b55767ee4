"""Entries of a node in, the lives of its outbox and the faults of each out; any order gives the same. Pure.

A new outbox is a new start of the node: what it said before is no longer true.
"""

from collections.abc import Collection
from datetime import datetime

from hub.campus_state import EpochBook
from protocol.events import Fault, Recovered

#: Lives remembered per node, components per channel.
KEEP_EPOCHS = 4
KEEP_COMPONENTS = 20
#: Channels of a node whose faults are remembered; doors and posts always are.
KEEP_CHANNELS = 100
#: The channel of faults that are the node's own.
NODE_CHANNEL = "node"


class NodeLives:
    """The lives of the nodes, kept in pages that belong to the campus."""

    def __init__(self, pages: dict[str, dict[str, EpochBook]], channels: Collection[tuple[str, str]]) -> None:
        self._pages = pages
        #: The channels in the campus file.
        self._channels = channels
        #: Nodes of which another life is the newest, since somebody took this.
        self.changed: set[str] = set()
        self._newest: dict[str, str] = {}

    def live(self, node: str, epoch: str, at: datetime) -> None:
        """Something of this life came; one of a newer life ends the faults before."""
        lives = self._pages.setdefault(node, {})
        life = lives.get(epoch)
        if life is None:
            life = lives[epoch] = EpochBook(at)
            while len(lives) > KEEP_EPOCHS:
                del lives[min(lives, key=lambda epoch: (lives[epoch].newest_at, epoch))]
        life.newest_at = max(life.newest_at, at)
        newest = _newest(lives) if len(lives) > 1 else epoch
        if self._newest.get(node) != newest:
            self._newest[node] = newest
            self.changed.add(node)

    def note(self, node: str, epoch: str, event: Fault | Recovered) -> None:
        """A fault began or ended in a life that was seen to live; one remembered no more is let pass."""
        channel, life = event.channel, self._pages[node].get(epoch)
        if life is None:
            return
        is_known = channel == NODE_CHANNEL or (node, channel) in self._channels
        # Not these alone: a window contact that broke is a fault of its node too.
        if not is_known and channel not in life.faults and len(life.faults) >= KEEP_CHANNELS:
            return
        components = life.faults.setdefault(channel, {})
        seen = components.get(event.component, (0, False))
        if event.seq > seen[0] and (event.component in components or len(components) < KEEP_COMPONENTS):
            components[event.component] = (event.seq, isinstance(event, Fault))

    def is_faulty(self, node: str, channel: str) -> bool:
        """Whether a fault of the channel is going on, in the node's newest life."""
        lives = self._pages.get(node)
        if not lives:
            return False
        return any(on for _, on in lives[_newest(lives)].faults.get(channel, {}).values())


def _newest(lives: dict[str, EpochBook]) -> str:
    return max(lives, key=lambda epoch: (lives[epoch].newest_at, epoch))
