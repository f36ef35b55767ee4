import argparse
import dataclasses
import json
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from commandline import edge_calibrate
from commandline.edge_calibrate import calibrate
from commandline.edge_calibrate_door import follow
from commandline.edge_outcome import Outcome
from edge.calibration import checked
from edge.channels import Door
from edge.config import read_node_config
from edge.drivers.errors import NotAnswering
from edge.outbox.outbox import Outbox
from edge.watches.sensor import AtOnce
from simulator.i2c_bus import I2CBus
from simulator.mlx90614 import ADDRESS, CONFIG1, EMISSIVITY, Mlx90614
from simulator.pins import SimulatedBeam
from simulator.vl53l1x import Vl53l1x
from simulator.zone_scene import Roi, Sight
from tests.commandline.model_bench import ModelBench
from tests.commandline.test_edge_check import AIR, EPOCH, PROFILE, write
from tests.edge.test_config import DOOR, POST
from tests.fakes.edge import START

WITH_PROFILE = POST + '[posts.thermometer]\nprofile = "forehead.toml"\n'


@pytest.fixture
def machine(tmp_path: Path) -> ModelBench:
    return ModelBench(tmp_path)


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    edge_calibrate.add_arguments(parser)
    return parser.parse_args(words)


def calibrated(machine: ModelBench, folder: Path, tables: str, job: str, channel: str, *words: str) -> int:
    file = write(folder, 1883, tables)
    args = parse(job, file, channel, *words)
    return calibrate(read_node_config(Path(file)), args, machine.bench)


# -- a door


class Walkers:
    """People who walk through two simulated beams while somebody waits, one every three seconds."""

    def __init__(self, machine: ModelBench, first: SimulatedBeam, second: SimulatedBeam) -> None:
        self._machine = machine
        self._beams = first, second
        self._events: list[tuple[float, SimulatedBeam, bool]] = []
        machine.while_waiting = self._pass_time

    def walk(self, people: int, *, back: bool = False) -> None:
        """Begin a second from now, at 1 m/s; `back` enters by the second beam."""
        first, second = reversed(self._beams) if back else self._beams
        begins_s = self._machine.clock.monotonic() + 1.0
        for number in range(people):
            at_s = begins_s + 3.0 * number
            self._events += [(at_s, first, True), (at_s + 0.1, second, True)]
            self._events += [(at_s + 0.25, first, False), (at_s + 0.35, second, False)]

    @property
    def are_through(self) -> bool:
        return not self._events

    def _pass_time(self, seconds: float) -> None:
        now_s = self._machine.clock.monotonic()
        while self._events and self._events[0][0] <= now_s + 1e-6:
            _, beam, broken = self._events.pop(0)
            beam.set(broken)


def walked(
    machine: ModelBench, folder: Path, walkers: Walkers, *, backwards: bool = False, people: int = 10
) -> tuple[Outcome, list[str]]:
    """Ten in and ten out, as the command asks for them."""
    config = read_node_config(Path(write(folder, 1883, DOOR)))
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        asked = line.split()
        # "walk 10 out through `main`, …"
        for _ in range(asked[0] == "walk"):
            walkers.walk(people, back=(asked[2] == "out") is not backwards)

    door: Door = config.doors[0]
    outcome = follow(config, door, 10, 600.0, machine.bench, hear, lambda: walkers.are_through)
    return outcome, said


def test_calibrate_door_counts_ten_in_and_ten_out(machine: ModelBench, tmp_path: Path) -> None:
    outcome, said = walked(machine, tmp_path, Walkers(machine, *machine.door()))
    assert outcome.is_good
    assert [(way["right"], way["wrong"]) for way in outcome.document["ways"]] == [(10, 0), (10, 0)]
    assert "in 7 · out 0 · turned back 0 · unclear 0" in said
    assert outcome.lines[-1] == (
        "good: at most 14% are miscounted (95 %); to know 98 % to ±1 % takes 753 crossings"
    )
    assert outcome.keep is not None
    assert outcome.keep == checked.Checked(
        kind="walk", channel="main", at=outcome.keep.at, passed=True, summary="20 of 20 right"
    )


def test_calibrate_door_measures_the_people(machine: ModelBench, tmp_path: Path) -> None:
    outcome, _ = walked(machine, tmp_path, Walkers(machine, *machine.door()))
    assert outcome.document["body_m"] == pytest.approx(0.25, abs=0.03)
    assert outcome.document["speed_m_s"] == pytest.approx(1.0, abs=0.1)


def test_calibrate_door_says_that_the_beams_are_swapped(machine: ModelBench, tmp_path: Path) -> None:
    outer, inner = machine.door()
    outcome, _ = walked(machine, tmp_path, Walkers(machine, inner, outer))
    assert not outcome.is_good
    assert outcome.document["advice"] == [
        "the door is the wrong way round: swap outer_pin and inner_pin in the node file"
    ]


