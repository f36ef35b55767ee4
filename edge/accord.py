"""What the hub says to read in, whether it may be told events and in which version out.

A hub that does not say reads version 1; so does one that was not heard yet, until it was.
"""

import logging

from protocol.wire import UNSAID, Accord, Wire

log = logging.getLogger(__name__)


class HubAccord:
    """How this node and its hub understand each other. Owned by the node's one thread."""

    def __init__(self, own: Wire) -> None:
        self.own = own
        #: What the hub said last; None: it was not heard since the start.
        self.hub: Wire | None = None

    def hear(self, hub: Wire) -> None:
        """The hub said what it reads."""
        before = self.hub
        self.hub = hub
        if before != hub:
            level = logging.INFO if self.agreed is not None else logging.ERROR
            log.log(level, "wire=%s hub=%s speaks=%s", self.agreed or "none", hub, self.own)

    @property
    def agreed(self) -> int | None:
        """The version to write in; None: nothing is sent, everything is kept."""
        return self.own.agreed(self.hub or UNSAID)

    @property
    def standing(self) -> Accord | None:
        """How the hub stands to this node; None: it was not heard yet."""
        return None if self.hub is None else self.own.accord(self.hub)
