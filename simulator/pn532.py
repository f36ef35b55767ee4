"""A modelled PN532: bytes of a transfer go in, bytes and acknowledges come out, as the part gives them.

The outside world is `lay` and `take`; what goes wrong inside are `dead`, `deaf` and `calls_in_vain`. Frames,
ready byte, acknowledge and the answers are the user manual's (NXP UM0701-02); how long each takes is this
model's choice, and it does not stretch the clock.
"""

from collections.abc import Callable

from edge.drivers.errors import BadChecksum
from edge.drivers.tag_reader import (
    ACK,
    FROM_READER,
    GET_FIRMWARE_VERSION,
    IN_LIST_PASSIVE_TARGET,
    READY,
    RF_CONFIGURATION,
    SAM_CONFIGURATION,
    TO_READER,
    frame,
    unframed,
)

ADDRESS = 0x24
#: What a PN532 C106 says of itself: chip 0x32, version 1, revision 6, and what it supports.
FIRMWARE = bytes((0x32, 1, 6, 7))
#: Until the acknowledge, until a setting's answer, and for one call for a card, seconds.
ACK_S, SETTING_S, CALL_S = 0.001, 0.003, 0.005
SYNTAX_ERROR = bytes.fromhex("00 00 FF 01 FF 7F 81 00")


class Pn532:
    """One reader. `ticks` gives seconds that never jump back; virtual time is welcome."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        #: Without power or with a broken wire: acknowledges nothing.
        self.dead = False
        #: Acknowledges its address and does nothing any more.
        self.deaf = False
        #: Takes settings, and never answers a call for cards: its supply sags under the field.
        self.calls_in_vain = False
        #: What a master did that the manual forbids.
        self.complaints: list[str] = []
        self._card: bytes | None = None
        self.power_cycle()

    def lay(self, uid: bytes) -> None:
        """Hold a card to the reader."""
        self._card = uid

    def take(self) -> None:
        """Take the card away."""
        self._card = None

    def power_cycle(self) -> None:
        """Off and on: no SAM set, retries for ever."""
        self._is_set = False
        self._retries = 0xFF
        self._acknowledge_s: float | None = None
        self._command: bytes = b""
        self._began_s = 0.0

    # The wire, message by message.

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges this address."""
        return not self.dead and address == ADDRESS

    def receive(self, address: int, data: bytes) -> None:
        """A frame, or the host's acknowledge, which ends what the reader is at."""
        if not data or self.deaf:
            return
        self._command, self._acknowledge_s = b"", None
        if data == ACK:
            return
        try:
            self._command = unframed(data, TO_READER)
        except BadChecksum as error:
            self.complaints.append(str(error))
            return
        self._began_s = self._ticks()
        self._acknowledge_s = self._began_s + ACK_S

    def send(self, address: int, count: int) -> bytes:
        """The ready byte, and the frame behind it when all of it is read; reading it ends it."""
        frame_ready = self._frame()
        if frame_ready is None:
            return bytes(count)
        if count > 1:
            if self._acknowledge_s is not None:
                self._acknowledge_s = None
            else:
                self._command = b""
        return (bytes((READY,)) + frame_ready).ljust(count, b"\x00")[:count]

    def stop(self) -> None:
        """The end of a transfer; frames go on over it."""

    # Inside.

    def _frame(self) -> bytes | None:
        now_s = self._ticks()
        if self.deaf:
            return None
        if self._acknowledge_s is not None:
            return ACK if now_s >= self._acknowledge_s else None
        if not self._command:
            return None
        command, arguments = self._command[0], self._command[1:]
        if command == IN_LIST_PASSIVE_TARGET:
            return self._cards(now_s)
        if now_s < self._began_s + SETTING_S:
            return None
        if command == GET_FIRMWARE_VERSION:
            return _answer(command, FIRMWARE)
        if command == SAM_CONFIGURATION:
            self._is_set = True
            return _answer(command)
        if command == RF_CONFIGURATION and arguments[:1] == b"\x05":
            self._retries = arguments[3]
            return _answer(command)
        return SYNTAX_ERROR

    def _cards(self, now_s: float) -> bytes | None:
        if not self._is_set:
            self.complaints.append("called for cards before SAMConfiguration")
            return SYNTAX_ERROR
        if self.calls_in_vain:
            return None
        called_s = now_s - self._began_s
        if self._card is not None and called_s >= CALL_S:
            card = bytes((1, 0x00, 0x44, 0x00, len(self._card))) + self._card
            return _answer(IN_LIST_PASSIVE_TARGET, b"\x01" + card)
        is_over = self._retries != 0xFF and called_s >= (1 + self._retries) * CALL_S
        return _answer(IN_LIST_PASSIVE_TARGET, b"\x00") if is_over else None


def _answer(command: int, data: bytes = b"") -> bytes:
    return frame(FROM_READER, bytes((command + 1,)) + data)
