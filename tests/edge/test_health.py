from pathlib import Path

import pytest

from edge.health import Machine
from protocol.events import ClockState


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_machine_reads_what_the_kernel_says(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "48312\n")
    write(tmp_path, "proc/self/statm", "20000 2560 1000 1 0 900 0\n")
    machine = Machine(tmp_path, tmp_path)
    assert machine.cpu_c() == 48.312
    assert machine.rss_mb() == pytest.approx(10.0)
    assert (machine.disk_free_mb() or 0) > 0


@pytest.mark.parametrize(("bits", "throttled"), [("0", False), ("50000", False), ("50005", True)])
def test_machine_is_throttled_by_what_is_so_now_not_by_what_once_was(
    tmp_path: Path, bits: str, throttled: bool
) -> None:
    write(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    assert Machine(tmp_path, tmp_path).throttled() is throttled


def test_machine_says_none_where_it_cannot_say(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "hot\n")
    machine = Machine(tmp_path, tmp_path / "missing")
    found = (machine.cpu_c(), machine.throttled(), machine.disk_free_mb(), machine.rss_mb())
    assert found == (None, None, None, None)


def test_clock_is_estimated_until_time_service_has_set_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path, tmp_path)
    before_service = machine.clock_state()
    write(tmp_path, "run/systemd/timesync/.keep", "")
    waiting = machine.clock_state()
    write(tmp_path, "run/systemd/timesync/synchronized", "")
    states = [before_service, waiting, machine.clock_state()]
    assert states == [ClockState.SYNCED, ClockState.ESTIMATED, ClockState.SYNCED]
