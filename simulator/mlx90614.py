"""A modelled MLX90614: bytes of a transfer go in, bytes and acknowledges come out, as the part gives them.

The outside world is `look_at`; what may go wrong inside the part are `flag_next` and `dead`. Damage on the
wire is the bus's matter (`simulator.i2c_wires`). The commands, the packet error code, the error flag, the
address 0 and the erase before a write are the datasheet's; how the part refuses to be hurried while its
EEPROM is busy, and what a write without an erase leaves behind, are this model's choice.
"""

from collections.abc import Callable

from edge.drivers.i2c import crc8
from edge.drivers.thermometer import ERROR_FLAG, KELVIN_PER_COUNT, ZERO_CELSIUS_K
from simulator.i2c_wires import Nack

AMBIENT, OBJECT = 0x06, 0x07
#: EEPROM cells (0x20 is added to read or write them).
TO_MAX, TO_MIN, PWM_CONTROL, TA_RANGE, EMISSIVITY, CONFIG1, ADDRESS = 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0E
IDS = 0x1C
READ_FLAGS, SLEEP = 0xF0, 0xFF
EEPROM_BUSY_FLAG, READY_FLAG = 0x0080, 0x0010
#: An erase or a write takes 5 ms (datasheet, EEPROM: typical).
EEPROM_BUSY_S = 0.005


class Mlx90614:
    """One sensor. `ticks` gives seconds that never jump back; virtual time is welcome."""

    def __init__(
        self,
        ticks: Callable[[], float],
        *,
        address: int = 0x5A,
        emissivity: float = 1.0,
        flicker: Callable[[], int] = lambda: 0,
    ) -> None:
        """`flicker()` is the noise of one object word, counts of 0.02 K; a real part is never without."""
        self._ticks = ticks
        self._flicker = flicker
        self.ram = dict.fromkeys(range(0x20), 0)
        self.eeprom = dict.fromkeys(range(0x20), 0)
        self.eeprom |= {TO_MAX: 0x9993, TO_MIN: 0x62E3, PWM_CONTROL: 0x0201, TA_RANGE: 0xF71C}
        self.eeprom |= {EMISSIVITY: round(0xFFFF * emissivity), CONFIG1: 0x9FB4, ADDRESS: 0xBE00 | address}
        self.eeprom |= {IDS: 0x1107, IDS + 1: 0x2A5C, IDS + 2: 0x3F03, IDS + 3: 0x4D21}
        #: How many of the next object words carry the error flag.
        self.flag_next = 0
        #: Without power or with a broken wire: acknowledges nothing.
        self.dead = False
        #: Erases and writes that each cell of the EEPROM has had.
        self.eeprom_writes = dict.fromkeys(range(0x20), 0)
        #: What a master did that the datasheet forbids.
        self.complaints: list[str] = []
        self.look_at(object_c=22.0, ambient_c=22.0)
        self.power_cycle()

    def look_at(self, *, object_c: float | None = None, ambient_c: float | None = None) -> None:
        """Put something of that temperature before the lens, or change that of the case."""
        if object_c is not None:
            self.ram[OBJECT] = to_raw(object_c)
        if ambient_c is not None:
            self.ram[AMBIENT] = to_raw(ambient_c)

    def power_cycle(self) -> None:
        """Off and on: a new address counts from now on, and a sleeping part is awake."""
        self._address = self.eeprom[ADDRESS] & 0x7F
        self._busy_until_s = self._ticks()
        self._asleep = False
        self.stop()

    def wake(self) -> None:
        """What SDA held low for 33 ms does."""
        self._asleep = False

    # The wire, message by message.

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges this address; every MLX90614 also hears 0."""
        return not self.dead and not self._asleep and address in (self._address, 0)

    def receive(self, address: int, data: bytes) -> None:
        """A start, the address with the write bit, then `data`. Raises Nack where the part refuses a byte."""
        self._heard = bytes([address << 1])
        self._sent = data
        if len(data) <= 1:
            return  # an empty probe, or the command of a read that follows
        command = data[0]
        if len(data) != (2 if command == SLEEP else 4):
            self._refuse(f"{len(data)} bytes written to command 0x{command:02X}")
        if crc8(self._heard + data[:-1]) != data[-1]:
            self._refuse(f"wrong PEC written to command 0x{command:02X}")
        if command == SLEEP:
            self._asleep = True
        elif command & 0xE0 == 0x20:
            self._write_eeprom(command & 0x1F, data[1] | data[2] << 8)
        else:
            self._refuse(f"command 0x{command:02X} cannot be written")

    def send(self, address: int, count: int) -> bytes:
        """A start, the address with the read bit, then `count` bytes: low, high, PEC, and 0xFF for ever."""
        word = self._word(self._sent[0]) if self._sent else 0
        answer = bytes((word & 0xFF, word >> 8))
        heard = self._heard + self._sent + bytes([address << 1 | 1])
        self._sent = b""
        return (answer + bytes([crc8(heard + answer)])).ljust(count, b"\xff")[:count]

    def stop(self) -> None:
        """The end of a transfer: the part forgets the command."""
        self._heard = self._sent = b""

    # Inside.

    def _word(self, command: int) -> int:
        busy = self._ticks() < self._busy_until_s
        if command == READ_FLAGS:
            return READY_FLAG | (EEPROM_BUSY_FLAG if busy else 0)
        if command & 0xE0 == 0x20:
            if busy:
                self._refuse("EEPROM read while it is busy")
            return self.eeprom[command & 0x1F]
        if command & 0xE0 != 0x00:
            self._refuse(f"unknown command 0x{command:02X}")
        word = self.ram[command & 0x1F]
        if command == OBJECT:
            word += self._flicker()
        if command == OBJECT and self.flag_next:
            self.flag_next -= 1
            word |= ERROR_FLAG
        return word

    def _write_eeprom(self, cell: int, word: int) -> None:
        if self._ticks() < self._busy_until_s:
            self._refuse("EEPROM written while it is busy")
        if word and self.eeprom[cell]:
            self.complaints.append(f"cell 0x{cell:02X} written without erasing it first")
            word |= self.eeprom[cell]
        self.eeprom[cell] = word
        self.eeprom_writes[cell] += 1
        self._busy_until_s = self._ticks() + EEPROM_BUSY_S

    def _refuse(self, why: str) -> None:
        self.complaints.append(why)
        raise Nack(why)


def to_raw(value_c: float) -> int:
    """The word of a temperature in °C, to the nearest 0.02."""
    return round((value_c + ZERO_CELSIUS_K) / KELVIN_PER_COUNT)
