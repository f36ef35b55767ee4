import errno

import pytest

from simulator.ads1115 import Ads1115
from simulator.i2c_wires import Fault, Flip, I2CBus, Message
from simulator.mlx90614 import OBJECT, Mlx90614
from simulator.pn532 import Pn532
from simulator.scd41 import Scd41


def a_bus() -> I2CBus:
    sensor = Mlx90614(lambda: 0.0)
    sensor.ram[OBJECT] = 0x3AD2
    return I2CBus(sensor)


def errno_of(bus: I2CBus, message: Message) -> int | None:
    try:
        bus.message(message)
    except OSError as error:
        return error.errno
    finally:
        bus.stop()
    return None


def test_message_by_message_is_the_same_as_a_transfer() -> None:
    bus = a_bus()
    bus.message(Message(0x5A, b"\x07"))
    answer = bus.message(Message(0x5A, count=3))
    bus.stop()
    assert answer.hex() == "d23a30"
    assert bus.transfer(Message(0x5A, b"\x07"), Message(0x5A, count=3)) == [b"", answer]
    assert bus.transfers == 2


def test_fault_befalls_one_transfer_however_many_messages_it_has() -> None:
    bus = a_bus()
    bus.faults.append(Flip((0,)))
    bus.message(Message(0x5A, b"\x07"))
    assert bus.message(Message(0x5A, count=3)).hex() == "523a30"
    bus.stop()
    assert bus.transfer(Message(0x5A, b"\x07"), Message(0x5A, count=3))[1].hex() == "d23a30"


@pytest.mark.parametrize(
    ("fault", "number"),
    [(Fault.NACK, errno.EREMOTEIO), (Fault.EIO, errno.EIO), (Fault.STUCK, errno.ETIMEDOUT)],
)
def test_message_fails_as_a_kernel_driver_does(fault: Fault, number: int) -> None:
    bus = a_bus()
    bus.faults.append(fault)
    assert errno_of(bus, Message(0x5A, b"\x07")) == number
    assert errno_of(bus, Message(0x5A, b"\x07")) is None


def test_nobody_at_an_address_is_a_missing_acknowledge() -> None:
    assert errno_of(a_bus(), Message(0x33, b"")) == errno.EREMOTEIO


def test_flip_of_what_is_written_leaves_what_is_read() -> None:
    bus = a_bus()
    bus.faults.append(Flip((7,), written=True))  # asks for 0x06 instead of 0x07
    assert bus.transfer(Message(0x5A, b"\x07"), Message(0x5A, count=3))[1] != bytes.fromhex("d23a30")


def test_flip_of_an_empty_message_is_nothing() -> None:
    bus = a_bus()
    bus.faults.append(Flip((7,)))
    assert bus.transfer(Message(0x5A, b"")) == [b""]


def test_every_part_of_a_node_lives_on_one_bus() -> None:
    def ticks() -> float:
        return 0.0

    sensors = (Mlx90614(ticks), Mlx90614(ticks, address=0x5B))
    bus = I2CBus(*sensors, Scd41(ticks), Pn532(ticks), Ads1115(ticks))
    found = [address for address in range(0x08, 0x78) if errno_of(bus, Message(address, b"")) is None]
    assert found == [0x24, 0x48, 0x5A, 0x5B, 0x62]
