import argparse
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commandline import edge_check
from commandline.edge_check import Report, check
from commandline.edge_machine import is_open_elsewhere, keeps_outputs
from edge.calibration import checked
from edge.config import read_node_config
from edge.outbox.outbox import Outbox
from protocol.broker import BrokerConfig, Session
from simulator.i2c_bus import I2CBus
from simulator.vl53l1x import Vl53l1x
from tests.brokers import MosquittoServer, free_port, mosquitto  # noqa: F401  # the fixture
from tests.commandline.model_bench import HangingBus, ModelBench
from tests.edge.test_config import DOOR, LIGHT, OTHER_DOOR, POST
from tests.fakes.edge import START

AIR = '[[air]]\nchannel = "air"\n'
TAGS = '[[tags]]\nchannel = "tags"\n[tags.reader]\ncards = { "04A1B2C3" = "airing-started" }\n'
GAUGE = """
[[dispensers]]
channel = "soap"
[dispensers.lever]
press_pin = 25
[dispensers.gauge]
empty_v = 0.5
full_v = 2.5
"""
PROFILE = 'source = "test"\nemissivity = 0.98\niir = 4\nfir = 7\n'
WITH_PROFILE = POST + '[posts.thermometer]\nprofile = "forehead.toml"\n'
EPOCH = "0" * 26


@pytest.fixture
def machine(tmp_path: Path) -> ModelBench:
    machine = ModelBench(tmp_path)
    machine.gauge.volts[0] = 1.5
    machine.door()
    return machine


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    edge_check.add_arguments(parser)
    return edge_check.run(parser.parse_args(words))


def write(folder: Path, port: int, tables: str, *, outbox: str | None = None, pins: str = "mock") -> str:
    path = folder / "node.toml"
    path.write_text(
        f'site = "demo"\nnode = "n"\noutbox = "{outbox or folder / "outbox.sqlite"}"\npins = "{pins}"\n'
        f"{tables}\n[broker]\nport = {port}\n",
        encoding="utf-8",
    )
    return str(path)


def checked_on(machine: ModelBench, folder: Path, tables: str, buses_s: float = 8.0) -> Report:
    """The node checked on the modelled machine, without a word of its broker, which is not there."""
    file = Path(write(folder, free_port(), tables))
    report = check(read_node_config(file), file, machine.bench, 0.05, buses_s)
    report.faults = [fault for fault in report.faults if not fault.startswith("$.broker")]
    return report


@pytest.mark.broker
def test_edge_check_of_a_good_node(
    machine: ModelBench,
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
) -> None:
    file = Path(write(tmp_path, mosquitto.port, DOOR + LIGHT))
    assert check(read_node_config(file), file, machine.bench, 60.0).faults == []


@pytest.mark.broker
def test_edge_check_leaves_whoever_is_connected_as_the_node_alone(
    machine: ModelBench,
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
) -> None:
    node = Session(
        BrokerConfig(port=mosquitto.port, client_id="n"), on_message=lambda topic, payload, retained: None
    )
    node.start()
    node.wait_connected(60.0)
    file = Path(write(tmp_path, mosquitto.port, DOOR))
    assert check(read_node_config(file), file, machine.bench, 60.0).faults == []
    assert (node.is_connected, node.connects) == (True, 1)
    node.stop()


def test_edge_check_says_every_fault_of_the_machine_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Bus 251 is on no machine this is tested on.
    post = POST + "[posts.thermometer]\nbus = 251\n"
    file = write(tmp_path, free_port(), DOOR + post, outbox="/nonexistent/outbox.sqlite")
    assert run(file, "--wait", "200ms") == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"{file}: ").split(":")[0] for line in lines] == [
        "$.posts[0].thermometer `thermometer`",
        "$.outbox",
        "$.broker",
    ]


def test_edge_check_says_faults_of_the_file_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, 1883, DOOR.replace("27", "17"))
    assert run(file, "--json") == 1
    said = capsys.readouterr()
    assert said.err == ""
    document = json.loads(said.out)
    assert document["file"] == file
    assert [fault.startswith(f"{file}: $.doors[0].beams") for fault in document["faults"]] == [True, True]


def test_edge_check_of_the_file_alone_asks_for_no_hardware(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, free_port(), DOOR + POST, pins="lgpio", outbox="/nonexistent/outbox.sqlite")
    assert run(file, "--file-only") == 0
    assert capsys.readouterr().out == f"{file}: good\n"


def test_edge_check_of_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path / "missing.toml")) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'missing.toml'}: no such file; check the path\n"