def test_calibrate_door_says_which_beam_is_blind(machine: ModelBench, tmp_path: Path) -> None:
    outer, inner = machine.door()
    blind = machine.door(5, 6)[1]
    outcome, _ = walked(machine, tmp_path, Walkers(machine, outer, blind))
    assert not outcome.is_good
    (advice,) = outcome.document["advice"]
    assert advice.startswith("the inner beam is blind: broken 0 times")
    assert not inner.is_broken


def test_calibrate_door_needs_everybody(machine: ModelBench, tmp_path: Path) -> None:
    outcome, _ = walked(machine, tmp_path, Walkers(machine, *machine.door()), people=9)
    assert not outcome.is_good
    assert outcome.document["errors"] == 2
    assert outcome.keep is not None
    assert (outcome.keep.passed, outcome.keep.summary) == (False, "18 of 20 right")


ZONES = """
[[doors]]
channel = "main"
driver = "zone-counter"
zones = { bus = 3 }
"""


class Doorway:
    """A VL53L1X above a door, and people of 1.45 m who walk below it, one every five seconds."""

    def __init__(self, machine: ModelBench) -> None:
        self.part = Vl53l1x(machine.clock.monotonic, self._see)
        self._machine = machine
        self._ends_s = 0.0
        #: Zone of the higher SPADs, from when, until when somebody stands in it.
        self._people: list[tuple[bool, float, float]] = []

    def walk(self, people: int, *, from_high: bool) -> None:
        begins_s = self._machine.clock.monotonic() + 2.0
        for number in range(people):
            at_s = begins_s + 5.0 * number
            self._people += [(from_high, at_s, at_s + 0.5), (not from_high, at_s + 0.25, at_s + 0.75)]
            self._ends_s = at_s + 2.0

    def are_through(self) -> bool:
        return self._machine.clock.monotonic() > self._ends_s

    def _see(self, zone: Roi, t_s: float, budget_ms: float) -> Sight:
        is_high = zone.left >= 8
        is_below = any(high == is_high and from_s <= t_s < to_s for high, from_s, to_s in self._people)
        # Noise, as in a living one: an identical answer is an old one.
        signal_kcps = 2000.0 + (t_s * 997.0) % 100.0
        distance_m = 0.95 if is_below else 2.4
        return Sight(distance_m=distance_m, signal_kcps=signal_kcps, ambient_kcps=300.0, sigma_mm=5.0)


def walked_below(machine: ModelBench, folder: Path, *, in_from_high: bool = False) -> Outcome:
    doorway = Doorway(machine)
    machine.buses[3] = I2CBus(doorway.part)
    bench = dataclasses.replace(machine.bench, make_asker=lambda name, wake: AtOnce())
    machine.clock.advance(1.0)
    config = read_node_config(Path(write(folder, 1883, ZONES)))

    def hear(line: str) -> None:
        asked = line.split()
        for _ in range(asked[0] == "walk"):
            doorway.walk(3, from_high=(asked[2] == "in") is in_from_high)

    return follow(config, config.doors[0], 3, 100.0, bench, hear, doorway.are_through)


def test_calibrate_door_counts_below_a_ceiling_sensor(machine: ModelBench, tmp_path: Path) -> None:
    outcome = walked_below(machine, tmp_path)
    assert outcome.is_good
    assert [way["right"] for way in outcome.document["ways"]] == [3, 3]


def test_calibrate_door_says_that_the_zones_are_the_wrong_way_round(
    machine: ModelBench, tmp_path: Path
) -> None:
    outcome = walked_below(machine, tmp_path, in_from_high=True)
    assert not outcome.is_good
    assert outcome.document["advice"] == [
        "the door is the wrong way round: turn `inner_zone` round in the node file"
    ]


def test_calibrate_door_stops_when_the_sensor_is_not_there(machine: ModelBench, tmp_path: Path) -> None:
    config = read_node_config(Path(write(tmp_path, 1883, ZONES)))
    bench = dataclasses.replace(machine.bench, make_asker=lambda name, wake: AtOnce())
    with pytest.raises(NotAnswering, match="zone-counter"):
        follow(config, config.doors[0], 3, 100.0, bench, lambda line: None, lambda: False)


@pytest.mark.parametrize(
    ("outer_broken", "inner_broken", "says"),
    [
        pytest.param(True, False, "the outer beam stays broken", id="outer"),
        pytest.param(False, True, "the inner beam stays broken", id="inner"),
        pytest.param(True, True, "both beams stay broken.*active_low", id="both"),
    ],
)
def test_calibrate_door_refuses_a_door_that_is_never_free(
    machine: ModelBench, tmp_path: Path, outer_broken: bool, inner_broken: bool, says: str
) -> None:
    outer, inner = machine.door()
    outer.set(outer_broken)
    inner.set(inner_broken)
    with pytest.raises(NotAnswering, match=says):
        walked(machine, tmp_path, Walkers(machine, outer, inner))


