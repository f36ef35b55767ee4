"""What was measured on people, taken out of a node's outbox within a day where the hub is away for longer."""

import logging
from datetime import datetime, timedelta

from edge.errors import OutboxError
from edge.outbox.outbox import Outbox

log = logging.getLogger(__name__)

#: A waiting screening keeps its readings for so long. With emptying the log there is half an hour to spare.
#: Source: 24 h, reliability.md, requirement 33.
AFTER = timedelta(hours=23)
#: One from further ahead was stamped by a clock that was wrong: its age is not known, so it is old.
AHEAD = timedelta(hours=1)
EVERY_S = 60.0
#: Rows of one look: a quota of 500,000 is looked through within 17 h, the oldest first.
ROWS = 500
#: Between two emptyings of the write-ahead log, seconds: it holds rows as they were, acknowledged ones too.
EMPTY_EVERY_S = 1800.0


class Forgetting:
    """A look a minute at the oldest rows that wait; called by the node's one thread."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        #: Everything up to this number is free of readings.
        self._done_to = 0
        self._next_s = float("-inf")
        self._empty_s: float | None = None

    def step(self, now: datetime, now_s: float) -> None:
        """Look if it is time; an outbox that refuses is looked at again in a minute."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + EVERY_S
        if self._empty_s is None:
            self._empty_s = now_s + EMPTY_EVERY_S
        try:
            if self._outbox.depth:
                old_to, ahead_from = now - AFTER, now + AHEAD
                self._done_to = self._outbox.forget_readings(old_to, ahead_from, self._done_to, ROWS)
            if now_s >= self._empty_s:
                self._outbox.empty_log()
                self._empty_s = now_s + EMPTY_EVERY_S
        except OutboxError as error:
            log.debug("forgetting=waits why=%s", error)