def test_edge_check_asks_every_sensor_who_it_is(machine: ModelBench, tmp_path: Path) -> None:
    report = checked_on(machine, tmp_path, DOOR + POST + AIR + TAGS + GAUGE)
    assert report.faults == []
    assert report.buses == {"1": ["0x48", "0x5A", "0x62"], "3": ["0x24"]}
    said = [note for note in report.notes if note.startswith("bus ")]
    assert sorted(said) == [
        "bus 1 0x48 ADS1115 `soap`: input 0: 1.500 V, level 50%",
        "bus 1 0x5A MLX90614 `thermometer`: ids 1107-2A5C-3F03-4D21, emissivity 0.980, IIR 4, FIR 7; "
        "object 21.99 °C, ambient 21.99 °C",
        "bus 1 0x62 SCD41 `air`: serial F8969F073BBE",
        "bus 3 0x24 PN532 `tags`: chip 0x32, firmware 1.6, 1 cards",
    ]


def test_edge_check_asks_a_ceiling_sensor_for_its_model(machine: ModelBench, tmp_path: Path) -> None:
    sensor = Vl53l1x(machine.clock.monotonic, lambda zone, t_s, budget_ms: NotImplemented)
    machine.clock.advance(1.0)
    machine.buses[3] = I2CBus(sensor)
    door = '[[doors]]\nchannel = "main"\ndriver = "zone-counter"\nzones = { bus = 3 }\n'
    assert "bus 3 0x29 VL53L1X `main`: model 0xEACC" in checked_on(machine, tmp_path, door).notes
    sensor.registers[0x010F] = 0xEB
    (fault,) = checked_on(machine, tmp_path, door).faults
    assert fault.startswith("$.doors[0].zones `main`: expected model 0xEACC, got 0xEBCC")


def test_edge_check_says_what_answers_instead_of_the_sensor(machine: ModelBench, tmp_path: Path) -> None:
    report = checked_on(machine, tmp_path, POST + "[posts.thermometer]\naddress = 0x5B\n")
    assert report.faults == [
        "$.posts[0].thermometer `thermometer`: no MLX90614 answers at 0x5B on bus 1 "
        "(found: 0x48, 0x5A, 0x62); check its supply, its two wires, and `address`"
    ]
    assert "bus 1 0x5A answers, and the file names nothing there" in report.notes


def test_edge_check_says_each_sensor_that_does_not_answer(machine: ModelBench, tmp_path: Path) -> None:
    machine.thermometer.dead = machine.air.dead = True
    report = checked_on(machine, tmp_path, POST + AIR + GAUGE)
    assert [fault.split(":")[0] for fault in report.faults] == [
        "$.posts[0].thermometer `thermometer`",
        "$.air[0].sensor `air`",
    ]


def test_edge_check_says_what_the_profile_would_change(machine: ModelBench, tmp_path: Path) -> None:
    (tmp_path / "forehead.toml").write_text(PROFILE.replace("0.98", "0.95").replace("fir = 7", "fir = 6"))
    report = checked_on(machine, tmp_path, POST + '[posts.thermometer]\nprofile = "forehead.toml"\n')
    (fault,) = report.faults
    assert fault.startswith(
        "$.posts[0].thermometer `thermometer`: emissivity is 0.980 and shall be 0.950, FIR is 7 and "
        "shall be 6 by forehead.toml: `kuzet edge calibrate eeprom "
    )


def test_edge_check_of_a_sensor_set_as_its_profile_says(machine: ModelBench, tmp_path: Path) -> None:
    (tmp_path / "forehead.toml").write_text(PROFILE)
    report = checked_on(machine, tmp_path, POST + '[posts.thermometer]\nprofile = "forehead.toml"\n')
    assert report.faults == []


def test_edge_check_says_that_a_profile_is_missing(machine: ModelBench, tmp_path: Path) -> None:
    report = checked_on(machine, tmp_path, POST + '[posts.thermometer]\nprofile = "missing.toml"\n')
    (fault,) = report.faults
    assert fault.startswith("$.posts[0].thermometer.profile: ")
    assert "missing.toml: no such file" in fault


def test_edge_check_looks_at_the_profile_of_a_sensor_that_does_not_answer(
    machine: ModelBench, tmp_path: Path
) -> None:
    machine.thermometer.dead = True
    (tmp_path / "forehead.toml").write_text(PROFILE.replace("0.98", "98"))
    profile, sensor = checked_on(machine, tmp_path, WITH_PROFILE).faults
    assert "forehead.toml: $.emissivity: " in profile
    assert "no MLX90614 answers" in sensor


