"""Topic names of major version 1: built from ids, and read back. Pure."""

from typing import NamedTuple

VERSION_ROOT = "kuzet/1"


class Topics:
    """The topics of one site."""

    def __init__(self, site: str) -> None:
        self.root = f"{VERSION_ROOT}/{site}"
        self.hub_status = f"{self.root}/hub/status"
        #: What the hub listens to.
        self.all_events = f"{self.root}/node/+/events"
        self.all_hellos = f"{self.root}/node/+/hello"
        self.all_statuses = f"{self.root}/node/+/status"
        self.all_healths = f"{self.root}/node/+/health"

    def events(self, node: str) -> str:
        """Where a node publishes what it saw."""
        return f"{self.root}/node/{node}/events"

    def hello(self, node: str) -> str:
        """Where a node describes itself."""
        return f"{self.root}/node/{node}/hello"

    def status(self, node: str) -> str:
        """Where a node, or its last will, says whether it is there."""
        return f"{self.root}/node/{node}/status"

    def health(self, node: str) -> str:
        """Where a node says how it is."""
        return f"{self.root}/node/{node}/health"

    def ack(self, node: str) -> str:
        """Where the hub says what of a node is durable."""
        return f"{self.root}/node/{node}/ack"

    def signal(self, node: str) -> str:
        """Where the hub sends a node its allowance."""
        return f"{self.root}/node/{node}/signal"

    def space_state(self, space: str) -> str:
        """Where the hub says what it believes of a space."""
        return f"{self.root}/space/{space}/state"

    def alert(self, alert: str) -> str:
        """Where the hub says that an alert is open."""
        return f"{self.root}/alert/{alert}"


class NodeTopic(NamedTuple):
    """The node and the leaf (`events`, `hello`, …) of a topic below `node/`."""

    node: str
    leaf: str


def read_node_topic(topic: str) -> NodeTopic | None:
    """The node and leaf of a topic, or None when it is not below `node/`."""
    parts = topic.split("/")
    if len(parts) != 6 or parts[3] != "node":
        return None
    return NodeTopic(parts[4], parts[5])
