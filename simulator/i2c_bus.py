"""A modelled I2C bus with the kernel above it: the real smbus2 and Adafruit code runs on modelled parts.

`simulator.i2c_wires` is the wires and the adapter. `open_smbus` and `BlinkaBus` are the two doors: classes
whose code is smbus2's, PureIO's and Blinka's own, with one thing exchanged underneath, the `ioctl` and `open`
they call. Nothing in those packages is patched; a program may use the real ones beside these.
"""

import ctypes
import errno
import os
from importlib import import_module
from itertools import count
from types import FunctionType, SimpleNamespace
from typing import Any, TypeVar

from smbus2 import SMBus

from edge.drivers.i2c import crc8
from simulator.i2c_wires import Fault, Flip, I2CBus, Message, Nack, Part, os_error

__all__ = ["BlinkaBus", "Fault", "Flip", "I2CBus", "Message", "Nack", "Part", "open_smbus"]

T = TypeVar("T")

_SLAVE, _FUNCS, _SLAVE_FORCE, _RDWR, _PEC, _SMBUS = 0x703, 0x705, 0x706, 0x707, 0x708, 0x720
_QUICK, _BYTE, _BYTE_DATA, _WORD_DATA = 0, 1, 2, 3
_READ = 1


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
            raise os_error(errno.ENOTTY)
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
            raise os_error(errno.EOPNOTSUPP)
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
            raise os_error(errno.EBADMSG)
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
            raise os_error(errno.EBADF)

    def ioctl(self, descriptor: int, request: int, argument: Any = 0) -> int:
        if descriptor not in self._files:
            raise os_error(errno.EBADF)
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
