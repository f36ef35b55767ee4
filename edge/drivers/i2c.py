"""I2C buses: a number goes in, an open `smbus2.SMBus` or a checked 16-bit word comes out."""

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from edge.drivers.errors import BadChecksum, BusStuck, BusUnavailable, NotAnswering, ReadFailed

if TYPE_CHECKING:
    from smbus2 import SMBus, i2c_msg

T = TypeVar("T")

#: The bus at pins 3 and 5 of the header.
HEADER_BUS = "/dev/i2c-1"
_HOW_TO_ENABLE = "enable it with `sudo raspi-config nonint do_i2c 0` (dtparam=i2c_arm=on in config.txt)"
_HOW_TO_ADD = "take the `#` away before its dtoverlay in /boot/firmware/config.txt (firmware_config/boot)"

#: x^8 + x^2 + x + 1, the polynomial of the SMBus packet error code (SMBus 2.0, 5.4.1).
PEC_POLYNOMIAL = 0x07
#: Addresses that the I2C specification leaves to devices; the others are reserved.
DEVICE_ADDRESSES = range(0x08, 0x78)

# EREMOTEIO is what a Pi gives for a missing acknowledge, ENXIO what most other adapters give, EIO what some
# give for everything. Whatever else arrives is treated the same: there was no reading. EBADMSG is a kernel
# that checked the PEC itself.
_STUCK = frozenset({errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN})
# A bare write can alter some EEPROMs; i2cdetect reads a byte in their ranges, and so do we.
_PROBED_BY_READING = frozenset({*range(0x30, 0x38), *range(0x50, 0x60)})


class Combined(Protocol):
    """A bus that carries several messages as one transfer: `smbus2.SMBus`, or the simulator's sibling."""

    def i2c_rdwr(self, *i2c_msgs: "i2c_msg") -> None:
        """Carry the messages with a repeated start between them and one stop; reads are filled in place."""


def open_bus(number: int) -> "SMBus":
    """The bus `/dev/i2c-<number>`. Raises BusUnavailable with what to do about it."""
    path = f"/dev/i2c-{number}"
    try:
        from smbus2 import SMBus
    except ImportError as error:
        raise BusUnavailable(f"{path}: smbus2 is not installed; pip install 'kuzet[edge]'") from error
    try:
        bus = SMBus(number)
    except OSError as error:
        raise why_not_opened(path, error) from error
    return require_messages(bus, path)


def require_messages(bus: "SMBus", path: str) -> "SMBus":
    """`bus`, which can carry combined transfers. Raises BusUnavailable, the bus closed, when it cannot."""
    from smbus2 import I2cFunc

    if not bus.funcs & I2cFunc.I2C:
        bus.close()
        raise BusUnavailable(
            f"{path}: this adapter speaks SMBus only, combined transfers (I2C_RDWR) are wanted; "
            "use the Pi's own bus"
        )
    return bus


