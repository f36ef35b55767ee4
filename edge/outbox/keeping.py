"""What the hub has acknowledged, forgotten after a week: until then a hub that lost it is told it again."""

import logging

from edge.errors import OutboxError
from edge.faults import Stamp
from edge.outbox.outbox import Outbox
from protocol.events import ClockState

log = logging.getLogger(__name__)

#: Between two looks, seconds.
EVERY_S = 3600.0


class Keeping:
    """A look an hour at the oldest rows that were acknowledged; called by the node's one thread."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._next_s = float("-inf")

    def step(self, stamp: Stamp) -> None:
        """Look if it is time and the clock is set; an outbox that refuses is looked at again in an hour."""
        if stamp.now_s < self._next_s or stamp.clock is not ClockState.SYNCED:
            return
        self._next_s = stamp.now_s + EVERY_S
        try:
            self._outbox.keep_until_old(stamp.now)
        except OutboxError as error:
            log.debug("keeping=waits why=%s", error)
