"""Files of the kernel in, °C, megabytes, the power supply's faults and the clock's state out.

None, or nothing, where the machine cannot say.
"""

import os
from collections.abc import Callable
from pathlib import Path

from protocol.clock import kernel_clock_synced
from protocol.events import ClockState

_MB = 1024 * 1024
#: Bits of the firmware's word for what is so now; 16 bits higher, for what has been so since the start.
#: Source: Raspberry Pi documentation, `vcgencmd get_throttled`.
_POWER = {0: "under-voltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}
_NOW = 0xF
_SINCE = 16
_DAY_S = 86_400.0


class Machine:
    """The computer a node runs on; `root` is `/` but in tests."""

    def __init__(
        self, root: Path, data: Path, kernel_synced: Callable[[], bool | None] = kernel_clock_synced
    ) -> None:
        # Strings, and names found once: a Path for each look interns its parts, and the table of interned
        # strings grows by a megabyte in half a day.
        self._root = str(root)
        self._data = data
        self._kernel_synced = kernel_synced
        firmware = sorted(root.glob("sys/devices/platform/*/*firmware/get_throttled"))
        self._throttled = str(firmware[0].relative_to(root)) if firmware else None
        #: Bits ever seen: the kernel's own watch of the voltage clears the firmware's memory every 2 s.
        self._power_seen = 0

    def cpu_c(self) -> float | None:
        """Temperature of the processor, °C."""
        text = self._read("sys/class/thermal/thermal_zone0/temp")
        try:
            return int(text) / 1000 if text else None
        except ValueError:
            return None

    def throttled(self) -> bool | None:
        """Whether the firmware slows the processor down now: a weak supply, or heat. None but on a Pi."""
        bits = self._power_bits()
        return None if bits is None else bool(bits & _NOW)

    def power(self) -> tuple[str, ...]:
        """What is wrong with supply and cooling, in words: `under-voltage now`, `throttled has occurred`."""
        bits = self._power_bits() or 0
        self._power_seen |= bits | (bits & _NOW) << _SINCE
        return tuple(
            f"{word} now" if bits >> bit & 1 else f"{word} has occurred"
            for bit, word in _POWER.items()
            if (bits >> bit | self._power_seen >> bit + _SINCE) & 1
        )

    def disk_free_mb(self) -> float | None:
        """Room where the outbox is."""
        try:
            disk = os.statvfs(self._data)
        except OSError:
            return None
        return round(disk.f_bavail * disk.f_frsize / _MB, 1)

    def rss_mb(self) -> float | None:
        """Memory this process holds."""
        pages = self._read("proc/self/statm").split()
        return round(int(pages[1]) * os.sysconf("SC_PAGE_SIZE") / _MB, 1) if len(pages) > 1 else None

    def written_mb(self) -> float | None:
        """What this process has sent to the disk since its start."""
        for line in self._read("proc/self/io").splitlines():
            name, _, value = line.partition(": ")
            if name == "write_bytes" and value.isdecimal():
                return int(value) / _MB
        return None

    def clock_state(self) -> ClockState:
        """Whether time service has set the clock: the kernel's word, or systemd-timesyncd's.

        Where neither can be asked the clock is taken as set.
        """
        service = f"{self._root}/run/systemd/timesync"
        said = self._kernel_synced()
        # The kernel forgets after some nine hours without word; timesyncd's file stays to the machine's end.
        if said or os.path.exists(f"{service}/synchronized"):  # noqa: PTH110
            return ClockState.SYNCED
        has_service = os.path.isdir(service)  # noqa: PTH112
        return ClockState.SYNCED if said is None and not has_service else ClockState.ESTIMATED

    def _power_bits(self) -> int | None:
        text = "" if self._throttled is None else self._read(self._throttled)
        try:
            return int(text, 16) if text else None
        except ValueError:
            return None

    def _read(self, name: str) -> str:
        try:
            with open(f"{self._root}/{name}", encoding="ascii") as file:  # noqa: PTH123
                return file.read().strip()
        except (OSError, UnicodeDecodeError):
            return ""


class WritePace:
    """A growing total in, what it grows by in a day out. A card endures some terabytes in all."""

    def __init__(self) -> None:
        self._was: tuple[float, float] | None = None

    def mb_per_day(self, written_mb: float | None, now_s: float) -> float | None:
        """At the pace since it was asked last; None the first time."""
        was, self._was = self._was, None if written_mb is None else (written_mb, now_s)
        if was is None or written_mb is None or now_s <= was[1]:
            return None
        return round((written_mb - was[0]) / (now_s - was[1]) * _DAY_S, 1)
