"""PN532 tag reader on an open bus: the name of a task card that was held to it comes out, and never a number.

Part: NXP PN532 over I2C, user manual UM0701-02. Cards say what was done ("airing-started"); the node file
lists their numbers. People carry other cards: passes, bank cards, identity cards. What is not listed is
forgotten where it is read. It is not passed on, not logged, not kept, and in no error message.

The part stretches the clock, which a Pi's own I2C does badly (raspberrypi/linux#254): give it a bus of the
`i2c-gpio` overlay for itself.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from edge.drivers.errors import BadChecksum, Stalled
from edge.drivers.i2c import Combined, read, write

# Commands (UM0701-02 7.2.2, 7.2.10, 7.3.1, 7.3.5).
GET_FIRMWARE_VERSION = 0x02
SAM_CONFIGURATION = 0x14
RF_CONFIGURATION = 0x32
IN_LIST_PASSIVE_TARGET = 0x4A
#: Normal mode, no time-out, no interrupt pin: the SAM, a card in the reader itself, is not used.
SAM_NORMAL = bytes((0x01, 0x00, 0x00))
#: Item 5, retries: the last says how often a card is called before "nobody". Without it: for ever.
RF_RETRIES = bytes((0x05, 0xFF, 0x01, 0x10))
#: One target, 106 kbit/s type A (ISO/IEC 14443).
ONE_CARD = bytes((0x01, 0x00))

TO_READER, FROM_READER = 0xD4, 0xD5
ACK = bytes.fromhex("00 00 FF 00 FF 00")
#: The first byte that is read: its last bit says whether a frame follows (6.2.4).
READY = 0x01
#: Room for the frame of one card, with a number of ten bytes and a long answer to select.
FRAME_BYTES = 64
#: Looks for an acknowledge (15 ms at most by the manual), and what lies between, seconds.
ACK_LOOKS, LOOK_S = 10, 0.002
#: An answer to a setting command comes within this, seconds.
SETTING_S = 0.1
#: Calling for cards ends within a fraction of a second; a reader that says nothing for so long has lost it.
SILENT_S = 3.0
#: A card that was away for so long is laid anew, seconds.
AWAY_S = 1.0
#: The reader answers, and no card that it knows has been laid on.
NOBODY = ""

_UID = re.compile(r"(?:[0-9A-F]{2}){4}|(?:[0-9A-F]{2}){7}|(?:[0-9A-F]{2}){10}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")


class TagReaderConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the reader is and which cards it knows."""

    #: `/dev/i2c-<bus>`; a bus of its own.
    bus: Annotated[int, Meta(ge=0, le=255)] = 3
    #: 7-bit address; every PN532 has 0x24.
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x24
    #: Number of each task card, 4, 7 or 10 bytes in hex, and its name: `"04A1B2C3D4E5F6" = "airing-started"`.
    cards: dict[str, str]

    def __post_init__(self) -> None:
        """Numbers that a card can have, each once, and names that a message can carry."""
        for uid, name in self.cards.items():
            plain = plain_uid(uid)
            if not _UID.fullmatch(plain):
                raise ValueError(f"cards: expected 4, 7 or 10 bytes in hex, got `{uid}`")
            if len(plain) == 8 and plain.startswith("08"):
                raise ValueError(
                    f"cards: `{uid}` is a number made up at each tap (a phone); use a plain card"
                )
            if not _NAME.fullmatch(name):
                raise ValueError(f"cards: `{name}` must be small letters, digits and hyphens")
        if len({plain_uid(uid) for uid in self.cards}) < len(self.cards):
            raise ValueError("cards: a number is listed twice")


class Firmware(Struct, frozen=True, kw_only=True):
    """Which reader it is; 0x32, 1, 6 on every PN532 that is sold."""

    chip: int
    version: int
    revision: int


class _Task(Enum):
    """What the reader is at."""

    UNSET = "not set up since it was opened, or since it was lost"
    IDLE = "ready for a command"
    CALLING = "calling for a card"


