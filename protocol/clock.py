"""The only module that reads a clock: wall time for *when*, monotonic time for *how long*."""

import ctypes
import time
from datetime import UTC, datetime
from typing import Protocol

#: Of the kernel's time status: nobody has set the clock of late, or somebody set it by hand.
#: Source: adjtimex(2), STA_UNSYNC.
_UNSYNCED = 0x40


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


class _Timex(ctypes.Structure):
    """The head of the kernel's `struct timex`, with room for its tail."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("tail", ctypes.c_ubyte * 256),
    )


def kernel_clock_synced() -> bool | None:
    """Whether the kernel has the wall clock as set by time service; None where there is no way to ask it.

    A kernel that refuses to tell, as a service's filter of system calls can make it, is not taken for a yes.

    systemd-timesyncd, ntpd, and chrony with `rtcsync` tell it; setting the clock by hand takes it back,
    and so do some nine hours without word from time service.
    """
    timex = _Timex()
    try:
        # No modes: it only reads.
        said = _libc.adjtimex(ctypes.byref(timex))
    except AttributeError:
        return None
    return said >= 0 and not timex.status & _UNSYNCED


_libc = ctypes.CDLL(None)