# -- a post


def shows(machine: ModelBench, mean_c: float, *, drift_c_per_min: float = 0.0) -> None:
    """The thermometer shows this, with the noise of a real one."""
    draw = random.Random(3)
    began_s = machine.clock.monotonic()

    def change(seconds: float) -> None:
        minutes = (machine.clock.monotonic() - began_s) / 60.0
        machine.thermometer.look_at(object_c=mean_c + drift_c_per_min * minutes + draw.gauss(0.0, 0.03))

    machine.thermometer.look_at(object_c=mean_c, ambient_c=23.0)
    machine.while_waiting = change


def test_calibrate_post_passes_a_right_thermometer(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 36.05)
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36.0", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["good"], said["verdict"], said["job"], said["channel"]) == (
        True,
        "pass",
        "post",
        "thermometer",
    )
    assert said["offset_c"] == pytest.approx(0.05, abs=0.02)
    assert said["readings"] == 400
    assert said["took_s"] == pytest.approx(60.0, abs=0.3)
    kept = checked.last(tmp_path / "outbox.sqlite", "thermometer")
    assert kept is not None
    assert (kept.kind, kept.passed, kept.at.date()) == ("black-body", True, START.date())
    assert kept.offset == pytest.approx(0.05, abs=0.02)


def test_calibrate_post_fails_a_shifted_thermometer_and_says_what_to_write(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 36.5)
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36.0") == 1
    assert "write `offset_c = -0.5" in capsys.readouterr().out
    kept = checked.last(tmp_path / "outbox.sqlite", "thermometer")
    assert kept is not None
    assert not kept.passed


def test_calibrate_post_judges_with_the_offset_of_the_node_file(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 36.5)
    tables = POST + "offset_c = -0.5\n"
    assert calibrated(machine, tmp_path, tables, "post", "thermometer", "--reference", "36.0") == 0
    assert "offset_c = -0.50 added" in capsys.readouterr().out


def test_calibrate_post_offers_no_offset_beyond_a_degree(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 37.4)
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36.0") == 1
    said = capsys.readouterr().out
    assert "replace the sensor" in said
    assert "offset_c" not in said


def test_calibrate_post_says_nothing_of_what_has_not_settled(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 36.0, drift_c_per_min=0.3)
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36.0") == 1
    assert "not settled" in capsys.readouterr().out
    assert checked.last(tmp_path / "outbox.sqlite", "thermometer") is None


