"""The systemd service of a node: sound, shut in, watched, and alone."""

import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from edge.life.watchdog import STEPS_QUIET_S
from tests.servers import find_program

SERVICE = Path(__file__).parents[1] / "deploy/systemd/kuzet-edge.service"
PROGRAM = "/opt/kuzet/.venv/bin/kuzet"
#: Exposure by `systemd-analyze security`, tenths of 0 to 10; from 1 to 5 it calls a service "OK".
MOST_EXPOSED = 20
#: How C libraries ask whether the clock is set.
CLOCK_CALLS = {"adjtimex", "clock_adjtime", "clock_adjtime64"}


class Sections(RawConfigParser):
    """A unit file, which may have a key twice: the values are joined."""

    def __init__(self) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), delimiters=("=",))

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def unit() -> RawConfigParser:
    parser = Sections()
    parser.read(SERVICE, encoding="utf-8")
    return parser


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The service with a program that is there: the one it names is on Pis only."""
    path = tmp_path / SERVICE.name
    path.write_text(SERVICE.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    return path


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = [find_program("systemd-analyze", "systemd"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_service_is_sound_to_systemd(installed: Path) -> None:
    done = analyze("verify", "--man=no", str(installed))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_service_is_shut_in(installed: Path) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(installed))
    assert done.returncode == 0, done.stdout


def test_service_is_watched_by_its_progress(unit: RawConfigParser) -> None:
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"], service["Restart"]) == ("notify", "main", "always")
    # A stalled loop is started again within a minute: its own patience, then systemd's.
    assert STEPS_QUIET_S + float(service["WatchdogSec"]) <= 60.0
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_service_waits_for_nobody(unit: RawConfigParser) -> None:
    assert {key for section in unit.sections() for key in unit[section]} & {
        "After",
        "Requires",
        "Wants",
        "BindsTo",
    } == set()


def test_service_may_ask_whether_the_clock_is_set_and_cannot_set_it(unit: RawConfigParser) -> None:
    text = SERVICE.read_text(encoding="utf-8").splitlines()
    *_, forbidden, allowed = [line for line in text if line.startswith("SystemCallFilter=")]
    # `@clock` is among the privileged: only what stands after it counts.
    assert forbidden.startswith("SystemCallFilter=~@privileged")
    assert set(allowed.partition("=")[2].split()) == CLOCK_CALLS
    assert not any(line.startswith("ProtectClock=") for line in text)
    assert (unit["Service"]["CapabilityBoundingSet"], unit["Service"]["AmbientCapabilities"]) == ("", "")


def test_service_says_itself_what_is_wrong_where_its_files_are_missing(unit: RawConfigParser) -> None:
    # Without the dash systemd fails before the node can name the file it misses.
    assert unit["Service"]["ReadOnlyPaths"] == "-/etc/kuzet"


def test_service_may_touch_pins_buses_and_its_own_folders_only(unit: RawConfigParser) -> None:
    text = SERVICE.read_text(encoding="utf-8").splitlines()
    assert [line for line in text if line.startswith("DeviceAllow=")] == [
        "DeviceAllow=char-gpiochip rw",
        "DeviceAllow=char-i2c rw",
    ]
    service = unit["Service"]
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert (service["StateDirectory"], service["RuntimeDirectory"]) == ("kuzet", "kuzet")
    assert "Environment=LG_WD=/run/kuzet" in text
    assert service["ExecStart"].startswith(f"{PROGRAM} edge run --config ")
