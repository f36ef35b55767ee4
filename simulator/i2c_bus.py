"""A modelled I2C bus with the kernel above it: the real smbus2 and Adafruit code runs on modelled parts.

`I2CBus` is the wires and the adapter. `open_smbus` and `open_blinka` are the two doors: classes whose code is
smbus2's, PureIO's and Blinka's own, with one thing exchanged underneath, the `ioctl` and `open` they call.
Nothing in those packages is patched; a program may use the real ones beside these.
"""

import ctypes
import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from itertools import count
from types import FunctionType, SimpleNamespace
from typing import Any, Protocol, TypeVar

from smbus2 import I2cFunc, SMBus

from edge.drivers.i2c import crc8
from simulator.mlx90614 import Nack

T = TypeVar("T")

#: What Linux's i2c-bcm2835 says of itself: plain messages, and SMBus made of them, PEC included.
PI_FUNCTIONS = I2cFunc.I2C | I2cFunc.SMBUS_EMUL

_SLAVE, _FUNCS, _SLAVE_FORCE, _RDWR, _PEC, _SMBUS = 0x703, 0x705, 0x706, 0x707, 0x708, 0x720
_QUICK, _BYTE, _BYTE_DATA, _WORD_DATA = 0, 1, 2, 3
_READ = 1


class Part(Protocol):
    """What hangs on the wires."""

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges the address."""

    def receive(self, address: int, data: bytes) -> None:
        """Take a written message. Raises Nack."""

    def send(self, address: int, count: int) -> bytes:
        """Give a read message. Raises Nack."""

    def stop(self) -> None:
        """The transfer ends."""


class Fault(Enum):
    """What can go wrong with one transfer on the wire."""

    #: The address is not acknowledged.
    NACK = "nack"
    #: The adapter gives up for another reason.
    EIO = "eio"
    #: The line is held, the adapter waits until its time-out.
    STUCK = "stuck"
    #: The part drops off while being read: the pulled-up line reads as ones.
    ALL_ONES = "all-ones"


@dataclass(frozen=True, slots=True)
class Flip:
    """Bits that arrive inverted, counted over the bytes read in one transfer."""

    bits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a transfer: `data` written, or `count` bytes read."""

    address: int
    data: bytes | None = None
    count: int = 0


