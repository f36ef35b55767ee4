from collections.abc import Callable
from pathlib import Path

import pytest

from edge.drivers.errors import BusStuck, NotAnswering, SettingFailed, SettingRefused
from edge.drivers.thermometer import ThermometerConfig, profile
from edge.drivers.thermometer_keep import KeptWords
from edge.drivers.thermometer_profile import Ids, ThermometerSetup, WantedProfile, read_wanted
from protocol.errors import ConfigError
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.mlx90614 import ADDRESS, CONFIG1, EMISSIVITY, Mlx90614

FOREHEAD = Path(__file__).parents[3] / "firmware_config/sensors/mlx90614-forehead.toml"
SKIN = WantedProfile(source="test", emissivity=0.98)
#: Filters as some parts leave the factory (IIR 5, FIR 7), with every other bit of 0x9FB4.
SLOW = 0x9FB5


class Memory:
    """What is kept, in a dictionary."""

    def __init__(self) -> None:
        self.words: dict[Ids, int] = {}

    def keep(self, ids: Ids, config1: int) -> None:
        self.words[ids] = config1

    def kept(self, ids: Ids) -> int | None:
        return self.words.get(ids)


class Bench:
    """A sensor with its setup, in a clock that moves when somebody waits."""

    def __init__(self, *, address: int = 0x5A, others: tuple[int, ...] = ()) -> None:
        self.now_s = 0.0
        self.on_wait: list[Callable[[], None]] = []
        self.sensor = Mlx90614(lambda: self.now_s, address=0x5A)
        neighbours = [Mlx90614(lambda: self.now_s, address=other) for other in others]
        for number, neighbour in enumerate(neighbours):
            neighbour.eeprom[0x1D] = 0x7F10 + number
        self.bus = I2CBus(self.sensor, *neighbours, wait=self.wait)
        self.memory = Memory()
        self.setup = ThermometerSetup(
            ThermometerConfig(address=address),
            open_smbus(self.bus),
            lambda: self.now_s,
            self.wait,
            self.memory,
        )

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        if self.on_wait:
            self.on_wait.pop(0)()

    def cut_power(self) -> None:
        self.sensor.dead = True

    def return_power(self) -> None:
        self.now_s += 60.0
        self.sensor.dead = False
        self.sensor.power_cycle()
        self.on_wait.clear()

    @property
    def words(self) -> tuple[int, int]:
        return self.sensor.eeprom[EMISSIVITY], self.sensor.eeprom[CONFIG1]

    @property
    def wear(self) -> int:
        return sum(self.sensor.eeprom_writes.values())


# The file.


def test_forehead_profile_known_quantities() -> None:
    wanted = read_wanted(FOREHEAD)
    assert wanted.raw_emissivity == 0xFAE0
    assert (wanted.iir, wanted.fir) == (4, 7)
    assert wanted.config1_from(SLOW) == 0x9FB4


def test_profile_file_names_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "sensor.toml"
    path.write_text('emisivity = 0.98\niir = 9\nfir = 3\nsource = ""\n')
    with pytest.raises(ConfigError) as refused:
        read_wanted(path)
    text = "\n".join(refused.value.faults)
    assert len(refused.value.faults) == 5
    assert "did you mean `emissivity`?" in text
    assert all(name in text for name in ("`emissivity` is missing", "$.iir", "$.fir", "$.source"))


@pytest.mark.parametrize("word", [0x9FB4, 0x0000, 0xFFFF, 0xB7E1])
def test_profile_touches_no_bit_but_the_filters(word: int) -> None:
    assert (SKIN.config1_from(word) ^ word) & ~0x0707 == 0
    assert SKIN.config1_from(word) & 0x0707 == 0x0704


@pytest.mark.parametrize(
    ("words", "differences"),
    [
        ((0xFAE0, 0x9FB4), ()),
        ((0xFFFF, 0x9FB4), ("emissivity",)),
        ((0xFAE0, 0x9CB5), ("iir", "fir")),
        ((0xFAE0, 0x87B4), ("gain",)),
        ((0x0000, 0x0000), ("emissivity", "iir", "fir", "gain")),
    ],
    ids=["as wanted", "factory", "slow", "another part", "erased"],
)
def test_profile_says_what_a_sensor_has_otherwise(
    words: tuple[int, int], differences: tuple[str, ...]
) -> None:
    wanted = WantedProfile(source="test", emissivity=0.98, gain=3)
    assert wanted.differences(profile(*words)) == differences


# Setting.


