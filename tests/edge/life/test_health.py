from pathlib import Path

import pytest

from edge.life.health import Machine, WritePace
from protocol.events import ClockState

THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"


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
    write(tmp_path, THROTTLED, bits)
    assert Machine(tmp_path, tmp_path).throttled() is throttled


def test_machine_says_none_where_it_cannot_say(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "hot\n")
    machine = Machine(tmp_path, tmp_path / "missing")
    found = (machine.cpu_c(), machine.throttled(), machine.disk_free_mb(), machine.rss_mb())
    assert found == (None, None, None, None)


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("0", ()),
        ("50005", ("under-voltage now", "throttled now")),
        ("50000", ("under-voltage has occurred", "throttled has occurred")),
        ("a000a", ("frequency capped now", "soft temperature limit now")),
    ],
)
def test_machine_says_in_words_what_is_wrong_with_its_power(
    tmp_path: Path, bits: str, words: tuple[str, ...]
) -> None:
    write(tmp_path, THROTTLED, bits)
    assert Machine(tmp_path, tmp_path).power() == words


def test_machine_remembers_what_the_firmware_has_forgotten(tmp_path: Path) -> None:
    write(tmp_path, THROTTLED, "1")
    machine = Machine(tmp_path, tmp_path)
    during = machine.power()
    write(tmp_path, THROTTLED, "0")
    assert (during, machine.power()) == (("under-voltage now",), ("under-voltage has occurred",))


def test_machine_says_what_it_has_written(tmp_path: Path) -> None:
    write(tmp_path, "proc/self/io", "rchar: 9\nread_bytes: 4096\nwrite_bytes: 3145728\n")
    assert Machine(tmp_path, tmp_path).written_mb() == 3.0


def test_pace_of_writing_is_that_since_it_was_asked_last() -> None:
    pace = WritePace()
    assert [pace.mb_per_day(mb, s) for mb, s in ((1.0, 0.0), (2.0, 60.0), (2.0, 120.0), (None, 180.0))] == [
        None,
        1440.0,
        0.0,
        None,
    ]


@pytest.mark.parametrize(
    ("kernel", "files", "state"),
    [
        pytest.param(True, (), ClockState.SYNCED, id="kernel-says-so"),
        pytest.param(False, (), ClockState.ESTIMATED, id="kernel-denies"),
        pytest.param(False, ("synchronized",), ClockState.SYNCED, id="kernel-has-forgotten"),
        pytest.param(None, (), ClockState.SYNCED, id="nobody-to-ask"),
        pytest.param(None, (".keep",), ClockState.ESTIMATED, id="timesyncd-waits"),
        pytest.param(None, ("synchronized",), ClockState.SYNCED, id="timesyncd-is-done"),
    ],
)
def test_clock_is_estimated_until_time_service_has_set_it(
    tmp_path: Path, kernel: bool | None, files: tuple[str, ...], state: ClockState
) -> None:
    for name in files:
        write(tmp_path, f"run/systemd/timesync/{name}", "")
    assert Machine(tmp_path, tmp_path, lambda: kernel).clock_state() is state
