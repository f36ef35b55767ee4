import errno
from collections.abc import Callable

import pytest
from smbus2 import I2cFunc, i2c_msg

from simulator.i2c_bus import BlinkaBus, Fault, Flip, I2CBus, Message, open_smbus
from simulator.mlx90614 import ADDRESS, EMISSIVITY, OBJECT, Mlx90614, to_raw

ASK_OBJECT = Message(0x5A, b"\x07")
ANSWER = Message(0x5A, count=3)
WRITE_98 = Message(0x5A, bytes.fromhex("24 E0 FA 83"))
ERASE = Message(0x5A, bytes.fromhex("24 00 00 28"))


class Bench:
    """A sensor on a bus, in a clock that stands still unless moved."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.sensor = Mlx90614(lambda: self.now_s)
        self.bus = I2CBus(self.sensor, wait=self.wait)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def read(self, command: int, count: int = 3) -> bytes:
        return self.bus.transfer(Message(0x5A, bytes([command])), Message(0x5A, count=count))[1]

    def errno_of(self, *messages: Message) -> int | None:
        try:
            self.bus.transfer(*messages)
        except OSError as error:
            return error.errno
        return None


def test_sensor_answers_the_datasheets_example() -> None:
    bench = Bench()
    bench.sensor.look_at(object_c=28.01)
    assert bench.read(0x07).hex() == "d23a30"


def test_read_past_the_checksum_gives_ones() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0x3AD2
    assert bench.read(0x07, 5).hex() == "d23a30ffff"


@pytest.mark.parametrize(
    ("value_c", "raw"), [(28.01, 0x3AD2), (36.61, 15488), (-70.01, 0x27AD), (382.19, 0x7FFF)]
)
def test_to_raw_known_quantities(value_c: float, raw: int) -> None:
    assert to_raw(value_c) == raw


def test_sensor_hears_its_own_address_and_nought() -> None:
    bench = Bench()
    assert [address for address in range(0x80) if bench.sensor.answers(address)] == [0x00, 0x5A]


def test_dead_sensor_acknowledges_nothing() -> None:
    bench = Bench()
    bench.sensor.dead = True
    assert bench.errno_of(ASK_OBJECT, ANSWER) == errno.EREMOTEIO


def test_adapter_that_is_not_a_pis_says_so_differently() -> None:
    bus = I2CBus(nack_errno=errno.ENXIO)
    with pytest.raises(OSError, match="Errno 6"):
        bus.transfer(ASK_OBJECT)


def test_flag_stays_for_as_many_words_as_told() -> None:
    bench = Bench()
    bench.sensor.look_at(object_c=34.07)
    bench.sensor.flag_next = 1
    assert [bench.read(0x07)[1] & 0x80 for _ in range(2)] == [0x80, 0]


def test_unknown_command_is_refused() -> None:
    bench = Bench()
    assert bench.errno_of(Message(0x5A, b"\x4f"), ANSWER) == errno.EREMOTEIO
    assert bench.sensor.complaints == ["unknown command 0x4F"]


def test_probe_without_a_command_is_acknowledged() -> None:
    bench = Bench()
    assert bench.errno_of(Message(0x5A, b"")) is None
    assert bench.errno_of(Message(0x5A, count=1)) is None


def test_eeprom_takes_an_erase_and_a_write() -> None:
    bench = Bench()
    bench.bus.transfer(ERASE)
    bench.wait(0.02)
    bench.bus.transfer(WRITE_98)
    bench.wait(0.02)
    assert bench.sensor.eeprom[EMISSIVITY] == 0xFAE0
    assert bench.read(0x24)[:2].hex() == "e0fa"
    assert bench.sensor.complaints == []


def test_eeprom_without_an_erase_keeps_the_old_bits() -> None:
    bench = Bench()
    bench.sensor.eeprom[EMISSIVITY] = 0x0F0F
    bench.bus.transfer(WRITE_98)
    assert bench.sensor.eeprom[EMISSIVITY] == 0xFAE0 | 0x0F0F
    assert bench.sensor.complaints == ["cell 0x04 written without erasing it first"]


def test_eeprom_refuses_a_wrong_checksum() -> None:
    bench = Bench()
    assert bench.errno_of(Message(0x5A, bytes.fromhex("24 E0 FA 84"))) == errno.EREMOTEIO
    assert bench.sensor.eeprom[EMISSIVITY] == 0xFFFF


def test_eeprom_is_busy_for_a_while_after_a_write() -> None:
    bench = Bench()
    bench.bus.transfer(ERASE)
    assert bench.read(0xF0)[0] == 0x90
    assert bench.errno_of(Message(0x5A, b"\x24"), ANSWER) == errno.EREMOTEIO
    assert bench.errno_of(WRITE_98) == errno.EREMOTEIO
    bench.wait(0.005)
    assert bench.read(0xF0)[0] == 0x10
    assert bench.errno_of(WRITE_98) is None


def test_new_address_counts_after_power_on_only() -> None:
    bench = Bench()
    bench.sensor.eeprom[ADDRESS] = 0xBE2A
    assert bench.sensor.answers(0x5A)
    bench.sensor.power_cycle()
    assert (bench.sensor.answers(0x5A), bench.sensor.answers(0x2A)) == (False, True)


@pytest.mark.parametrize("wake", [Mlx90614.wake, Mlx90614.power_cycle])
def test_sleeping_sensor_is_silent_until_woken(wake: Callable[[Mlx90614], None]) -> None:
    bench = Bench()
    bench.bus.transfer(Message(0x5A, bytes.fromhex("FF E8")))
    assert not bench.sensor.answers(0x5A)
    wake(bench.sensor)
    assert bench.sensor.answers(0x5A)


def test_two_sensors_share_the_wires() -> None:
    one, two = Mlx90614(lambda: 0.0), Mlx90614(lambda: 0.0, address=0x5B)
    one.ram[OBJECT], two.ram[OBJECT] = 0x3AD2, 0x3B00
    smbus = open_smbus(I2CBus(one, two))
    assert [smbus.read_word_data(address, 0x07) for address in (0x5A, 0x5B)] == [0x3AD2, 0x3B00]


def test_zeroes_win_where_two_talk_at_once() -> None:
    one, two = Mlx90614(lambda: 0.0), Mlx90614(lambda: 0.0)
    one.ram[OBJECT], two.ram[OBJECT] = 0x3A0F, 0x3AF3
    assert open_smbus(I2CBus(one, two)).read_word_data(0x5A, 0x07) == 0x3A03


def test_stuck_bus_times_out_after_a_second() -> None:
    bench = Bench()
    bench.bus.faults.append(Fault.STUCK)
    assert bench.errno_of(ASK_OBJECT, ANSWER) == errno.ETIMEDOUT
    assert bench.now_s == 1.0
    assert bench.errno_of(ASK_OBJECT, ANSWER) is None


def test_flip_inverts_the_bits_it_names() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0x3AD2
    bench.bus.faults.append(Flip((0, 23)))
    assert bench.read(0x07).hex() == "523a31"


# The doors: smbus2's own code, and Blinka's.


def test_smbus2_reads_with_the_kernels_checksum() -> None:
    bench = Bench()
    bench.sensor.look_at(object_c=28.01)
    smbus = open_smbus(bench.bus)
    smbus.pec = 1
    assert smbus.read_word_data(0x5A, 0x07) == 0x3AD2
    bench.bus.faults.append(Flip((3,)))
    with pytest.raises(OSError, match="Errno 74"):
        smbus.read_word_data(0x5A, 0x07)


def test_smbus2_without_the_checksum_believes_damage() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0x3AD2
    bench.bus.faults.append(Flip((7,)))
    assert open_smbus(bench.bus).read_word_data(0x5A, 0x07) == 0x3AD3


def test_smbus2_writes_the_eeprom_with_the_kernels_checksum() -> None:
    bench = Bench()
    smbus = open_smbus(bench.bus)
    smbus.pec = 1
    smbus.write_word_data(0x5A, 0x24, 0x0000)
    bench.wait(0.02)
    smbus.write_word_data(0x5A, 0x24, 0xFAE0)
    assert bench.sensor.eeprom[EMISSIVITY] == 0xFAE0


def test_smbus2_without_the_checksum_cannot_write_the_eeprom() -> None:
    bench = Bench()
    with pytest.raises(OSError, match="Errno 121"):
        open_smbus(bench.bus).write_word_data(0x5A, 0x24, 0x0000)
    assert bench.sensor.eeprom[EMISSIVITY] == 0xFFFF


def test_smbus2_messages_are_its_own() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0x3AD2
    asked, answer = i2c_msg.write(0x5A, [0x07]), i2c_msg.read(0x5A, 3)
    open_smbus(bench.bus).i2c_rdwr(asked, answer)
    assert bytes(answer).hex() == "d23a30"


def test_smbus2_on_an_adapter_without_checksums_says_so() -> None:
    smbus = open_smbus(I2CBus(functions=I2cFunc.I2C))
    with pytest.raises(OSError, match="SMBUS_PEC is not a feature"):
        smbus.pec = 1


def test_smbus2_closed_is_closed() -> None:
    smbus = open_smbus(Bench().bus)
    smbus.close()
    smbus.close()
    assert smbus.fd is None


def test_smbus2_finds_no_other_bus() -> None:
    smbus = open_smbus(Bench().bus)
    smbus.close()
    with pytest.raises(FileNotFoundError):
        smbus.open(2)


def test_blinka_reads_two_bytes_and_leaves_the_checksum() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0x3AD2
    answer = bytearray(2)
    BlinkaBus(bench.bus).writeto_then_readfrom(0x5A, b"\x07", answer)
    assert answer.hex() == "d23a"


def test_blinka_lock_is_held_once() -> None:
    blinka = BlinkaBus(Bench().bus)
    assert [blinka.try_lock(), blinka.try_lock()] == [True, False]
    blinka.unlock()
    assert blinka.try_lock()
