"""The only module that reads a clock: wall time for *when*, monotonic time for *how long*."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the shell hands to everything that needs time."""

    def now(self) -> datetime:
        """The instant, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump back, from an arbitrary start."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """The machine's wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """The machine's monotonic clock, seconds."""
        return time.monotonic()