def test_calibrate_post_allows_for_the_emissivity_of_the_black_body(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Painted 0.95, seen by a sensor set to 0.98: it must read 0.37 °C too low, and that is right.
    shows(machine, 35.63)
    words = ["--reference", "36.0", "--emissivity", "0.95", "--json"]
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", *words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["expected_c"] == pytest.approx(35.63, abs=0.02)


def test_calibrate_post_refuses_a_thermometer_that_fails_too_often(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(machine, 36.0)
    looks = iter(range(10_000))
    steady = machine.while_waiting

    def fail_now_and_then(seconds: float) -> None:
        steady(seconds)
        machine.thermometer.dead = next(looks) % 4 == 0

    machine.while_waiting = fail_now_and_then
    assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36.0") == 1
    assert "100 of 400 looks failed" in capsys.readouterr().err


# -- a sensor's EEPROM and address


def test_calibrate_eeprom_writes_what_differs(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.thermometer.eeprom[EMISSIVITY] = 0xFFFF
    (tmp_path / "forehead.toml").write_text(PROFILE)
    assert calibrated(machine, tmp_path, WITH_PROFILE, "eeprom", "thermometer", "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] == ["emissivity"]
    assert machine.thermometer.eeprom[EMISSIVITY] == 0xFAE0
    assert machine.thermometer.eeprom[CONFIG1] == 0x9FB4


def test_calibrate_eeprom_writes_nothing_twice(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forehead.toml").write_text(PROFILE)
    assert calibrated(machine, tmp_path, WITH_PROFILE, "eeprom", "thermometer") == 0
    assert capsys.readouterr().out == "already as the profile says\n"


def test_calibrate_eeprom_needs_a_profile(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrated(machine, tmp_path, POST, "eeprom", "thermometer") == 1
    assert "names no `profile`" in capsys.readouterr().err


def test_calibrate_address_writes_it_and_says_what_to_change(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.buses[1] = I2CBus(machine.thermometer)
    assert calibrated(machine, tmp_path, POST, "address", "thermometer", "0x5B") == 0
    assert machine.thermometer.eeprom[ADDRESS] & 0xFF == 0x5B
    assert "write `address = 0x5B` for `thermometer` in the node file" in capsys.readouterr().out


def test_calibrate_address_refuses_two_thermometers_on_the_bus(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Mlx90614(machine.clock.monotonic, address=0x5C)
    other.eeprom[0x1C] = 0x1234
    machine.buses[1] = I2CBus(machine.thermometer, other)
    assert calibrated(machine, tmp_path, POST, "address", "thermometer", "0x5B") == 1
    assert "more than one MLX90614" in capsys.readouterr().err


# -- CO2


def test_calibrate_co2_teaches_fresh_air(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.air.air(420)
    machine.air.error_ppm = -60
    assert calibrated(machine, tmp_path, AIR, "co2", "air", "--reference", "420", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["read_ppm"], said["correction_ppm"]) == (360.0, 60)
    assert machine.air.error_ppm == 0
    kept = checked.last(tmp_path / "outbox.sqlite", "air")
    assert kept is not None
    assert (kept.kind, kept.offset) == ("fresh-air", -60.0)


@pytest.mark.parametrize(
    ("breath", "says"),
    [
        pytest.param(lambda k: 1200, "is it outdoors", id="a-room"),
        pytest.param(lambda k: 420 + 40 * (k % 4), "moves by 120 ppm", id="breath"),
    ],
)
def test_calibrate_co2_refuses_air_that_is_not_fresh(
    machine: ModelBench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    breath: Callable[[int], int],
    says: str,
) -> None:
    waits = iter(range(10_000))
    machine.while_waiting = lambda seconds: machine.air.air(breath(next(waits) // 8))
    assert calibrated(machine, tmp_path, AIR, "co2", "air") == 1
    assert says in capsys.readouterr().err
    assert machine.air.recalibration_answer is None
    assert checked.last(tmp_path / "outbox.sqlite", "air") is None


# -- all jobs


@pytest.mark.parametrize(
    ("job", "channel", "says"),
    [
        ("post", "main", "no post `main`; there are: thermometer"),
        ("post", "thermometr", "no post `thermometr`; did you mean `thermometer`?"),
        ("co2", "air", "no air `air`; there are: none"),
    ],
)
def test_calibrate_says_which_channels_it_could(
    machine: ModelBench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    job: str,
    channel: str,
    says: str,
) -> None:
    words = {"post": ["--reference", "36"], "co2": []}[job]
    assert calibrated(machine, tmp_path, DOOR + POST, job, channel, *words) == 1
    assert capsys.readouterr().err == f"{tmp_path}/node.toml: {says}\n"


def test_calibrate_refuses_beside_a_running_node(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)):
        assert calibrated(machine, tmp_path, POST, "post", "thermometer", "--reference", "36") == 1
    assert "systemctl stop kuzet-edge" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["post", "node.toml", "thermometer", "--reference", "96.8"], "expected 20 to 50, got 96.8"),
        (["post", "node.toml", "thermometer", "--reference", "warm"], "invalid number value: 'warm'"),
        (["door", "node.toml", "main", "--people", "0"], "expected 1 to 100, got 0"),
        (["address", "node.toml", "thermometer", "5X"], "expected an address such as 0x5B, got 5X"),
    ],
)
def test_calibrate_refuses_numbers_that_cannot_be(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(*words)
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_calibrate_needs_a_job(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse()
    assert caught.value.code == 2


# -- what is refused before anything is opened


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("door", "f", "main", "--people", "2.5"), "invalid whole number value: '2.5'"),
        (("door", "f", "main", "--people", "0"), "expected 1 to 100, got 0"),
        (("door", "f", "main", "--each", "5"), 'did you mean "5s"?'),
        (("post", "f", "p", "--reference", "37", "--for", "60"), 'did you mean "60s"?'),
        (("address", "f", "p", "0x80"), "expected 0x08 to 0x77"),
        (("address", "f", "p", "-5"), "expected 0x08 to 0x77"),
        (("address", "f", "p", "here"), "expected an address such as 0x5B"),
        (("co2", "f", "air", "--reference", "0"), "expected 400 to 2000, got 0"),
        (("co2", "f", "air", "--reference", "9" * 5000), "expected 400 to 2000"),
    ],
)
def test_calibrate_refuses_numbers_that_nothing_takes(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(*words)
    assert fault in capsys.readouterr().err


def test_calibrate_door_asks_nobody_for_enter_where_nobody_types(
    machine: ModelBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # pytest's own standard input is no terminal.
    machine.door()
    assert calibrated(machine, tmp_path, DOOR, "door", "main", "--each", "3s", "--people", "2") == 1
    said = capsys.readouterr().out
    assert "walk 2 in through `main`, one at a time; then wait until 3 s have passed" in said
    assert "Enter" not in said
