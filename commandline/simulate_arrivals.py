"""Whether what a simulated day's nodes have said is with the hub: a busy machine must not silence them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from hub.inbox import Delivery
from protocol.topics import Topics


class Speaker(Protocol):
    """A node, as far as it speaks."""

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""

    @property
    def is_connected(self) -> bool:
        """Whether it runs and has a connection."""

    @property
    def healths(self) -> int:
        """Words on how it is that it has sent since it started."""


class Arrivals:
    """Counts each node's words on how it is, as sent and as heard. Such a word may be lost for good."""

    def __init__(self, nodes: Mapping[str, Speaker], topics: Topics) -> None:
        self._nodes = nodes
        self._node_of = {topics.health(name): name for name in nodes}
        self._heard: Counter[str] = Counter()
        self._sent: Counter[str] = Counter()

    def hear(self, deliveries: Sequence[Delivery]) -> None:
        """These have come."""
        for delivery in deliveries:
            if not delivery.retained and (name := self._node_of.get(delivery.topic)):
                self._heard[name] += 1

    def awaited(self) -> list[str]:
        """The nodes that run and are not connected, or whose newest word has not come."""
        found: list[str] = []
        for name, node in self._nodes.items():
            if node.healths < self._sent[name]:
                self._heard[name] = 0  # it started again, and counts anew
            self._sent[name] = node.healths
            if node.is_alive and (not node.is_connected or self._heard[name] < node.healths):
                found.append(name)
        return found

    def give_up(self) -> None:
        """What has not come by now never will."""
        for name in self._nodes:
            self._heard[name] = max(self._heard[name], self._sent[name])
