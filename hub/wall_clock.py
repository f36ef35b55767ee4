"""The instant of a turn, and by how much the wall clock was set since the last one."""

from datetime import datetime, timedelta

from protocol.clock import Clock
from protocol.quantities import to_milliseconds

#: A wall clock that differs by more from the steady one since the last look has been set.
CLOCK_STEP = timedelta(seconds=2)


class WallClock:
    """Compares the wall clock with the steady one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall_was = to_milliseconds(clock.now())
        self._steady_was = clock.monotonic()

    def look(self) -> tuple[datetime, timedelta | None]:
        """Now, and by how much the clock was set; None: it was not."""
        now, now_s = to_milliseconds(self._clock.now()), self._clock.monotonic()
        stepped = (now - self._wall_was) - timedelta(seconds=now_s - self._steady_was)
        self._wall_was, self._steady_was = now, now_s
        return now, stepped if abs(stepped) >= CLOCK_STEP else None
