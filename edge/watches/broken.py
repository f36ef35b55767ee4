"""A channel whose hardware could not be opened in, one fault out: the other channels of the node work on."""

from edge.drivers.errors import DriverError
from edge.faults import FaultBook, Stamp
from edge.watches.watch import Watch
from protocol.events import AnyEvent

#: The whole of a channel.
CHANNEL = "channel"


class BrokenWatch(Watch):
    """Says why, until somebody has mended it and restarted the node."""

    def __init__(self, channel: str, error: DriverError, faults: FaultBook) -> None:
        super().__init__(channel)
        self._error = error
        self._faults = faults

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Say it once."""
        code, detail = self._error.code, str(self._error)
        return self._faults.fault(self.channel, CHANNEL, code, detail, stamp.now_s, stamp)
