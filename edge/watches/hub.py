"""What the lights rest on in, one fault when the node has been alone for a while out, and one recovery."""

from collections.abc import Callable

from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.indicator import Standing
from edge.watches.watch import Watch
from protocol.events import AnyEvent

HUB = "hub"

#: Seconds without a broker, or with a signal too old, before it is said: a restart is over by then.
AWAY_S = 15.0
#: Seconds after the start in which the first signal may come.
FIRST_S = 60.0

_DETAILS = {
    Standing.WAITING: "no signal since the start; lights say unknown: does the hub know this node?",
    Standing.ALONE: "the broker is away; lights count the last signal down",
    Standing.STALE: "the last signal is too old; lights say unknown",
}


class HubWatch(Watch):
    """Tells that the node is alone. It goes on counting; the event waits in the outbox with the others."""

    def __init__(self, standing: Callable[[], Standing], faults: FaultBook) -> None:
        super().__init__(NODE_CHANNEL)
        self._standing = standing
        self._faults = faults
        self._since_s: float | None = None

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Say so once, when it has lasted."""
        standing = self._standing()
        if standing is Standing.FOLLOWING:
            self._since_s = None
            return self._faults.recovered(NODE_CHANNEL, HUB, stamp.now_s, stamp)
        if self._since_s is None:
            self._since_s = stamp.now_s
        patience_s = FIRST_S if standing is Standing.WAITING else AWAY_S
        if stamp.now_s - self._since_s < patience_s:
            return []
        return self._faults.fault(NODE_CHANNEL, HUB, "away", _DETAILS[standing], stamp.now_s, stamp)
