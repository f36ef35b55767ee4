"""How hub and node understand each other in, one fault while they do not out, and one recovery."""

from edge.accord import HubAccord
from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.watches.watch import Watch
from protocol.events import AnyEvent
from protocol.wire import Accord

HUB_VERSION = "hub-version"
_DO = {
    Accord.TOO_OLD: "update the hub; events are kept until then",
    Accord.TOO_NEW: "update this node; events are kept until then",
}


class VersionWatch(Watch):
    """Tells that hub and node are too far apart. Said also when it was said before a restart and goes on."""

    def __init__(self, accord: HubAccord, faults: FaultBook) -> None:
        super().__init__(NODE_CHANNEL)
        self._accord = accord
        self._faults = faults

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Say so once. Nothing is known before the hub was heard."""
        standing = self._accord.standing
        if standing is None:
            return []
        if standing is Accord.AGREED:
            return self._faults.recovered(NODE_CHANNEL, HUB_VERSION, stamp.now_s, stamp)
        detail = f"the hub reads {self._accord.hub}, this node speaks {self._accord.own}: {_DO[standing]}"
        return self._faults.fault(
            NODE_CHANNEL, HUB_VERSION, standing.value, detail, stamp.now_s, stamp, is_worse=True
        )
