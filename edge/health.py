"""Files of the kernel in, °C, megabytes and the clock's state out; None where the machine cannot say."""

import os
from pathlib import Path

from protocol.events import ClockState

_MB = 1024 * 1024
#: The firmware's bits: under-voltage, frequency capped, throttled, soft temperature limit, all now.
_THROTTLED_NOW = 0xF


class Machine:
    """The computer a node runs on; `root` is `/` but in tests."""

    def __init__(self, root: Path, data: Path) -> None:
        self._root = root
        self._data = data

    def cpu_c(self) -> float | None:
        """Temperature of the processor, °C."""
        text = self._read("sys/class/thermal/thermal_zone0/temp")
        try:
            return int(text) / 1000 if text else None
        except ValueError:
            return None

    def throttled(self) -> bool | None:
        """Whether the firmware slows the processor down now: a weak supply, or heat. None but on a Pi."""
        text = self._read("sys/devices/platform/soc/soc:firmware/get_throttled")
        try:
            return bool(int(text, 16) & _THROTTLED_NOW) if text else None
        except ValueError:
            return None

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

    def clock_state(self) -> ClockState:
        """Whether time service has set the clock since the start, as far as systemd-timesyncd tells.

        Without timesyncd (chrony, a container, a laptop) the clock is taken as set.
        """
        service = self._root / "run/systemd/timesync"
        if not service.is_dir() or (service / "synchronized").exists():
            return ClockState.SYNCED
        return ClockState.ESTIMATED

    def _read(self, name: str) -> str:
        try:
            return (self._root / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
