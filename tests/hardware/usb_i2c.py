"""A modelled bus as a real `/dev/i2c-N`: an i2c-tiny-usb adapter at the other end of vhci-hcd's socket.

The kernel's i2c-dev, i2c-core and i2c-tiny-usb are the real ones; a transfer reaches us as USB control
transfers, one per I2C message, in USB/IP packets (Documentation/usb/usbip_protocol.rst of the kernel).
What the wires do is `simulator.i2c_wires.I2CBus`'s matter, faults included.
"""

import errno
import socket
import struct
import threading
import time
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from simulator.i2c_wires import I2CBus, Message

VHCI = Path("/sys/devices/platform/vhci_hcd.0")
#: The controller's speed codes begin with unknown and low.
FULL_SPEED = 2
#: Bus and device number as one word, for USB/IP; any will do.
DEVICE_ID = 1 << 16 | 2
#: How long the kernel may take to make `/dev/i2c-N` of it, seconds.
APPEARS_S = 10.0
_LOOK_S = 0.01

#: Messages, and SMBus made of them by i2c-core, packet error code included; no quick read.
FUNCTIONS = 0x0EFF_0009
#: USB 1.1, one configuration, packets of 8 bytes, the id that FTDI gave the i2c-tiny-usb, version 2.0.
DEVICE = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0110, 0xFF, 0, 0, 8, 0x0403, 0xC631, 0x0200, 0, 0, 0, 1)
#: One interface that has no end points beside the control one.
CONFIGURATION = struct.pack("<BBHBBBBB", 9, 2, 18, 1, 1, 0, 0x80, 5) + bytes((9, 4, 0, 0, 0, 0xFF, 0, 0, 0))

_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_HEADER = 48
#: The most one USB/IP packet of ours carries after its header; control transfers are shorter.
_OUT = 0


class Request(IntEnum):
    """What the adapter is asked by the kernel's driver, beside I2C messages (4 to 7)."""

    FUNCTIONS = 1
    DELAY = 2
    STATUS = 3
    MESSAGE = 4


#: Added to MESSAGE for the first and the last of a transfer.
BEGIN, END = 1, 2
READ = 1
IDLE, ACKNOWLEDGED, REFUSED = 0, 1, 2


class Stall(Exception):
    """The adapter refuses a request; the kernel's driver makes EIO of it."""


class Silence(Exception):
    """The adapter does not answer; the kernel waits for its time-out and takes the request back."""


class Setup(NamedTuple):
    """The eight bytes that begin a control transfer."""

    kind: int
    request: int
    value: int
    #: `wIndex`: of an I2C message the address.
    address: int
    length: int


class TinyUsb:
    """The adapter's answers: a control transfer in, its data out. Not aware of USB/IP."""

    def __init__(self, bus: I2CBus) -> None:
        self._bus = bus
        self._status = IDLE

    def control(self, setup: Setup, data: bytes) -> bytes:
        """What is read, or nothing for a write. Raises Stall or Silence."""
        if setup.kind & 0x60 == 0:
            return self._standard(setup)
        if setup.request == Request.FUNCTIONS:
            return struct.pack("<I", FUNCTIONS)
        if setup.request == Request.STATUS:
            return bytes([self._status])
        if setup.request & Request.MESSAGE:
            return self._message(setup, data)
        return b""

    def _standard(self, setup: Setup) -> bytes:
        get_status, get_descriptor = 0, 6
        if setup.request == get_descriptor:
            found = {1: DEVICE, 2: CONFIGURATION}.get(setup.value >> 8)
            if found is None:
                raise Stall
            return found
        return b"\0\0" if setup.request == get_status else b""

    def _message(self, setup: Setup, data: bytes) -> bytes:
        """One I2C message; the kernel's driver asks after each whether it was acknowledged."""
        is_read = bool(setup.value & READ)
        count = setup.length if is_read else 0
        if setup.request & BEGIN:
            self._status = ACKNOWLEDGED
        if self._status != ACKNOWLEDGED:
            return bytes(count)
        try:
            return self._bus.message(Message(setup.address, None if is_read else data, count))
        except OSError as error:
            self._bus.stop()
            self._status = REFUSED
            if error.errno == errno.ETIMEDOUT:
                raise Silence from error
            if error.errno not in (errno.EREMOTEIO, errno.ENXIO):
                raise Stall from error
            return bytes(count)
        finally:
            if setup.request & END:
                self._bus.stop()


class UsbI2CAdapter:
    """An adapter plugged into this (guest) kernel for as long as somebody holds this object."""

    def __init__(self, bus: I2CBus, port: int) -> None:
        """`port`: of the virtual USB controller, 0 to 7. Returns when `/dev/i2c-<number>` is there."""
        self._adapter = TinyUsb(bus)
        self._socket, kernels = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=f"i2c-tiny-usb-{port}", daemon=True)
        before = _buses()
        self._thread.start()
        with kernels:
            (VHCI / "attach").write_text(f"{port} {kernels.fileno()} {DEVICE_ID + port} {FULL_SPEED}")
        deadline = time.monotonic() + APPEARS_S
        while not (new := _buses() - before):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the kernel made no bus of the adapter on port {port} in {APPEARS_S:g} s")
            time.sleep(_LOOK_S)
        #: Of `/dev/i2c-<number>`.
        self.number = new.pop()

    def close(self) -> None:
        """Pull the plug."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while header := self._receive(_HEADER):
            command, number, _, direction, _ = struct.unpack(">5I", header[:20])
            if command == _UNLINK:
                # What it takes back was met with silence: it is gone, and will not be answered.
                self._socket.sendall(struct.pack(">5Ii24x", _UNLINKED, number, 0, 0, 0, -errno.ECONNRESET))
                continue
            (length,) = struct.unpack(">I", header[24:28])
            data = self._receive(length) if direction == _OUT else b""
            self._answer(number, Setup(*struct.unpack("<BBHHH", header[40:48])), direction, data)

    def _answer(self, number: int, setup: Setup, direction: int, data: bytes) -> None:
        status = 0
        try:
            answer = self._adapter.control(setup, data)[: setup.length]
        except Silence:
            return
        except Stall:
            status, answer = -errno.EPIPE, b""
        carried = len(data) if direction == _OUT else len(answer)
        self._socket.sendall(struct.pack(">5IiI20x", _SUBMITTED, number, 0, 0, 0, status, carried) + answer)

    def _receive(self, count: int) -> bytes:
        """So many bytes, or none when the plug is pulled."""
        got = b""
        while len(got) < count:
            try:
                more = self._socket.recv(count - len(got))
            except OSError:
                return b""
            if not more:
                return b""
            got += more
        return got


def _buses() -> set[int]:
    return {int(path.name.rpartition("-")[2]) for path in Path("/dev").glob("i2c-*")}
