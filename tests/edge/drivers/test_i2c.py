import errno
import os
from collections.abc import Iterator
from itertools import count

import pytest
from smbus2 import I2cFunc

from edge.drivers.errors import (
    BadChecksum,
    BusStuck,
    BusUnavailable,
    DriverError,
    NotAnswering,
    OutOfRange,
    ReadFailed,
    SensorError,
    SettingFailed,
    SettingRefused,
    Stalled,
)
from edge.drivers.i2c import (
    crc8,
    open_bus,
    read,
    read_fault,
    read_word,
    require_messages,
    scan,
    why_not_opened,
    with_retries,
    write,
    write_read,
    write_word,
)
from simulator.ads1115 import Ads1115
from simulator.i2c_bus import Fault, I2CBus, open_smbus
from simulator.mlx90614 import Mlx90614


def a_sensor(address: int = 0x5A) -> Mlx90614:
    return Mlx90614(lambda: 0.0, address=address)


@pytest.mark.parametrize(
    ("sent", "pec"),
    [
        pytest.param("B4 07 B5 D2 3A", 0x30, id="read object, the datasheet's example"),
        pytest.param("B4 24 E0 FA", 0x83, id="write emissivity 0.98"),
        pytest.param("B4 24 00 00", 0x28, id="erase emissivity"),
        pytest.param("00 2E 00 00", 0x6F, id="erase address, Melexis 390119061402"),
        pytest.param("00 2E 5A 00", 0xE1, id="write address 0x5A, Melexis 390119061402"),
        pytest.param("", 0x00, id="nothing"),
    ],
)
def test_crc8_known_quantities(sent: str, pec: int) -> None:
    assert crc8(bytes.fromhex(sent)) == pec


def test_read_word_carries_one_transfer_and_no_state() -> None:
    sensor, other = a_sensor(), a_sensor(0x5B)
    sensor.ram[0x07], other.ram[0x07] = 0x3AD2, 0x3AD3
    bus = I2CBus(sensor, other)
    smbus = open_smbus(bus)
    assert (read_word(smbus, 0x5A, 0x07), read_word(smbus, 0x5B, 0x07)) == (0x3AD2, 0x3AD3)
    assert bus.transfers == 2
    assert smbus.pec == 0


def test_open_bus_without_the_bus_says_how_to_enable_it() -> None:
    with pytest.raises(BusUnavailable, match=r"/dev/i2c-251: no such bus; take the `#` away before"):
        open_bus(251)


@pytest.mark.parametrize(
    ("number", "what_to_do"),
    [
        (errno.EACCES, "usermod -aG i2c"),
        (errno.EPERM, "usermod -aG i2c"),
        (errno.ENOENT, "raspi-config"),
        (errno.ENOTTY, "is it an I2C bus?"),
    ],
)
def test_bus_not_opened_says_what_to_do(number: int, what_to_do: str) -> None:
    fault = why_not_opened("/dev/i2c-1", OSError(number, os.strerror(number)))
    assert str(fault).startswith("/dev/i2c-1: ")
    assert what_to_do in str(fault)


def test_bus_without_messages_is_refused() -> None:
    smbus = open_smbus(I2CBus(functions=I2cFunc.SMBUS_WORD_DATA))
    with pytest.raises(BusUnavailable, match="I2C_RDWR"):
        require_messages(smbus, "/dev/i2c-1")
    assert smbus.fd is None


def test_scan_finds_who_answers() -> None:
    assert scan(open_smbus(I2CBus(a_sensor(), a_sensor(0x2A)))) == (0x2A, 0x5A)


def test_scan_of_a_stuck_bus_stops_at_the_first_time_out() -> None:
    bus = I2CBus(a_sensor())
    bus.stuck = True
    with pytest.raises(BusStuck):
        scan(open_smbus(bus))
    assert bus.transfers == 1


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EREMOTEIO, NotAnswering),
        (errno.ENXIO, NotAnswering),
        (errno.EIO, NotAnswering),
        (errno.ENODEV, NotAnswering),
        (errno.ETIMEDOUT, BusStuck),
        (errno.EAGAIN, BusStuck),
        (errno.EBUSY, BusStuck),
        (errno.EBADMSG, BadChecksum),
    ],
)
def test_read_fault_of_each_error_number(number: int, kind: type[ReadFailed]) -> None:
    fault = read_fault(OSError(number, os.strerror(number)), "0x5A")
    assert type(fault) is kind
    assert f"errno {number}" in str(fault)