def test_edge_check_of_the_file_alone_looks_at_its_profiles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, 1883, WITH_PROFILE)
    assert run(file, "--file-only") == 1
    said = capsys.readouterr().err
    assert said.startswith(
        f"{file}: $.posts[0].thermometer.profile: {tmp_path / 'forehead.toml'}: no such file"
    )


def test_edge_check_goes_on_when_a_bus_is_held(machine: ModelBench, tmp_path: Path) -> None:
    machine.buses[1].stuck = True
    report = checked_on(machine, tmp_path, DOOR + POST + AIR + TAGS)
    (fault,) = report.faults
    assert fault.startswith("$.posts[0].thermometer `thermometer`, $.air[0].sensor `air`: bus 1: ")
    assert report.buses == {"3": ["0x24"]}


def test_edge_check_ends_when_a_bus_hangs_for_ever(machine: ModelBench, tmp_path: Path) -> None:
    machine.buses[1] = HangingBus()
    report = checked_on(machine, tmp_path, DOOR + POST + TAGS, buses_s=0.3)
    (fault,) = report.faults
    assert fault.startswith("bus 1: has not come back")
    assert report.buses == {"3": ["0x24"]}


def test_edge_check_opens_every_pin_and_says_each_that_is_refused(
    machine: ModelBench, tmp_path: Path
) -> None:
    machine.door(22, 23)
    taken: Any = machine.pins  # gpiozero has no type stubs
    taken.reserve_pins(machine, 17)
    taken.reserve_pins(machine, 23)
    report = checked_on(machine, tmp_path, DOOR + OTHER_DOOR)
    assert [fault.split(":")[0] for fault in report.faults] == [
        "$.doors[0].beams `main`",
        "$.doors[1].beams `yard`",
    ]


def test_edge_check_gives_the_pins_back(machine: ModelBench, tmp_path: Path) -> None:
    assert checked_on(machine, tmp_path, DOOR + LIGHT).faults == []
    assert checked_on(machine, tmp_path, DOOR + LIGHT).faults == []


def test_edge_check_notes_a_beam_that_is_broken(machine: ModelBench, tmp_path: Path) -> None:
    outer, _ = machine.door()
    outer.set(True)
    report = checked_on(machine, tmp_path, DOOR)
    assert report.faults == []
    assert any("`main`: the outer beam is broken now" in note for note in report.notes)


def test_edge_check_of_a_running_node_touches_no_hardware(machine: ModelBench, tmp_path: Path) -> None:
    with closing(Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)):
        report = checked_on(machine, tmp_path, DOOR + POST)
    (fault,) = report.faults
    assert "a node is running with this file" in fault
    assert machine.buses[1].transfers == 0


def test_edge_check_of_a_running_node_asks_no_broker(machine: ModelBench, tmp_path: Path) -> None:
    # None listens: asked, it would be a fault.
    file = Path(write(tmp_path, free_port(), DOOR))
    with closing(Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)):
        faults = check(read_node_config(file), file, machine.bench, 0.05).faults
    assert ["a node is running" in fault for fault in faults] == [True]


def test_edge_check_names_every_file_of_the_broker_that_is_not_there(
    machine: ModelBench, tmp_path: Path
) -> None:
    file = Path(write(tmp_path, 1883, DOOR))
    with file.open("a", encoding="utf-8") as text:
        text.write('ca_file = "/nonexistent/ca"\npassword_file = "/nonexistent/password"\n')
    assert check(read_node_config(file), file, machine.bench, 0.05).faults == [
        "$.broker.password_file: /nonexistent/password cannot be read: No such file or directory",
        "$.broker.ca_file: /nonexistent/ca cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("key", "content", "fault"),
    [
        ("ca_file", b"hello\n", "holds no certificate (PEM)"),
        ("ca_file", b"", "holds no certificate (PEM)"),
        ("password_file", b" \n", "is empty"),
        ("password_file", b"\xff\xfe", "cannot be read"),
    ],
)
def test_edge_check_looks_into_the_files_of_the_broker(
    machine: ModelBench, tmp_path: Path, key: str, content: bytes, fault: str
) -> None:
    (tmp_path / "named").write_bytes(content)
    file = Path(write(tmp_path, 1883, DOOR))
    with file.open("a", encoding="utf-8") as text:
        text.write(f'{key} = "{tmp_path / "named"}"\n')
    (said,) = check(read_node_config(file), file, machine.bench, 0.05).faults
    assert said.startswith(f"$.broker.{key}: {tmp_path / 'named'} {fault}")


