"""The systemd services of hub and node: sound, shut in, and watched where the code says that it moves."""

import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

import kuzet
from tests.servers import find_program

UNITS = Path(__file__).parents[2] / "deploy/systemd"
SERVICES = sorted(UNITS.glob("*.service"))
PROGRAM = "/opt/kuzet/.venv/bin/kuzet"
#: Exposure by `systemd-analyze security`, tenths of 0 to 10; from 1 to 5 it calls a service "OK".
MOST_EXPOSED = 25
#: Whose loop beats (`commandline/heart.py`, `edge/life/watchdog.py`): elsewhere it would kill what is well.
BEATING = {"hub_run", "courier_run", "history_run", "home_assistant_run", "edge_run"}
ROOTS = Path(__file__).parents[2] / "commandline"


class Sections(RawConfigParser):
    """A unit file, in which a key may come twice: the last one counts here."""

    def __init__(self) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), delimiters=("=",), interpolation=None)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def read(path: Path) -> RawConfigParser:
    unit = Sections()
    # A line that ends in a backslash goes on.
    unit.read_string(path.read_text(encoding="utf-8").replace("\\\n", " "))
    return unit


def words_of(path: Path) -> list[str]:
    return read(path)["Service"]["ExecStart"].split()


def command_of(path: Path) -> str:
    """The module of the command that a unit runs, which has one word or two."""
    _, *words = words_of(path)
    return kuzet.COMMANDS.get((words[0], words[1])) or kuzet.COMMANDS[(words[0],)]


#: Those that run for ever.
LASTING = [one for one in SERVICES if read(one)["Service"].get("Type") != "oneshot"]


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = [find_program("systemd-analyze", "systemd"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with programs that are there: those they name are on a hub or a node only."""
    for path in sorted(UNITS.iterdir()):
        text = path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


def test_units_are_sound_to_systemd(installed: Path) -> None:
    names = [str(installed / path.name) for path in [*SERVICES, *sorted(UNITS.glob("*.timer"))]]
    done = analyze("verify", "--man=no", *names)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_unit_is_shut_in(service: Path, installed: Path) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(installed / service.name))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_unit_runs_a_command_of_ours(service: Path) -> None:
    assert words_of(service)[0] == PROGRAM
    assert (ROOTS / f"{command_of(service)}.py").exists()


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_unit_is_watched_exactly_where_its_loop_says_that_it_moves(service: Path) -> None:
    section = read(service)["Service"]
    assert ("WatchdogSec" in section) == (command_of(service) in BEATING)
    assert ("WatchdogSec" in section) <= (section.get("Type") == "notify")


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_unit_has_a_limit_of_memory_and_no_way_to_more_rights(service: Path) -> None:
    section = read(service)["Service"]
    assert (section["NoNewPrivileges"], section["ProtectSystem"]) == ("yes", "strict")
    assert {"MemoryMax", "TasksMax", "SystemCallFilter", "RestrictAddressFamilies"} <= set(section)


@pytest.mark.parametrize("service", LASTING, ids=lambda p: p.stem)
def test_service_never_gives_up_and_waits_for_nobody(service: Path) -> None:
    unit = read(service)
    assert (unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert {"After", "Requires", "Wants", "BindsTo"} & set(unit["Unit"]) == set()


@pytest.mark.parametrize("beating", sorted(BEATING - {"edge_run"}))
def test_loop_of_a_watched_command_beats(beating: str) -> None:
    assert "heart.beat()" in (ROOTS / f"{beating}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["kuzet-courier", "kuzet-web", "kuzet-backup"])
def test_service_that_lowers_itself_may(name: str) -> None:
    # `nice` and limits of its own are among @resources: refused, the courier would not even start.
    text = (UNITS / f"{name}.service").read_text(encoding="utf-8")
    refused = [line for line in text.splitlines() if line.startswith("SystemCallFilter=~")]
    assert refused
    assert not any("@resources" in line for line in refused)