def why_not_opened(path: str, error: OSError) -> BusUnavailable:
    """The fault of opening `path` in words that say what to do."""
    if error.errno == errno.ENOENT:
        return BusUnavailable(
            f"{path}: no such bus; {_HOW_TO_ENABLE if path == HEADER_BUS else _HOW_TO_ADD} and restart, "
            "or correct `bus` in the node file"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return BusUnavailable(
            f"{path}: this user may not open it; `sudo usermod -aG i2c <user>`, then log in again"
        )
    return BusUnavailable(f"{path}: cannot be opened: {error.strerror or error}; is it an I2C bus?")


def scan(bus: "SMBus") -> tuple[int, ...]:
    """The addresses that answer. Raises BusStuck at the first time-out rather than wait for 112 of them."""
    return tuple(address for address in DEVICE_ADDRESSES if _answers(bus, address))


def crc8(data: bytes) -> int:
    """The SMBus packet error code of every byte on the wire, addresses with their direction bit included."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ PEC_POLYNOMIAL if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


def read_word(bus: Combined, address: int, command: int) -> int:
    """The 16-bit word behind `command`, its packet error code checked here.

    Raises NotAnswering, BusStuck or BadChecksum.

    smbus2 offers a second way: `bus.pec = 1`, then `read_word_data`, and the kernel checks. I2C_RDWR with our
    own check is the better one. The PEC switch belongs to the open file, not to the device, so it would break
    the neighbour on the same bus that has no PEC; adapters that carry messages but do not announce
    I2C_FUNC_SMBUS_PEC are served too; and the check covers the command byte as the *device* heard it, which
    matters because a BCM2835 may go on to the read after a command that was not acknowledged
    (raspberrypi/linux#5429). The address travels with the messages, so no state is left on the file either.
    """
    who = f"0x{address:02X} command 0x{command:02X}"
    low, high, pec = write_read(bus, address, bytes((command,)), 3, who)
    expected = crc8(bytes((address << 1, command, address << 1 | 1, low, high)))
    if pec != expected:
        raise BadChecksum(
            f"{who}: expected PEC 0x{expected:02X}, got 0x{pec:02X}; "
            "damaged on the wire: check length, pull-ups and bus speed (100 kHz at most)"
        )
    return high << 8 | low


def write_read(bus: Combined, address: int, sent: bytes, count: int, who: str) -> bytes:
    """`sent` written, then `count` bytes read after a repeated start, as one transfer.

    `who` opens the message of a fault. Raises NotAnswering, BusStuck or BadChecksum.
    """
    from smbus2 import i2c_msg

    answer = i2c_msg.read(address, count)
    _carry(bus, who, i2c_msg.write(address, sent), answer)
    return bytes(answer)


def read(bus: Combined, address: int, count: int, who: str) -> bytes:
    """`count` bytes read, nothing written before. Raises as `write_read` does."""
    from smbus2 import i2c_msg

    answer = i2c_msg.read(address, count)
    _carry(bus, who, answer)
    return bytes(answer)


def write(bus: Combined, address: int, sent: bytes, who: str) -> None:
    """`sent` written. Raises as `write_read` does."""
    from smbus2 import i2c_msg

    _carry(bus, who, i2c_msg.write(address, sent))


def write_word(bus: Combined, address: int, command: int, word: int) -> None:
    """The 16-bit `word` written behind `command`, with the packet error code. Raises as `write_read` does."""
    sent = bytes((command, word & 0xFF, word >> 8))
    pec = crc8(bytes((address << 1,)) + sent)
    write(bus, address, sent + bytes((pec,)), f"0x{address:02X} command 0x{command:02X}")


def read_fault(error: OSError, who: str) -> ReadFailed:
    """The ReadFailed that an OSError of the kernel stands for."""
    reason = f"errno {error.errno}, {error.strerror or error}"
    if error.errno == errno.EBADMSG:
        return BadChecksum(f"{who}: the kernel found a wrong PEC ({reason})")
    if error.errno in _STUCK:
        return BusStuck(f"{who}: the bus is held or too slow ({reason}); power-cycle the sensor")
    return NotAnswering(f"{who}: no answer ({reason}); check power, wiring and address")


def with_retries(read: Callable[[], T], retries: int, deadline_s: float, ticks: Callable[[], float]) -> T:
    """`read()`, tried again after damage on the wire: at most `retries` times, none begun after `deadline_s`.

    A stuck bus and a value that the sensor itself refuses are not asked again: the answer would be the same.
    """
    until = ticks() + deadline_s
    while True:
        try:
            return read()
        except (NotAnswering, BadChecksum):
            if retries == 0 or ticks() >= until:
                raise
            retries -= 1


def _carry(bus: Combined, who: str, *messages: "i2c_msg") -> None:
    try:
        bus.i2c_rdwr(*messages)
    except OSError as error:
        raise read_fault(error, who) from error


def _answers(bus: "SMBus", address: int) -> bool:
    try:
        if address in _PROBED_BY_READING:
            bus.read_byte(address)
        else:
            bus.write_quick(address)
    except OSError as error:
        if error.errno == errno.EBUSY:  # a kernel driver has taken the address: something is there
            return True
        if error.errno in _STUCK:
            raise read_fault(error, f"0x{address:02X}") from error
        return False
    return True