def test_edge_check_says_what_nobody_expected_of_a_bus(machine: ModelBench, tmp_path: Path) -> None:
    machine.buses[1] = object()
    (fault,) = checked_on(machine, tmp_path, POST).faults
    assert fault.startswith("$.posts[0].thermometer `thermometer`: AttributeError: ")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--wait", "5"), 'did you mean "5s"?'),
        (("--wait", "99999999999999d"), 'expected at most "10min"'),
        (("--wait", f"{'9' * 400}d"), 'expected at most "10min"'),
    ],
)
def test_edge_check_says_how_long_it_may_wait(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], hint: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("node.toml", *words)
    assert hint in capsys.readouterr().err


def test_edge_check_of_the_file_alone_says_that_the_outbox_has_no_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(write(tmp_path, 1883, DOOR, outbox="here"))
    file.write_text(file.read_text(encoding="utf-8").replace('"here"', '""'), encoding="utf-8")
    assert run(str(file), "--file-only") == 1
    assert capsys.readouterr().err.startswith(f"{file}: $.outbox: names no file")


def test_an_outbox_that_nobody_has_open_is_not_in_use(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    assert not is_open_elsewhere(path)
    assert list(tmp_path.iterdir()) == []
    Outbox.open(path, lambda: EPOCH).close()
    assert not is_open_elsewhere(path)


def test_edge_check_says_when_a_post_was_last_checked(machine: ModelBench, tmp_path: Path) -> None:
    done = checked.Checked(
        kind="black-body", channel="thermometer", at=START, passed=True, summary="offset +0.05 ±0.10 °C"
    )
    checked.keep(tmp_path / "outbox.sqlite", done)
    report = checked_on(machine, tmp_path, POST)
    assert "`thermometer`: last checked 2026-11-23, passed: offset +0.05 ±0.10 °C" in report.notes


def test_edge_check_says_what_was_never_checked(machine: ModelBench, tmp_path: Path) -> None:
    notes = checked_on(machine, tmp_path, DOOR + POST + AIR + TAGS).notes
    assert [note for note in notes if "never" in note] == [
        "`main`: never walked: `kuzet edge calibrate door FILE main`",
        "`thermometer`: never looked at a black body: `kuzet edge calibrate post FILE thermometer`",
        "`air`: never checked in fresh air: `kuzet edge calibrate co2 FILE air`",
    ]


def test_edge_check_says_that_a_door_failed_and_when_the_air_was_taught(
    machine: ModelBench, tmp_path: Path
) -> None:
    walk = checked.Checked(kind="walk", channel="main", at=START, passed=False, summary="15 of 20 right")
    fresh = checked.Checked(
        kind="fresh-air", channel="air", at=START - timedelta(days=200), passed=True, summary="read 420 ppm"
    )
    checked.keep(tmp_path / "outbox.sqlite", walk)
    checked.keep(tmp_path / "outbox.sqlite", fresh)
    notes = checked_on(machine, tmp_path, DOOR + AIR).notes
    assert [note for note in notes if "last checked" in note] == [
        "`main`: last checked 2026-11-23, failed: 15 of 20 right; do it again: "
        "`kuzet edge calibrate door FILE main`",
        "`air`: last checked 2026-05-07, passed: read 420 ppm; it is time to check it again",
    ]


def test_edge_check_says_that_the_supply_is_weak(machine: ModelBench, tmp_path: Path) -> None:
    said = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    said.parent.mkdir(parents=True)
    said.write_text("50005\n")
    report = checked_on(machine, tmp_path, DOOR)
    assert [fault.split(";")[0] for fault in report.faults] == ["supply: under-voltage now"]


@pytest.mark.parametrize(
    ("driver", "name", "value", "keeps"),
    [
        ("pinctrl_bcm2835", "persist_gpio_outputs", "Y", True),
        ("pinctrl_rp1", "persist_gpio_outputs", "N", False),
        ("pinctrl_bcm2835", "strict_gpiod", "N", True),
        ("pinctrl_rp1", "strict_gpiod", "Y", False),
        ("some_other", "persist_gpio_outputs", "Y", False),
    ],
)
def test_kernel_that_keeps_outputs_is_known(
    tmp_path: Path, driver: str, name: str, value: str, keeps: bool
) -> None:
    parameter = tmp_path / "sys/module" / driver / "parameters" / name
    parameter.parent.mkdir(parents=True)
    parameter.write_text(value + "\n")
    assert keeps_outputs(tmp_path) is keeps
