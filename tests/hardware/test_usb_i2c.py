"""The played USB adapter without a kernel above it: what i2c-tiny-usb asks, message by message."""

import struct

import pytest

from edge.drivers.i2c import crc8
from simulator.i2c_wires import Fault, Flip, I2CBus
from simulator.mlx90614 import OBJECT, Mlx90614, to_raw
from tests.hardware.usb_i2c import (
    ACKNOWLEDGED,
    BEGIN,
    CONFIGURATION,
    DEVICE,
    END,
    FUNCTIONS,
    READ,
    REFUSED,
    Request,
    Setup,
    Silence,
    Stall,
    TinyUsb,
)

ADDRESS = 0x5A
#: To and from the interface, of the maker's own kind.
GIVE, ASK = 0x41, 0xC1
SKIN_C = 34.07


@pytest.fixture
def bus() -> I2CBus:
    sensor = Mlx90614(lambda: 0.0, address=ADDRESS)
    sensor.look_at(object_c=SKIN_C)
    return I2CBus(sensor)


@pytest.fixture
def usb(bus: I2CBus) -> TinyUsb:
    return TinyUsb(bus)


def write(usb: TinyUsb, data: bytes, flags: int) -> bytes:
    return usb.control(Setup(GIVE, Request.MESSAGE | flags, 0, ADDRESS, len(data)), data)


def read(usb: TinyUsb, count: int, flags: int) -> bytes:
    return usb.control(Setup(ASK, Request.MESSAGE | flags, READ, ADDRESS, count), b"")


def status(usb: TinyUsb) -> int:
    return usb.control(Setup(ASK, Request.STATUS, 0, 0, 1), b"")[0]


def test_descriptors_say_their_own_lengths(usb: TinyUsb) -> None:
    assert DEVICE[0] == len(DEVICE) == 18
    assert struct.unpack("<H", CONFIGURATION[2:4]) == (len(CONFIGURATION),)
    assert usb.control(Setup(0x80, 6, 1 << 8, 0, 64), b"") == DEVICE
    assert usb.control(Setup(0x80, 6, 2 << 8, 0, 64), b"") == CONFIGURATION


def test_string_that_is_not_there_is_a_stall(usb: TinyUsb) -> None:
    with pytest.raises(Stall):
        usb.control(Setup(0x80, 6, 3 << 8, 0, 64), b"")


def test_functions_are_messages_and_smbus_made_of_them(usb: TinyUsb) -> None:
    assert usb.control(Setup(ASK, Request.FUNCTIONS, 0, 0, 4), b"") == struct.pack("<I", FUNCTIONS)


def test_word_is_read_after_a_repeated_start_with_its_packet_error_code(usb: TinyUsb) -> None:
    write(usb, bytes([OBJECT]), BEGIN)
    answer = read(usb, 3, END)

    assert status(usb) == ACKNOWLEDGED
    assert int.from_bytes(answer[:2], "little") == to_raw(SKIN_C)
    assert answer[2] == crc8(bytes((ADDRESS << 1, OBJECT, ADDRESS << 1 | 1)) + answer[:2])


def test_fault_of_the_wire_befalls_the_whole_transfer(usb: TinyUsb, bus: I2CBus) -> None:
    bus.faults.append(Flip((0,)))
    write(usb, bytes([OBJECT]), BEGIN)
    answer = read(usb, 3, END)

    assert answer[0] == to_raw(SKIN_C) & 0xFF ^ 0x80
    assert bus.transfers == 1


def test_nobody_at_the_address_is_refused_until_the_next_transfer(usb: TinyUsb, bus: I2CBus) -> None:
    bus.faults.append(Fault.NACK)
    write(usb, bytes([OBJECT]), BEGIN)
    assert status(usb) == REFUSED

    write(usb, bytes([OBJECT]), BEGIN)
    assert status(usb) == ACKNOWLEDGED


def test_bus_that_hangs_is_met_with_silence(usb: TinyUsb, bus: I2CBus) -> None:
    bus.stuck = True
    with pytest.raises(Silence):
        write(usb, bytes([OBJECT]), BEGIN)

    bus.stuck = False
    write(usb, bytes([OBJECT]), BEGIN)
    assert len(read(usb, 3, END)) == 3


def test_adapter_that_gives_up_is_a_stall(usb: TinyUsb, bus: I2CBus) -> None:
    bus.faults.append(Fault.EIO)
    with pytest.raises(Stall):
        write(usb, bytes([OBJECT]), BEGIN)
