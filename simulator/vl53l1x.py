"""A modelled VL53L1X: bytes of a transfer go in, bytes and acknowledges come out, ranging in virtual time.

The outside world is `see`, asked once for each ranging (`simulator.zone_scene.Scene.look` is one); what may
go wrong inside the part are `dead`, `hung`, `statuses` and `freeze`. Damage on the wire is the bus's matter.
Registers and status codes are those of the maker's public driver; when a ranging takes its zone, and what a
part does that was not set up, are this model's choice, made so that a careless driver is found out.
"""

import math
from collections import deque
from collections.abc import Callable

from edge.drivers.vl53l1x import (
    FIRMWARE_STATUS,
    FIRST_SETTING,
    FIRST_SPAD,
    INTERRUPT_CLEAR,
    MACRO_PERIODS,
    MODE_START,
    MODEL,
    MODEL_ID,
    ONE_RANGING,
    RANGING_IN_A_ROW,
    RESULT,
    RESULT_BYTES,
    ROI_CENTRE,
    ROI_SIZE,
    SETTINGS,
    SPAD_STEP,
    SPADS,
    TIO_HV_STATUS,
)
from simulator.i2c_wires import Nack
from simulator.zone_scene import Roi, Sight

#: Seconds from power-on to the first acknowledge (DS12385: 1.2 ms).
BOOT_S = 0.0012
#: Registers of the map.
REGISTERS = 0x0500
#: Reach by distance mode, metres.
REACH_M = {"long": 4.0, "short": 1.36}
#: Raw status codes.
TOO_WEAK, TOO_NOISY, BEYOND, VALID, ZONE_CLIPPED = 4, 6, 7, 9, 13

_MACROS = {periods: key for key, periods in MACRO_PERIODS.items()}
_COUNT = RESULT_BYTES