class I2CBus:
    """The adapter, its wires and the parts on them."""

    #: How long Linux's i2c-bcm2835 waits for a transfer, seconds.
    TIMEOUT_S = 1.0

    def __init__(
        self,
        *parts: Part,
        nack_errno: int = errno.EREMOTEIO,
        functions: int = PI_FUNCTIONS,
        wait: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`nack_errno` is ENXIO on most adapters that are not a Pi's; `wait` lets virtual time pass."""
        self.parts = list(parts)
        self.functions = functions
        #: What befalls the next transfers, one each; None lets one through.
        self.faults: deque[Fault | Flip | None] = deque()
        #: A line is held low until this is False again: every transfer times out.
        self.stuck = False
        #: How many transfers were begun.
        self.transfers = 0
        self._nack_errno = nack_errno
        self._wait = wait

    def transfer(self, *messages: Message) -> list[bytes]:
        """Start, messages with repeated starts between, stop; gives what was read, message by message.

        Raises OSError as the adapter's kernel driver does.
        """
        self.transfers += 1
        fault = self.faults.popleft() if self.faults else None
        if self.stuck or fault is Fault.STUCK:
            self._wait(self.TIMEOUT_S)
            raise _os_error(errno.ETIMEDOUT)
        if fault is Fault.NACK:
            raise _os_error(self._nack_errno)
        if fault is Fault.EIO:
            raise _os_error(errno.EIO)
        try:
            answers = [self._carry(message) for message in messages]
        except Nack as refused:
            raise _os_error(self._nack_errno) from refused
        finally:
            for part in self.parts:
                part.stop()
        if fault is Fault.ALL_ONES:
            return [b"\xff" * len(answer) for answer in answers]
        return _flipped(answers, fault.bits) if isinstance(fault, Flip) else answers

    def _carry(self, message: Message) -> bytes:
        listening = [part for part in self.parts if part.answers(message.address)]
        if not listening:
            raise Nack(f"nobody at 0x{message.address:02X}")
        if message.data is not None:
            for part in listening:
                part.receive(message.address, message.data)
            return b""
        # Open drain: where two parts talk at once, a zero wins.
        heard = b"\xff" * message.count
        for part in listening:
            heard = bytes(
                a & b for a, b in zip(heard, part.send(message.address, message.count), strict=True)
            )
        return heard


class _OpenFile:
    """One open `/dev/i2c-N`: i2c-dev and i2c-core above a bus."""

    def __init__(self, bus: I2CBus) -> None:
        self.bus = bus
        self.address = 0
        self.pec = False

    def ioctl(self, request: int, argument: Any) -> int:
        if request in (_SLAVE, _SLAVE_FORCE):
            self.address = argument
        elif request == _PEC:
            self.pec = bool(argument)
        elif request == _FUNCS:
            argument.value = self.bus.functions
        elif request == _RDWR:
            self._messages([argument.msgs[index] for index in range(argument.nmsgs)])
        elif request == _SMBUS:
            self._smbus(argument)
        else:
            raise _os_error(errno.ENOTTY)
        return 0

    def _messages(self, wanted: list[Any]) -> None:
        """I2C_RDWR: the caller's own messages, one after the other."""
        answers = self.bus.transfer(
            *(
                Message(each.addr, count=each.len)
                if each.flags & _READ
                else Message(each.addr, ctypes.string_at(each.buf, each.len) if each.len else b"")
                for each in wanted
            )
        )
        for each, answer in zip(wanted, answers, strict=True):
            if each.flags & _READ:
                ctypes.memmove(each.buf, answer, len(answer))

    def _smbus(self, asked: Any) -> None:
        """I2C_SMBUS as i2c_smbus_xfer_emulated() makes it of messages, the PEC checked in the kernel."""
        reading = asked.read_write == _READ
        if asked.size == _QUICK:
            self.bus.transfer(Message(self.address, count=0) if reading else Message(self.address, b""))
            return
        if asked.size not in (_BYTE, _BYTE_DATA, _WORD_DATA):
            raise _os_error(errno.EOPNOTSUPP)
        width = 2 if asked.size == _WORD_DATA else 1
        command = b"" if asked.size == _BYTE and reading else bytes([asked.command])
        if reading:
            asked.data.contents.word = int.from_bytes(self._read(command, width), "little")
        else:
            value = b"" if asked.size == _BYTE else asked.data.contents.word.to_bytes(2, "little")[:width]
            sent = command + value
            pec = bytes([crc8(bytes([self.address << 1]) + sent)]) if self.pec else b""
            self.bus.transfer(Message(self.address, sent + pec))

    def _read(self, command: bytes, width: int) -> bytes:
        asking = (Message(self.address, command),) if command else ()
        *_, answer = self.bus.transfer(*asking, Message(self.address, count=width + self.pec))
        heard = (bytes([self.address << 1]) + command if command else b"") + bytes([self.address << 1 | 1])
        if self.pec and crc8(heard + answer[:width]) != answer[width]:
            raise _os_error(errno.EBADMSG)
        return answer[:width]


class _Kernel:
    """The system calls that smbus2 and PureIO make, for a machine that has the bus `/dev/i2c-1` only."""

    O_RDWR = os.O_RDWR

    def __init__(self, bus: I2CBus) -> None:
        self._bus = bus
        self._files: dict[int, _OpenFile] = {}
        self._next = count(3)

    def open(self, path: str, flags: int) -> int:
        if path != "/dev/i2c-1":
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        descriptor = next(self._next)
        self._files[descriptor] = _OpenFile(self._bus)
        return descriptor

    def close(self, descriptor: int) -> None:
        if self._files.pop(descriptor, None) is None:
            raise _os_error(errno.EBADF)

    def ioctl(self, descriptor: int, request: int, argument: Any = 0) -> int:
        if descriptor not in self._files:
            raise _os_error(errno.EBADF)
        return self._files[descriptor].ioctl(request, argument)

    def open_file(self, path: str, mode: str, buffering: int) -> SimpleNamespace:
        """What the built-in `open` gives for PureIO: an unbuffered file on the bus."""
        descriptor = self.open(path, os.O_RDWR)
        file = self._files[descriptor]

        def read(count: int) -> bytes:
            return file.bus.transfer(Message(file.address, count=count))[0]

        def write(data: bytes) -> int:
            file.bus.transfer(Message(file.address, bytes(data)))
            return len(data)

        return SimpleNamespace(
            fileno=lambda: descriptor, read=read, write=write, close=lambda: self.close(descriptor)
        )


def open_smbus(bus: I2CBus) -> SMBus:
    """An `smbus2.SMBus` open on the modelled bus, as bus 1."""
    kernel = _Kernel(bus)
    return _standing_on(SMBus, ioctl=kernel.ioctl, os=kernel)(1)


class BlinkaBus:
    """A CircuitPython I2C bus: Blinka's own code for Linux, with the lock that `busio.I2C` adds to it."""

    def __init__(self, bus: I2CBus) -> None:
        # By name: neither package has type stubs.
        pureio: Any = import_module("Adafruit_PureIO.smbus")
        blinka: Any = import_module("adafruit_blinka.microcontroller.generic_linux.i2c")
        kernel = _Kernel(bus)
        pure: Any = _standing_on(pureio.SMBus, ioctl=kernel.ioctl, open=kernel.open_file)
        linux: Any = _standing_on(blinka.I2C, smbus=SimpleNamespace(SMBus=pure))
        self._linux = linux(1)
        self._locked = False

    def try_lock(self) -> bool:
        """Take the bus, unless it is taken."""
        taken = not self._locked
        self._locked = True
        return taken

    def unlock(self) -> None:
        """Give the bus back."""
        self._locked = False

    def writeto(self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None) -> None:
        """Write a part of `buffer`."""
        self._linux.writeto(address, buffer, start=start, end=end)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Read into a part of `buffer`."""
        self._linux.readfrom_into(address, buffer, start=start, end=end)

    def writeto_then_readfrom(
        self, address: int, buffer_out: bytes, buffer_in: bytearray, **parts: int
    ) -> None:
        """Write, then read after a repeated start."""
        self._linux.writeto_then_readfrom(address, buffer_out, buffer_in, **parts)


def _standing_on(kind: type[T], **names: object) -> type[T]:
    """A subclass of `kind` with the same code, which finds `names` where it looked for its module's own."""

    def moved(member: Any) -> Any:
        if isinstance(member, FunctionType):
            world = member.__globals__ | names
            copy = FunctionType(
                member.__code__, world, member.__name__, member.__defaults__, member.__closure__
            )
            copy.__kwdefaults__ = member.__kwdefaults__
            return copy
        if isinstance(member, property):
            return property(moved(member.fget), moved(member.fset))
        return member

    body = {
        name: moved(member)
        for name, member in vars(kind).items()
        if isinstance(member, FunctionType | property)
    }
    made: type[T] = type(f"Simulated{kind.__name__}", (kind,), body)
    return made


def _flipped(answers: list[bytes], bits: tuple[int, ...]) -> list[bytes]:
    everything = bytearray(b"".join(answers))
    for bit in bits:
        everything[bit // 8 % len(everything)] ^= 0x80 >> bit % 8
    flipped: list[bytes] = []
    for answer in answers:
        flipped.append(bytes(everything[: len(answer)]))
        del everything[: len(answer)]
    return flipped


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