def test_sensor_is_set_and_asks_for_a_restart() -> None:
    bench = Bench()
    bench.sensor.eeprom[CONFIG1] = SLOW
    done = bench.setup.apply(SKIN)
    assert bench.words == (0xFAE0, 0x9FB4)
    assert done.changed == ("emissivity", "iir")
    assert (done.needs_restart, done.writes, bench.wear) == (True, 4, 4)
    assert (done.before.emissivity, done.after.iir) == (1.0, 4)
    assert bench.sensor.complaints == []


def test_sensor_that_is_right_is_not_written() -> None:
    bench = Bench()
    bench.setup.apply(SKIN)
    before = bench.wear
    again = bench.setup.apply(SKIN)
    assert (again.changed, again.needs_restart, again.writes, bench.wear) == ((), False, 0, before)


def test_only_the_cell_that_differs_is_written() -> None:
    bench = Bench()
    done = bench.setup.apply(SKIN)
    assert done.changed == ("emissivity",)
    assert (bench.sensor.eeprom_writes[EMISSIVITY], bench.sensor.eeprom_writes[CONFIG1]) == (2, 0)


def test_writes_carry_the_packet_error_codes_of_the_datasheet() -> None:
    heard: list[bytes] = []

    class Listening(Mlx90614):
        def receive(self, address: int, data: bytes) -> None:
            heard.append(bytes([address << 1]) + data)
            super().receive(address, data)

    bench = Bench()
    bench.bus.parts = [Listening(lambda: bench.now_s)]
    bench.setup.apply(SKIN)
    written = [data.hex(" ").upper() for data in heard if len(data) == 5]
    assert written == ["B4 24 00 00 28", "B4 24 E0 FA 83"]


def test_part_with_another_amplification_is_refused_unwritten() -> None:
    bench = Bench()
    with pytest.raises(SettingRefused, match="amplification 5, this part has 3"):
        bench.setup.apply(WantedProfile(source="test", emissivity=0.98, gain=5))
    assert bench.wear == 0


def test_part_with_the_expected_amplification_is_set() -> None:
    assert Bench().setup.apply(WantedProfile(source="test", emissivity=0.98, gain=3)).writes == 2


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("fault", [Fault.NACK, Fault.EIO, Flip((3,)), Flip((9, 20), written=True)], ids=str)
def test_one_damaged_transfer_anywhere_is_outlived(number: int, fault: Fault | Flip) -> None:
    bench = Bench()
    bench.sensor.eeprom[CONFIG1] = SLOW
    bench.bus.faults.extend([None] * number + [fault])
    done = bench.setup.apply(SKIN)
    assert bench.words == (0xFAE0, 0x9FB4)
    assert done.writes <= 6


def test_cell_that_will_not_take_the_word_is_tried_twice_and_named() -> None:
    bench = Bench()
    worn = dict(bench.sensor.eeprom)

    class Worn(dict[int, int]):
        def __setitem__(self, cell: int, word: int) -> None:
            super().__setitem__(cell, word & ~0x0040)

    bench.sensor.eeprom = Worn(worn)
    with pytest.raises(
        SettingFailed, match="emissivity shall be 0xFAE0 and is 0xFAA0 after 2 tries"
    ) as failed:
        bench.setup.apply(SKIN)
    assert failed.value.writes == bench.wear == 4


def test_sensor_that_vanishes_before_anything_is_written_is_not_answering() -> None:
    bench = Bench()
    bench.sensor.dead = True
    with pytest.raises(NotAnswering):
        bench.setup.apply(SKIN)


def test_bus_that_hangs_in_a_write_says_what_may_be_lost() -> None:
    bench = Bench()
    # Four ids, two cells, the cell again, its erase: the ninth transfer is the write.
    bench.bus.faults.extend([None] * 8 + [Fault.STUCK])
    with pytest.raises(SettingFailed, match=r"emissivity was written .* may be erased") as failed:
        bench.setup.apply(SKIN)
    assert failed.value.writes == 2
    assert bench.words[0] == 0


@pytest.mark.parametrize("transfers", [0, 6], ids=["first look", "last look before the erase"])
def test_bus_that_hangs_before_a_write_is_a_stuck_bus(transfers: int) -> None:
    bench = Bench()
    bench.bus.faults.extend([None] * transfers + [Fault.STUCK])
    with pytest.raises(BusStuck):
        bench.setup.apply(SKIN)


# The power cut between erase and write: every place where it can happen.


@pytest.mark.parametrize("waits", range(4))
def test_power_cut_is_seen_afterwards_and_repaired(waits: int) -> None:
    bench = Bench()
    bench.sensor.eeprom[CONFIG1] = SLOW
    bench.on_wait = [lambda: None] * waits + [bench.cut_power]
    with pytest.raises(SettingFailed):
        bench.setup.apply(SKIN)
    bench.return_power()
    bench.setup.apply(SKIN)
    assert bench.words == (0xFAE0, 0x9FB4)


