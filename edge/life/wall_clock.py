"""A machine's clocks and whether time service vouches for them in, a wall time that does not jump about out.

Until time service has set the clock, wall time is the best guess at the start plus monotonic seconds. When
it has, the difference is told once, and whatever was stamped since the start can be corrected exactly.
Afterwards a step that time service does not vouch for is not followed. See docs/decisions/0010.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.kept import replace_file
from protocol.clock import Clock
from protocol.events import AnyEvent, ClockState
from protocol.quantities import format_instant, require_utc, to_milliseconds

log = logging.getLogger(__name__)

#: No clock that runs this is earlier. Set at each release.
BUILT = datetime(2026, 11, 23, tzinfo=UTC)
#: No instant of ours is later: the wire ends with the century, and what is corrected must fit as well.
LATEST = datetime(2090, 1, 1, tzinfo=UTC)
#: A wall clock that differs by more from the monotonic one than before has been set.
STEP = timedelta(seconds=1)
#: Between two savings of the instant, seconds.
SAVE_EVERY_S = 600.0


class Correction(NamedTuple):
    """The wall time was set."""

    #: Added to what this run has stamped so far.
    by: timedelta
    #: Whether time service vouches for it; if not, somebody set the clock by hand.
    synced: bool


class WallClock:
    """The node's wall time, a `protocol.clock.Clock`. `look` is called at each step, before the stamp."""

    def __init__(
        self,
        clock: Clock,
        is_synced: Callable[[], bool],
        *,
        built: datetime = BUILT,
        saved: datetime | None = None,
        save: Callable[[datetime], None] = lambda now: None,
    ) -> None:
        """`saved`: the last instant that an earlier run saved; no later run is before it."""
        self._clock = clock
        self._is_synced = is_synced
        self._built = built
        self._floor = max(built, saved) if saved is not None and saved < LATEST else built
        self._save = save
        self._save_due_s = clock.monotonic() + SAVE_EVERY_S
        #: Whether time service has vouched for the time since the start.
        self._is_trusted = False
        self._was_set_by_hand = False
        wall = clock.now()
        #: The instant at which the monotonic clock was 0, as far as we know.
        self._base = (wall if self._floor <= wall < LATEST else self._floor) - timedelta(
            seconds=clock.monotonic()
        )
        self.look()

    def now(self) -> datetime:
        """The instant, aware, UTC; never before the software was built."""
        return self._base + timedelta(seconds=self._clock.monotonic())

    def monotonic(self) -> float:
        """Seconds that never jump back."""
        return self._clock.monotonic()

    @property
    def state(self) -> ClockState:
        """Whether what is stamped now needs no correction later."""
        return ClockState.SYNCED if self._is_trusted else ClockState.ESTIMATED

    def look(self) -> Correction | None:
        """Follow the machine's clock where it is to be believed; what that adds to all stamped so far."""
        # Asked before and after: if it is set in between, the next look will know which it was.
        was_synced = self._is_synced()
        now_s, wall = self._clock.monotonic(), self._clock.now()
        is_synced = self._is_synced() and was_synced
        base = wall - timedelta(seconds=now_s)
        by = base - self._base
        correction = None
        if is_synced and self._built <= wall < LATEST:
            if not self._is_trusted:
                log.info("clock=synced by=%ss", by.total_seconds())
                correction = Correction(by, True)
            elif abs(by) > STEP:
                log.warning("clock=stepped by=%ss", by.total_seconds())
            self._base, self._is_trusted = base, True
        elif not self._is_trusted and abs(by) > STEP and self._floor <= wall < LATEST:
            log.warning("clock=set-by-hand by=%ss", by.total_seconds())
            correction = Correction(by, False)
            self._base, self._was_set_by_hand = base, True
        self._keep(now_s)
        return correction

    def _keep(self, now_s: float) -> None:
        # A date set by hand may be wrong by years, and would then be the floor of every later run.
        if now_s < self._save_due_s or (self._was_set_by_hand and not self._is_trusted):
            return
        self._save_due_s = now_s + SAVE_EVERY_S
        self._save(self.now())


class InstantFile:
    """Where the newest instant is kept for the next start, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> datetime | None:
        """What was kept; None when nothing was, or it cannot be read."""
        try:
            kept = datetime.fromisoformat(self._path.read_text(encoding="ascii").strip())
            require_utc(kept)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("instant=unreadable file=%s why=%s", self._path, error)
            return None
        return kept.astimezone(UTC)

    def save(self, now: datetime) -> None:
        """Keep it. What cannot be written is said and not missed."""
        try:
            replace_file(self._path, format_instant(now).encode("ascii"))
        except OSError as error:
            log.warning("instant=not-kept file=%s why=%s", self._path, error)


def rebased(event: AnyEvent, by: timedelta, *, synced: bool) -> AnyEvent:
    """An estimated event as the correction makes it; any other as it is. Pure."""
    if event.clock is not ClockState.ESTIMATED:
        return event
    clock = ClockState.SYNCED if synced else ClockState.ESTIMATED
    try:
        return msgspec.structs.replace(event, at=to_milliseconds(event.at + by), clock=clock)
    except (ValueError, OverflowError):
        # No correction leads out of all calendars; the event is worth more than its instant.
        return event
