"""The copy of the journal: one step writes one batch, and forgets nothing that the server might.

Points are deterministic, so writing one again changes nothing: whenever it is not certain that the server
kept what it answered, the rows are written again.
"""

import logging
from collections import deque
from collections.abc import Callable

from hub.history.points import Points
from hub.history.rows import CursorFile, JournalRows, Mark, Row
from hub.history.target import Target, TargetAway, TargetBusy
from protocol.clock import Clock
from protocol.codec import decode_event

log = logging.getLogger(__name__)
#: A server killed by -9 forgets the last 5–10 s of what it had answered (measured, victoria-metrics 1.79.5).
#: What it answered is settled when it has lived on for so long, seconds.
SETTLE_S = 30.0
#: While something is not settled and nothing is new, the server is asked so often whether it lives, seconds.
PING_EVERY_S = 5.0
#: A connection that was renewed without a fault makes us write again at most so often, seconds: a server
#: that ends every connection of itself would otherwise keep us from ever settling anything.
RENEWED_EVERY_S = 2 * SETTLE_S
#: Waiting for a server that is away: doubles from the first to the second, seconds.
AWAY_FROM_S, AWAY_TO_S = 0.5, 30.0


class History:
    """The copy: one step writes one batch, and forgets nothing that the server might."""

    def __init__(
        self,
        *,
        rows: JournalRows,
        points: Points,
        target: Target,
        cursor: CursorFile,
        clock: Clock,
        chance: Callable[[], float],
        batch: int,
        poll_s: float,
    ) -> None:
        self._rows, self._points, self._target = rows, points, target
        self._cursor, self._clock, self._chance = cursor, clock, chance
        self._batch, self._poll_s = batch, poll_s
        self._settled = self._copied = cursor.load()
        #: Answered but not settled: when (monotonic) and up to where.
        self._unsettled: deque[tuple[float, Mark]] = deque()
        self._connection = target.connections
        self._renewed_s = self._next_ping_s = float("-inf")
        self._failures = 0
        self._is_behind = True
        #: Why the server is away; None while it is there.
        self.away: TargetAway | None = None

    @property
    def position(self) -> int:
        """The newest position that is copied, settled or not."""
        return self._copied.position

    @property
    def is_caught_up(self) -> bool:
        """Whether the last step found nothing more to copy."""
        return not self._is_behind and self.away is None

    @property
    def pause_s(self) -> float:
        """How long to wait before the next step, seconds."""
        if self.away is not None:
            longest = min(AWAY_TO_S, AWAY_FROM_S * 2.0 ** min(self._failures - 1, 16))
            return longest * (0.5 + 0.5 * self._chance())
        return 0.0 if self._is_behind else self._poll_s

    def step(self) -> int:
        """Write the next batch; returns its rows: 0 when nothing is new or the server is away.

        Raises HistoryRefused when waiting will not help, StoreError when the journal cannot be read.
        """
        rows = self._next_rows()
        lines = [line for row in rows if (line := self._points.line(row.mark.node, decode_event(row.body)))]
        try:
            if lines:
                self._target.write(lines)
            elif self._unsettled and self._clock.monotonic() >= self._next_ping_s:
                self._target.ping()
            else:
                self._advance(rows)
                return len(rows)
        except TargetAway as away:
            self._go_away(away)
            return 0
        self._take_answer(rows)
        return len(rows)

    def _next_rows(self) -> list[Row]:
        rows = self._rows.after(self._copied, self._batch)
        if rows is None:
            log.warning("journal replaced position=%d; copying from the beginning", self._copied.position)
            self._settled = Mark()
            self._step_back()
            rows = self._rows.after(self._settled, self._batch)
        return rows or []

    def _advance(self, rows: list[Row]) -> None:
        self._is_behind = len(rows) == self._batch
        self._copied = rows[-1].mark if rows else self._copied

    def _take_answer(self, rows: list[Row]) -> None:
        now = self._clock.monotonic()
        if self.away is not None:
            log.warning("history back target=%s position=%d", self._target.name, self._copied.position)
            self.away, self._failures = None, 0
        self._next_ping_s = now + PING_EVERY_S
        is_renewed = self._connection != self._target.connections
        self._connection = self._target.connections
        self._advance(rows)
        if is_renewed and self._unsettled and now - self._renewed_s >= RENEWED_EVERY_S:
            # It may have died and come back between two writes, without any of them failing.
            self._renewed_s = now
            self._step_back()
            return
        if rows:
            self._unsettled.append((now, self._copied))
        settled = self._settled
        while self._unsettled and now - self._unsettled[0][0] >= SETTLE_S:
            _, settled = self._unsettled.popleft()
        if settled != self._settled:
            self._settled = settled
            self._cursor.save(settled)

    def _go_away(self, away: TargetAway) -> None:
        if self.away is None:
            log.warning("history away target=%s reason=%s", self._target.name, away)
        self.away = away
        self._failures += 1
        if not isinstance(away, TargetBusy):
            self._step_back()

    def _step_back(self) -> None:
        self._copied = self._settled
        self._unsettled.clear()
        self._is_behind = True