@pytest.mark.parametrize(
    ("cell", "changed"), [(EMISSIVITY, ("emissivity",)), (CONFIG1, ("iir", "fir", "config1"))]
)
def test_erased_cell_is_named_and_written_without_another_erase(cell: int, changed: tuple[str, ...]) -> None:
    bench = Bench()
    bench.setup.apply(SKIN)
    bench.sensor.eeprom[cell] = 0
    done = bench.setup.apply(SKIN)
    assert done.before.is_erased
    assert not done.after.is_erased
    assert (done.changed, done.writes) == (changed, 1)
    assert bench.words == (0xFAE0, 0x9FB4)


def test_calibration_bits_garbled_by_a_power_cut_come_back_from_what_was_kept() -> None:
    bench = Bench()
    bench.setup.apply(SKIN)
    bench.sensor.eeprom[CONFIG1] = 0x1F04
    assert "config1" in bench.setup.apply(SKIN).changed
    assert bench.words[1] == 0x9FB4


def test_lost_calibration_word_that_nobody_kept_is_not_guessed() -> None:
    bench = Bench()
    bench.sensor.eeprom[CONFIG1] = 0
    with pytest.raises(SettingRefused, match="config1_if_lost"):
        bench.setup.apply(SKIN)
    assert bench.wear == 0


def test_lost_calibration_word_is_taken_from_the_profile_where_it_says_so() -> None:
    bench = Bench()
    bench.sensor.eeprom[CONFIG1] = 0
    bench.setup.apply(WantedProfile(source="test", emissivity=0.98, config1_if_lost=SLOW))
    assert bench.words == (0xFAE0, 0x9FB4)


# The address.


def test_new_address_counts_after_a_restart() -> None:
    bench = Bench()
    done = bench.setup.set_address(0x5B)
    assert (done.changed, done.needs_restart, done.writes) == (("address",), True, 2)
    assert bench.sensor.eeprom[ADDRESS] == 0xBE5B
    assert bench.sensor.answers(0x5A)
    bench.sensor.power_cycle()
    assert bench.sensor.answers(0x5B)


def test_address_it_has_already_is_not_written() -> None:
    bench = Bench()
    assert bench.setup.set_address(0x5A).writes == 0
    bench.setup.set_address(0x5B)
    assert bench.setup.set_address(0x5B).writes == 0


@pytest.mark.parametrize("other", [0x5A, 0x5B, 0x2A])
def test_address_is_not_changed_with_a_second_sensor_on_the_bus(other: int) -> None:
    bench = Bench(others=(other,))
    with pytest.raises(SettingRefused, match="more than one MLX90614"):
        bench.setup.set_address(0x5C)
    assert bench.wear == 0


@pytest.mark.parametrize("address", [0x00, 0x07, 0x78, 0x1FF])
def test_reserved_address_is_refused(address: int) -> None:
    with pytest.raises(SettingRefused, match="0x08 to 0x77"):
        Bench().setup.set_address(address)


def test_sensor_that_lost_its_address_in_a_power_cut_is_found_and_repaired() -> None:
    bench = Bench()
    bench.on_wait = [bench.cut_power]
    with pytest.raises(SettingFailed, match="address was written"):
        bench.setup.set_address(0x5B)
    bench.return_power()
    assert not bench.sensor.answers(0x5A)
    bench.setup.set_address(0x5B)
    bench.sensor.power_cycle()
    assert bench.sensor.answers(0x5B)


# What is kept.

IDS = (0x1107, 0x2A5C, 0x3F03, 0x4D21)


def test_kept_words_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "sensors.json"
    KeptWords(path).keep(IDS, 0x9FB4)
    KeptWords(path).keep((1, 2, 3, 4), 0x9FB5)
    assert KeptWords(path).kept(IDS) == 0x9FB4
    assert KeptWords(path).kept((4, 3, 2, 1)) is None


def test_kept_words_that_cannot_be_read_leave_the_eeprom_alone(tmp_path: Path) -> None:
    path = tmp_path / "sensors.json"
    path.write_text("{")
    with pytest.raises(SettingRefused, match="no EEPROM is written"):
        KeptWords(path).kept(IDS)


def test_kept_words_that_cannot_be_written_leave_the_eeprom_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="left alone"):
        KeptWords(tmp_path / "missing" / "sensors.json").keep(IDS, 0x9FB4)