class Vl53l1x:
    """One sensor. `ticks` gives seconds that never jump back; virtual time is welcome."""

    def __init__(
        self, ticks: Callable[[], float], see: Callable[[Roi, float, float], Sight], *, address: int = 0x29
    ) -> None:
        """`see(zone, t_s, budget_ms)` is asked for what the SPADs of a zone see."""
        self._ticks = ticks
        self._see = see
        self._address = address
        #: Without power or held in reset: acknowledges nothing.
        self.dead = False
        #: Its processor hangs: it acknowledges, and no ranging ever ends.
        self.hung = False
        #: What the next rangings say of themselves, whatever they saw.
        self.statuses: deque[int] = deque()
        #: Result registers stay as they are, though rangings go on and end.
        self.freeze = False
        #: What a master did that the part does not bear.
        self.complaints: list[str] = []
        #: Zone and time of each ranging that ended.
        self.rangings: list[tuple[Roi, float]] = []
        self.power_cycle()

    def power_cycle(self) -> None:
        """Off and on: every setting is lost."""
        self.registers = bytearray(REGISTERS)
        self.registers[MODEL_ID : MODEL_ID + 2] = MODEL.to_bytes(2, "big")
        self.registers[ROI_CENTRE : ROI_SIZE + 1] = b"\xc7\xff"
        self.registers[TIO_HV_STATUS] = 0x02
        self._booted_s = self._ticks() + BOOT_S
        self._index = 0
        self._is_set_up = False
        self._ends_s = math.inf
        self._roi: Roi | None = None
        self._stream = 0

    # The wire, message by message.

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges this address."""
        return not self.dead and address == self._address and self._ticks() >= self._booted_s

    def receive(self, address: int, data: bytes) -> None:
        """A start, the address with the write bit, two bytes of index, then what is written from there on."""
        if not data:
            return
        if len(data) < 2:
            self._refuse("an index of one byte")
        self._index = data[0] << 8 | data[1]
        self._range()
        for value in data[2:]:
            self._store(self._index, value)
            self._index += 1

    def send(self, address: int, count: int) -> bytes:
        """A start, the address with the read bit, then the registers from the index on."""
        self._range()
        if self._index + count > REGISTERS:
            self._refuse(f"read of unknown register 0x{self._index:04X}")
        if FIRMWARE_STATUS in range(self._index, self._index + count):
            self.registers[FIRMWARE_STATUS] = 0x03
        sent = bytes(self.registers[self._index : self._index + count])
        self._index += count
        return sent

    def stop(self) -> None:
        """The end of a transfer; the part keeps its index."""

    # Inside.

    def _store(self, index: int, value: int) -> None:
        if index >= REGISTERS or index in range(MODEL_ID, MODEL_ID + 2):
            self._refuse(f"register 0x{index:04X} cannot be written")
        if index in (ROI_CENTRE, ROI_SIZE) and self._ends_s < math.inf and self._is_set_up:
            self.complaints.append("the zone was changed during a ranging")
        if index == TIO_HV_STATUS:
            return  # the line is the part's own
        self.registers[index] = value
        if index == INTERRUPT_CLEAR and value & 1:
            self.registers[TIO_HV_STATUS] &= ~1
        elif index == MODE_START:
            self._start(value)

    def _start(self, mode: int) -> None:
        if mode not in (ONE_RANGING, RANGING_IN_A_ROW):
            self._ends_s = math.inf
            return
        # The whole table must have been written, as far as no choice is left to the driver.
        self._is_set_up = all(self.registers[FIRST_SETTING + k] == SETTINGS[k] for k in (0x19, 0x1A, 0x54))
        if not self._is_set_up:
            self.complaints.append("a ranging was started before the part was set up")
            return
        if self.registers[TIO_HV_STATUS] & 1:
            self.complaints.append("a ranging was started with the last result still held")
        self._roi = self._zone()
        self._ends_s = self._ticks() + self._budget()[1] / 1000.0

    def _budget(self) -> tuple[str, int]:
        """Reach and milliseconds of a ranging."""
        words = self.registers
        periods = (words[0x5E] << 8 | words[0x5F], words[0x61] << 8 | words[0x62])
        mode = {0x14: "short", 0x0A: "long"}.get(words[0x4B], "unknown")
        if periods == (0x01CC, 0x01F1):  # as the table has it
            return mode, 100
        if _MACROS.get(periods, ("", 0))[0] != mode:
            self.complaints.append(f"macro periods {periods} are not of reach {mode}")
        return mode, _MACROS.get(periods, ("", 100))[1]

    def _zone(self) -> Roi | None:
        """The SPADs that are on; None when they would lie beyond the array."""
        size = self.registers[ROI_SIZE]
        width, height = (size & 0x0F) + 1, (size >> 4) + 1
        column, row = divmod(self.registers[ROI_CENTRE] - FIRST_SPAD, SPAD_STEP)
        if height != SPADS or row:
            return Roi(left=0, right=SPADS) if (width, height) == (SPADS, SPADS) else None
        left, right = column - width // 2, column - width // 2 + width
        return Roi(left=left, right=right) if left >= 0 and right <= SPADS else None

    def _range(self) -> None:
        """End the ranging whose time has come."""
        now_s = self._ticks()
        if self.hung or now_s < self._ends_s:
            return
        reach, budget_ms = self._budget()
        began_s = self._ends_s - budget_ms / 1000.0
        roi, self._ends_s = self._roi, math.inf
        if not self.freeze:
            self._report(reach, roi, began_s, budget_ms)
        self.registers[TIO_HV_STATUS] |= 1
        if self.registers[MODE_START] == RANGING_IN_A_ROW:
            # The next ranging has begun with the zone as it was then.
            self._roi, self._ends_s = self._zone(), now_s + budget_ms / 1000.0

    def _report(self, reach: str, roi: Roi | None, began_s: float, budget_ms: float) -> None:
        if roi is None:
            status, sight = (
                ZONE_CLIPPED,
                Sight(distance_m=0.0, signal_kcps=0.0, ambient_kcps=0.0, sigma_mm=0.0),
            )
        else:
            sight = self._see(roi, began_s + budget_ms / 2000.0, budget_ms)
            status = self._status(reach, sight)
            self.rangings.append((roi, began_s))
        if self.statuses:
            status = self.statuses.popleft()
        self._stream = self._stream + 1 if self._stream < 255 else 128
        spads = roi.spads if roi else 0
        words = (
            spads << 8,
            round(sight.signal_kcps / 8),
            round(sight.ambient_kcps / 8),
            round(sight.sigma_mm * 4),
            0,
            max(round(sight.distance_m * 1000.0), 0),
            round(sight.signal_kcps / 8),
        )
        block = bytes((status, 0, self._stream)) + b"".join(
            min(word, 0xFFFF).to_bytes(2, "big") for word in words
        )
        self.registers[RESULT : RESULT + _COUNT] = block

    def _status(self, reach: str, sight: Sight) -> int:
        words = self.registers
        if sight.signal_kcps < (words[0x66] << 8 | words[0x67]) << 3:
            return TOO_WEAK
        if sight.sigma_mm > (words[0x64] << 8 | words[0x65]) >> 2:
            return TOO_NOISY
        return VALID if sight.distance_m <= REACH_M[reach] else BEYOND

    def _refuse(self, why: str) -> None:
        self.complaints.append(why)
        raise Nack(why)
