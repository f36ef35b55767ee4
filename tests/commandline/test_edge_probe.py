import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from commandline import edge_probe
from commandline.edge_probe import probe
from commandline.edge_screen import Picture
from edge.config import read_node_config
from edge.outbox.outbox import Outbox
from tests.commandline.model_bench import ModelBench
from tests.commandline.test_edge_check import AIR, EPOCH, GAUGE, TAGS, write
from tests.edge.test_config import DOOR, POST

CONTACT = '[[contacts]]\nchannel = "window"\n[contacts.contact]\npin = 22\n'
#: At a terminal: what a script starts with `&` inherits that Ctrl-C is not for it.
_CHILD = """
import argparse, signal, sys
from commandline import edge_probe
signal.signal(signal.SIGINT, signal.default_int_handler)
parser = argparse.ArgumentParser()
edge_probe.add_arguments(parser)
sys.exit(edge_probe.run(parser.parse_args(sys.argv[1:])))
"""
#: Pictures after which a test has failed.
MOST = 2_000
Seen = dict[str, Picture]


class Observer:
    """A screen that lets time pass between two pictures, and presses Ctrl-C when it has seen enough."""

    def __init__(
        self,
        machine: ModelBench,
        is_enough: Callable[[Seen], bool],
        acts: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.seen: Seen = {}
        self.is_ended = False
        self._machine = machine
        self._is_enough = is_enough
        self._acts = list(acts)
        self._left = MOST

    def draw(self, pictures: Sequence[Picture]) -> None:
        self.seen = {picture.channel: picture for picture in pictures}
        self._left -= 1
        if self._is_enough(self.seen) or not self._left:
            raise KeyboardInterrupt
        for act in self._acts[:1]:
            act()
        del self._acts[:1]
        self._machine.clock.advance(0.25)

    def end(self) -> None:
        self.is_ended = True


@pytest.fixture
def machine(tmp_path: Path) -> ModelBench:
    machine = ModelBench(tmp_path)
    machine.gauge.volts[0] = 1.5
    return machine


def probed(machine: ModelBench, folder: Path, tables: str, observer: Observer, *only: str) -> Seen:
    config = read_node_config(Path(write(folder, 1883, tables)))
    assert probe(config, machine.bench, observer, None, list(only)) == 0
    assert observer.is_ended
    return observer.seen


def test_probe_shows_what_sensors_measure(machine: ModelBench, tmp_path: Path) -> None:
    machine.thermometer.look_at(object_c=34.57)
    machine.air.air(812, 22.4, 0.41)
    observer = Observer(
        machine, lambda seen: all(seen[name].readings for name in ("thermometer", "air", "soap"))
    )
    seen = probed(machine, tmp_path, POST + AIR + GAUGE, observer)
    assert seen["thermometer"].readings["object_c"] == 34.57
    assert str(seen["thermometer"].readings["raw"]).startswith("0x3C1A/")
    assert seen["air"].readings == {"co2_ppm": 812, "temperature_c": 22.4, "humidity_percent": 41}
    assert seen["soap"].readings["level_percent"] == 50


def test_probe_shows_beams_and_counts_passages(machine: ModelBench, tmp_path: Path) -> None:
    outer, inner = machine.door()
    acts = [
        lambda: outer.set(True),
        lambda: inner.set(True),
        lambda: outer.set(False),
        lambda: inner.set(False),
    ]
    broken: list[object] = []

    def is_enough(seen: Seen) -> bool:
        broken.append((seen["main"].readings["outer"], seen["main"].readings["inner"]))
        return bool(seen["main"].counted)

    seen = probed(machine, tmp_path, DOOR, Observer(machine, is_enough, acts))
    assert broken[:5] == [
        ("free", "free"),
        ("BROKEN", "free"),
        ("BROKEN", "BROKEN"),
        ("free", "BROKEN"),
        ("free", "free"),
    ]
    assert seen["main"].counted == {"in": 1}
    assert seen["main"].last.startswith("last in: 1, confidence")


def test_probe_shows_contacts(machine: ModelBench, tmp_path: Path) -> None:
    window = machine.pins.pin(22)
    window.drive(False)
    observer = Observer(machine, lambda seen: seen["window"].last == "open", [lambda: window.drive(True)])
    seen = probed(machine, tmp_path, CONTACT, observer)
    assert seen["window"].readings["contact"] == "at rest"


def test_probe_shows_the_name_of_a_card_and_never_its_number(machine: ModelBench, tmp_path: Path) -> None:
    machine.reader.lay(bytes.fromhex("04A1B2C3"))
    observer = Observer(machine, lambda seen: "card" in seen["tags"].readings)
    seen = probed(machine, tmp_path, TAGS, observer)
    assert seen["tags"].readings["card"] == "airing-started"
    assert "04A1" not in repr(seen).upper()


def test_probe_shows_a_missing_sensor_in_its_line_and_goes_on(machine: ModelBench, tmp_path: Path) -> None:
    machine.thermometer.dead = True
    observer = Observer(machine, lambda seen: bool(seen["thermometer"].faults and seen["air"].readings))
    seen = probed(machine, tmp_path, POST + AIR, observer)
    assert "no answer" in seen["thermometer"].faults["thermometer"]
    assert seen["air"].faults == {}


def test_probe_takes_a_fault_back_when_the_sensor_answers(machine: ModelBench, tmp_path: Path) -> None:
    machine.thermometer.dead = True
    faults: list[bool] = []

    def is_enough(seen: Seen) -> bool:
        faults.append(bool(seen["thermometer"].faults))
        machine.thermometer.dead = not any(faults)
        return any(faults) and not faults[-1]

    seen = probed(machine, tmp_path, POST, Observer(machine, is_enough))
    assert seen["thermometer"].readings


def test_probe_shows_a_pin_that_is_refused(machine: ModelBench, tmp_path: Path) -> None:
    machine.door()
    config = DOOR + DOOR.replace("main", "yard").replace("17", "22").replace("27", "23")
    machine.pins.pin(23).frequency = None
    machine.pins.reserve_pins(machine, 23)  # type: ignore[no-untyped-call]  # gpiozero has no type stubs
    seen = probed(machine, tmp_path, config, Observer(machine, lambda seen: True))
    assert "pin 23" in seen["yard"].faults["pins"]
    assert seen["main"].faults == {}


def test_probe_of_one_channel_leaves_the_others_alone(machine: ModelBench, tmp_path: Path) -> None:
    machine.door()
    seen = probed(machine, tmp_path, DOOR + POST, Observer(machine, lambda seen: True), "main")
    assert list(seen) == ["main"]
    assert machine.buses[1].transfers == 0


def test_probe_leaves_nothing_beside_the_outbox(machine: ModelBench, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    tables = POST
    config = read_node_config(
        Path(write(tmp_path, 1883, tables, outbox=str(tmp_path / "data" / "outbox.sqlite")))
    )
    probe(config, machine.bench, Observer(machine, lambda seen: bool(seen["thermometer"].readings)), None, [])
    assert list((tmp_path / "data").iterdir()) == []


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    edge_probe.add_arguments(parser)
    return edge_probe.run(parser.parse_args(words))


def test_probe_names_the_channels_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, 1883, DOOR + POST)
    assert run(file, "--channel", "mian") == 1
    assert capsys.readouterr().err == f"{file}: no channel `mian`; there are main, thermometer\n"


def test_probe_names_every_channel_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, 1883, DOOR)
    assert run(file, "--channel", "a", "--channel", "main", "--channel", "b") == 1
    assert capsys.readouterr().err == f"{file}: no channel `a`, `b`; there are main\n"


def test_probe_says_that_a_time_needs_a_unit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("node.toml", "--for", "5")
    assert 'did you mean "5s"?' in capsys.readouterr().err


def test_probe_refuses_beside_a_running_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, 1883, DOOR)
    with closing(Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)):
        assert run(file) == 1
    assert "systemctl stop kuzet-edge" in capsys.readouterr().err


def test_probe_ends_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write(tmp_path, 1883, DOOR), "--for", "100ms") == 0
    assert capsys.readouterr().out == "     0.0 s  main             outer free · inner free\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_probe_ends_well_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", _CHILD, write(tmp_path, 1883, DOOR)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
    ) as child:
        assert child.stdout is not None
        try:
            assert "main" in child.stdout.readline()
            child.send_signal(number)
            _, errors = child.communicate(timeout=60.0)
        finally:
            child.kill()
    assert (child.returncode, errors) == (0, "")
    assert list((tmp_path / "tmp").iterdir()) == []
