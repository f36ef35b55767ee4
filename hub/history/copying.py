"""The copy of the hub's books: one step writes one batch, and forgets nothing that the server might.

Points are deterministic, so writing one again changes nothing: whenever it is not certain that the server
kept what it answered, the rows are written again.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from hub.history.cursor import CursorFile
from hub.history.source import BEGINNING, Piece, Source
from hub.history.target import Target, TargetAway, TargetBusy
from protocol.clock import Clock

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
    """The copy: one step writes one batch of one book, and forgets nothing that the server might."""

    def __init__(
        self,
        *,
        sources: Sequence[Source],
        target: Target,
        cursor: CursorFile,
        clock: Clock,
        chance: Callable[[], float],
        batch: int,
        poll_s: float,
    ) -> None:
        self._sources, self._target = sources, target
        self._cursor, self._clock, self._chance = cursor, clock, chance
        self._batch, self._poll_s = batch, poll_s
        kept = cursor.load()
        self._settled = self._copied = {one.name: kept.get(one.name, BEGINNING) for one in sources}
        #: Answered but not settled: when (monotonic) and up to where.
        self._unsettled: deque[tuple[float, dict[str, str]]] = deque()
        self._connection = target.connections
        self._renewed_s = self._next_ping_s = float("-inf")
        self._failures = 0
        self._is_behind = True
        #: Which book is read next: none waits for another that never ends.
        self._turn = 0
        #: Why the server is away; None while it is there.
        self.away: TargetAway | None = None

    @property
    def places(self) -> Mapping[str, str]:
        """Up to where each book is copied, settled or not."""
        return self._copied

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

        Raises HistoryRefused when waiting will not help, StoreError when a book cannot be read.
        """
        name, piece = self._next_piece()
        try:
            if piece.lines:
                self._target.write(piece.lines)
            elif self._unsettled and self._clock.monotonic() >= self._next_ping_s:
                self._target.ping()
            else:
                self._advance(name, piece)
                return piece.rows
        except TargetAway as away:
            self._go_away(away)
            return 0
        self._take_answer(name, piece)
        return piece.rows

    def _next_piece(self) -> tuple[str, Piece]:
        """What is new in the next book that has anything new; a piece of nothing when none has."""
        for _ in self._sources:
            source = self._sources[self._turn % len(self._sources)]
            self._turn += 1
            place = self._copied[source.name]
            piece = source.after(place, self._batch)
            if piece is None:
                log.warning("journal replaced place=%s; copying from the beginning", place)
                self._settled = dict.fromkeys(self._copied, BEGINNING)
                self._step_back()
                place = BEGINNING
                piece = source.after(place, self._batch) or Piece([], place)
            if piece.place != place:
                return source.name, piece
        return "", Piece([], BEGINNING)

    def _advance(self, name: str, piece: Piece) -> None:
        self._is_behind = bool(name)
        if name:
            self._copied = {**self._copied, name: piece.place}

    def _take_answer(self, name: str, piece: Piece) -> None:
        now = self._clock.monotonic()
        if self.away is not None:
            log.warning("history back target=%s", self._target.name)
            self.away, self._failures = None, 0
        self._next_ping_s = now + PING_EVERY_S
        is_renewed = self._connection != self._target.connections
        self._connection = self._target.connections
        self._advance(name, piece)
        if is_renewed and self._unsettled and now - self._renewed_s >= RENEWED_EVERY_S:
            # It may have died and come back between two writes, without any of them failing.
            self._renewed_s = now
            self._step_back()
            return
        if name:
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
