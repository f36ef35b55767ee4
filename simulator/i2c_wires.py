"""The wires of a modelled I2C bus and the adapter that drives them: messages in, bytes and acknowledges out.

Two ways in. `I2CBus.transfer` carries a whole transfer, as I2C_RDWR does. An adapter that is played message
by message (a USB adapter, for a real kernel above it) calls `I2CBus.message` for each start with its address
and data, and `I2CBus.stop` at the end. Both raise OSError with the number that a kernel driver would give.
"""

import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

#: What Linux's i2c-bcm2835 says of itself: plain messages (I2C_FUNC_I2C), and SMBus made of them, PEC
#: included (I2C_FUNC_SMBUS_EMUL).
PI_FUNCTIONS = 0x00000001 | 0x0EFF0008


class Nack(Exception):
    """A part does not acknowledge a byte."""


class Part(Protocol):
    """What hangs on the wires: the model of one chip, told of a transfer message by message."""

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges the address now."""

    def receive(self, address: int, data: bytes) -> None:
        """A start, the address with the write bit, then all of `data`. Raises Nack where it is refused."""

    def send(self, address: int, count: int) -> bytes:
        """A start, the address with the read bit, then exactly `count` bytes given. Raises Nack."""

    def stop(self) -> None:
        """The transfer ends; also called where the part took no part in it."""


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
    """Bits that arrive inverted, counted over the bytes of each message that is read, or else written."""

    bits: tuple[int, ...]
    #: Damage what the master writes, not what it reads.
    written: bool = False


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
        self._is_begun = False
        self._fault: Fault | Flip | None = None

    def transfer(self, *messages: Message) -> list[bytes]:
        """Start, messages with repeated starts between, stop; gives what was read, message by message.

        Raises OSError as the adapter's kernel driver does.
        """
        try:
            return [self.message(message) for message in messages]
        finally:
            self.stop()

    def message(self, message: Message) -> bytes:
        """A start, or a repeated start, with its message and no stop; gives what was read.

        After an OSError the transfer is over: call `stop`, as after the last message.
        """
        if not self._is_begun:
            self._is_begun = True
            self.transfers += 1
            self._fault = self.faults.popleft() if self.faults else None
        fault = self._fault
        if self.stuck or fault is Fault.STUCK:
            self._wait(self.TIMEOUT_S)
            raise os_error(errno.ETIMEDOUT)
        if fault is Fault.NACK:
            raise os_error(self._nack_errno)
        if fault is Fault.EIO:
            raise os_error(errno.EIO)
        flip = fault if isinstance(fault, Flip) else None
        try:
            if message.data is not None:
                data = _flipped(message.data, flip) if flip and flip.written else message.data
                self._write(message.address, data)
                return b""
            answer = self._read(message.address, message.count)
        except Nack as refused:
            raise os_error(self._nack_errno) from refused
        if fault is Fault.ALL_ONES:
            return b"\xff" * len(answer)
        return _flipped(answer, flip) if flip and not flip.written else answer

    def stop(self) -> None:
        """The end of a transfer, well or not; every part hears it."""
        self._is_begun = False
        for part in self.parts:
            part.stop()

    def _listening(self, address: int) -> list[Part]:
        listening = [part for part in self.parts if part.answers(address)]
        if not listening:
            raise Nack(f"nobody at 0x{address:02X}")
        return listening

    def _write(self, address: int, data: bytes) -> None:
        for part in self._listening(address):
            part.receive(address, data)

    def _read(self, address: int, count: int) -> bytes:
        # Open drain: where two parts talk at once, a zero wins.
        heard = b"\xff" * count
        for part in self._listening(address):
            heard = bytes(a & b for a, b in zip(heard, part.send(address, count), strict=True))
        return heard


def os_error(number: int) -> OSError:
    """What a system call that fails with `number` raises."""
    return OSError(number, os.strerror(number))


def _flipped(data: bytes, flip: Flip) -> bytes:
    damaged = bytearray(data)
    for bit in flip.bits if damaged else ():
        damaged[bit // 8 % len(damaged)] ^= 0x80 >> bit % 8
    return bytes(damaged)