class Answers:
    """A read that fails as told, then gives 1."""

    def __init__(self, *faults: ReadFailed) -> None:
        self.faults: Iterator[ReadFailed] = iter(faults)
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        for fault in self.faults:
            raise fault
        return 1


def test_retries_outlast_two_damaged_tries() -> None:
    answers = Answers(NotAnswering(), BadChecksum())
    assert with_retries(answers, 2, 1.0, lambda: 0.0) == 1
    assert answers.asked == 3


def test_retries_end_with_the_last_fault() -> None:
    answers = Answers(NotAnswering(), NotAnswering(), BadChecksum())
    with pytest.raises(BadChecksum):
        with_retries(answers, 2, 1.0, lambda: 0.0)
    assert answers.asked == 3


def test_retries_end_at_the_deadline() -> None:
    answers = Answers(NotAnswering(), NotAnswering())
    seconds = count(0.0, 0.3)
    with pytest.raises(NotAnswering):
        with_retries(answers, 10, 0.5, lambda: next(seconds))
    assert answers.asked == 2


@pytest.mark.parametrize("fault", [BusStuck(), SensorError()], ids=["stuck", "flagged"])
def test_retries_do_not_repeat_what_would_not_change(fault: ReadFailed) -> None:
    answers = Answers(fault)
    with pytest.raises(type(fault)):
        with_retries(answers, 2, 1.0, lambda: 0.0)
    assert answers.asked == 1


def test_each_fault_has_its_own_code() -> None:
    leaves: list[type[DriverError]] = [
        BusUnavailable,
        NotAnswering,
        BusStuck,
        BadChecksum,
        SensorError,
        OutOfRange,
        Stalled,
        SettingRefused,
        SettingFailed,
    ]
    assert len({leaf.code for leaf in leaves}) == len(leaves)
    assert all(issubclass(leaf, DriverError) for leaf in leaves)


def test_fault_on_the_wire_is_not_answering() -> None:
    bus = I2CBus(a_sensor())
    bus.faults.append(Fault.EIO)
    with pytest.raises(NotAnswering, match="0x5A command 0x07: no answer"):
        read_word(open_smbus(bus), 0x5A, 0x07)


def test_write_read_is_one_transfer() -> None:
    sensor = a_sensor()
    sensor.ram[0x07] = 0x3AD2
    bus = I2CBus(sensor)
    assert write_read(open_smbus(bus), 0x5A, b"\x07", 3, "0x5A").hex() == "d23a30"
    assert bus.transfers == 1


def test_write_and_read_are_a_transfer_each() -> None:
    bus = I2CBus(Ads1115(lambda: 0.0))
    smbus = open_smbus(bus)
    write(smbus, 0x48, b"\x01", "0x48")
    assert read(smbus, 0x48, 2, "0x48").hex() == "8583"
    assert bus.transfers == 2


def test_write_word_carries_the_packet_error_code() -> None:
    sensor = a_sensor()
    sensor.eeprom[0x04] = 0
    write_word(open_smbus(I2CBus(sensor)), 0x5A, 0x24, 0xFAE0)
    assert (sensor.eeprom[0x04], sensor.complaints) == (0xFAE0, [])


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault.NACK, NotAnswering), (Fault.EIO, NotAnswering), (Fault.STUCK, BusStuck)]
)
def test_transfer_that_fails_is_the_fault_of_who_asked(fault: Fault, kind: type[ReadFailed]) -> None:
    bus = I2CBus(a_sensor())
    smbus = open_smbus(bus)
    bus.faults.extend([fault] * 3)
    with pytest.raises(kind, match="gauge: "):
        write(smbus, 0x5A, b"\x07", "gauge")
    with pytest.raises(kind, match="gauge: "):
        read(smbus, 0x5A, 1, "gauge")
    with pytest.raises(kind, match="gauge: "):
        write_read(smbus, 0x5A, b"\x07", 3, "gauge")