class TagReader:
    """A PN532 behind an open bus."""

    Config = TagReaderConfig

    def __init__(
        self,
        config: TagReaderConfig,
        bus: Combined,
        ticks: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """`sleep` waits that many seconds of the clock that `ticks` reads."""
        self._config = config
        self._bus = bus
        self._ticks = ticks
        self._sleep = sleep
        self._names = {bytes.fromhex(plain_uid(uid)): name for uid, name in config.cards.items()}
        self._task = _Task.UNSET
        self._called_s = 0.0
        #: A call was never answered, and none has been since.
        self._is_silent = False
        #: The known card that lies there, and when it was last seen.
        self._lying: str | None = None
        self._seen_s = 0.0

    def __repr__(self) -> str:
        where = f"0x{self._config.address:02X} on bus {self._config.bus}"
        return f"TagReader({where}, {len(self._names)} cards)"

    def poll(self) -> str | None:
        """The name of a known card laid on since the last call, once for each time; call it every 100 ms.

        Empty when the reader has answered and there is no such card, None when it has not answered yet.

        It does not wait for cards: one call sets the reader calling, later ones look whether it found one.
        The first call sets the reader up and takes some milliseconds. Raises NotAnswering, BusStuck,
        BadChecksum, or Stalled from when an answer is overdue until one comes; the next call sets the reader
        up again.
        """
        try:
            name = self._step()
        except BaseException:
            self._task = _Task.UNSET
            raise
        if self._is_silent:
            raise self._stalled()
        return name

    def read_firmware(self) -> Firmware:
        """Which reader answers. Raises as `poll` does."""
        self._task = _Task.UNSET
        self._abort()
        return self._firmware()

    def _step(self) -> str | None:
        if self._task is _Task.UNSET:
            self._set_up()
        if self._task is _Task.IDLE:
            self._command(IN_LIST_PASSIVE_TARGET, ONE_CARD)
            self._task, self._called_s = _Task.CALLING, self._ticks()
            return None
        if not self._is_ready():
            if self._ticks() - self._called_s > SILENT_S:
                self._is_silent = True
                raise self._stalled()
            return None
        self._task = _Task.IDLE
        name = self._names.get(_uid_of(self._answer(IN_LIST_PASSIVE_TARGET)))
        self._is_silent = False
        return self._laid(name)

    def _stalled(self) -> Stalled:
        return Stalled(
            f"{self!r}: no answer to a call for {SILENT_S:g} s; it is set up anew; if that goes on, "
            "check its supply (150 mA) and that its switches say I2C"
        )

    def _laid(self, name: str | None) -> str:
        now_s = self._ticks()
        is_new = name != self._lying or now_s - self._seen_s > AWAY_S
        if name is None:
            # One call that missed a card is not its going.
            return NOBODY
        self._lying, self._seen_s = name, now_s
        return name if is_new else NOBODY

    def _set_up(self) -> None:
        self._abort()
        self._firmware()
        self._ask(SAM_CONFIGURATION, SAM_NORMAL)
        self._ask(RF_CONFIGURATION, RF_RETRIES)
        self._task = _Task.IDLE

    def _firmware(self) -> Firmware:
        answer = self._ask(GET_FIRMWARE_VERSION)
        if len(answer) < 4:
            raise BadChecksum(f"{self!r}: expected 4 bytes of firmware version, got {len(answer)}")
        return Firmware(chip=answer[0], version=answer[1], revision=answer[2])

    def _abort(self) -> None:
        """End what the reader may be at since before this program: an acknowledge from the host (6.2.1.3)."""
        self._write(ACK)
        self._sleep(LOOK_S)

    def _ask(self, command: int, data: bytes = b"") -> bytes:
        self._command(command, data)
        for _ in range(round(SETTING_S / LOOK_S)):
            if self._is_ready():
                return self._answer(command)
            self._sleep(LOOK_S)
        raise Stalled(f"{self!r}: no answer to command 0x{command:02X}; power-cycle the reader")

    def _command(self, command: int, data: bytes) -> None:
        """Send it and take the reader's acknowledge."""
        self._write(frame(TO_READER, bytes((command,)) + data))
        for _ in range(ACK_LOOKS):
            self._sleep(LOOK_S)
            answer = self._read(1 + len(ACK))
            if answer[0] & READY:
                if answer[1:] != ACK:
                    raise BadChecksum(
                        f"{self!r}: command 0x{command:02X} was not acknowledged as it should be"
                    )
                return
        raise Stalled(f"{self!r}: command 0x{command:02X} was not acknowledged; power-cycle the reader")

    def _is_ready(self) -> bool:
        return bool(self._read(1)[0] & READY)

    def _answer(self, command: int) -> bytes:
        data = unframed(self._read(1 + FRAME_BYTES)[1:], FROM_READER)
        if not data or data[0] != command + 1:
            raise BadChecksum(f"{self!r}: the answer is not one to command 0x{command:02X}")
        return data[1:]

    def _write(self, sent: bytes) -> None:
        write(self._bus, self._config.address, sent, repr(self))

    def _read(self, count: int) -> bytes:
        return read(self._bus, self._config.address, count, repr(self))


def plain_uid(uid: str) -> str:
    """A number as cards are listed, without blanks and colons, in capitals."""
    return re.sub(r"[\s:-]", "", uid).upper()


def frame(direction: int, data: bytes) -> bytes:
    """A normal information frame (UM0701-02 6.2.1.1): two checksums, of the length and of the data."""
    body = bytes((direction,)) + data
    length = len(body)
    return bytes((0, 0, 0xFF, length, -length & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))


def unframed(received: bytes, direction: int) -> bytes:
    """The data of a frame, checked. Raises BadChecksum, which says which check failed and quotes no byte."""
    start = received.find(b"\x00\xff")
    head = received[start + 2 : start + 4]
    if start < 0 or len(head) < 2:
        raise BadChecksum("tag reader: no frame was received; check wiring and supply")
    length = head[0]
    body = received[start + 4 : start + 4 + length]
    if sum(head) & 0xFF or not length or len(received) < start + 5 + length:
        raise BadChecksum("tag reader: the length of a frame and its checksum disagree; damaged on the wire")
    if (sum(body) + received[start + 4 + length]) & 0xFF:
        raise BadChecksum("tag reader: a frame and its checksum disagree; damaged on the wire")
    if body[0] != direction:
        raise BadChecksum("tag reader: the reader reports a syntax error; it is set up anew")
    return body[1:]


def _uid_of(answer: bytes) -> bytes:
    """The number of the one card listed (7.3.5), or nothing."""
    if len(answer) < 6 or answer[0] != 1:
        return b""
    return answer[6 : 6 + answer[5]]
