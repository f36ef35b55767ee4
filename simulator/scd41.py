"""A modelled SCD41: bytes of a transfer go in, bytes and acknowledges come out, as the part gives them.

The outside world is `air`; what goes wrong inside are `dead` and `idles`. Commands, checksums, which commands
are taken while it measures, how long each takes and that a measurement is given once are the data sheet's
(Sensirion SCD4x, version 1.3). That a part which is busy, or is told what it may not hear, withholds its
acknowledge is what drivers in the field rely on; how a recalibration moves its readings is our choice.
"""

from collections.abc import Callable

from edge.drivers.air import (
    FORCE_RECALIBRATION,
    GET_DATA_READY,
    GET_SERIAL_NUMBER,
    READ_MEASUREMENT,
    SET_ALTITUDE,
    SET_SELF_CALIBRATION,
    SET_TEMPERATURE_OFFSET,
    START_LOW_POWER,
    START_PERIODIC,
    STOP_PERIODIC,
    crc8,
)
from simulator.i2c_wires import Nack

ADDRESS = 0x62
SERIAL = (0xF896, 0x9F07, 0x3BBE)
INTERVALS_S = {START_PERIODIC: 5.0, START_LOW_POWER: 30.0}
#: How long the part is busy with a command, seconds (table 9); 1 ms with all others.
_TAKES_S = {STOP_PERIODIC: 0.5, FORCE_RECALIBRATION: 0.4}
_OTHERS_TAKE_S = 0.001
_WHILE_MEASURING = {READ_MEASUREMENT, STOP_PERIODIC, GET_DATA_READY}
_SETTINGS = {SET_ALTITUDE, SET_SELF_CALIBRATION, SET_TEMPERATURE_OFFSET}


class Scd41:
    """One sensor. `ticks` gives seconds that never jump back; virtual time is welcome."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        #: The three words that the next measurements give: CO2, temperature, humidity.
        self.words = (500, 0x6667, 0x5EB9)
        #: What the part adds to the CO2 it meets, ppm: it is out of calibration.
        self.error_ppm = 0
        #: Without power or with a broken wire: acknowledges nothing.
        self.dead = False
        #: Takes commands and measures nothing: its supply is too weak.
        self.idles = False
        #: What the next recalibration answers, instead of its correction.
        self.recalibration_answer: int | None = None
        #: What a master did that the data sheet forbids.
        self.complaints: list[str] = []
        self.starts = 0
        self.power_cycle()

    def air(self, co2_ppm: int, temperature_c: float = 22.0, humidity: float = 0.4) -> None:
        """Put that air around the sensor."""
        temperature = round((temperature_c + 45.0) / 175.0 * 0xFFFF)
        self.words = (co2_ppm, temperature, round(humidity * 0xFFFF))

    def power_cycle(self) -> None:
        """Off and on: idle, and set as the factory did."""
        self.settings = {SET_ALTITUDE: 0, SET_SELF_CALIBRATION: 1, SET_TEMPERATURE_OFFSET: 0x05DA}
        self._interval_s: float | None = None
        self._measured = 0
        self._began_s = self._ticks()
        self._busy_until_s = self._ticks()
        self._answer: bytes | None = None

    @property
    def is_measuring(self) -> bool:
        """Whether a periodic mode is on."""
        return self._interval_s is not None

    # The wire, message by message.

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges this address; not while a command is at work."""
        return not self.dead and address == ADDRESS and self._ticks() >= self._busy_until_s

    def receive(self, address: int, data: bytes) -> None:
        """A command of two bytes, with a word and its checksum behind it where it takes one."""
        if not data:
            return
        command = int.from_bytes(data[:2], "big")
        argument = None
        if len(data) == 5:
            if crc8(data[2:4]) != data[4]:
                self._refuse(f"wrong checksum behind command 0x{command:04X}")
            argument = int.from_bytes(data[2:4], "big")
        elif len(data) != 2:
            self._refuse(f"{len(data)} bytes written")
        if self.is_measuring and command not in _WHILE_MEASURING:
            self._refuse(f"command 0x{command:04X} while measuring")
        self._busy_until_s = self._ticks() + _TAKES_S.get(command, _OTHERS_TAKE_S) * 0.999
        self._answer = self._obey(command, argument)

    def send(self, address: int, count: int) -> bytes:
        """What the last command left to fetch; refused when there is nothing."""
        if self._answer is None:
            raise Nack("nothing to read")
        answer, self._answer = self._answer, None
        return answer.ljust(count, b"\xff")[:count]

    def stop(self) -> None:
        """The end of a transfer; answers are fetched in another one."""

    # Inside.

    def _obey(self, command: int, argument: int | None) -> bytes | None:
        if command in INTERVALS_S:
            self._interval_s, self._began_s, self._measured = INTERVALS_S[command], self._ticks(), 0
            self.starts += 1
        elif command == STOP_PERIODIC:
            self._interval_s = None
        elif command == GET_DATA_READY:
            return _packed(0x8006 if self._is_ready() else 0x8000)
        elif command == READ_MEASUREMENT:
            return self._measurement()
        elif command == GET_SERIAL_NUMBER:
            return _packed(*SERIAL)
        elif command in _SETTINGS and argument is not None:
            self.settings[command] = argument
        elif command == FORCE_RECALIBRATION and argument is not None:
            return self._recalibrated(argument)
        else:
            self._refuse(f"unknown command 0x{command:04X}")
        return None

    def _is_ready(self) -> bool:
        if self._interval_s is None or self.idles:
            return False
        return int((self._ticks() - self._began_s) / self._interval_s) > self._measured

    def _measurement(self) -> bytes | None:
        if self._interval_s is None or not self._is_ready():
            return None
        self._measured = int((self._ticks() - self._began_s) / self._interval_s)
        co2, temperature, humidity = self.words
        return _packed(max(co2 + self.error_ppm, 0), temperature, humidity)

    def _recalibrated(self, reference_ppm: int) -> bytes:
        if self.recalibration_answer is not None:
            return _packed(self.recalibration_answer)
        correction_ppm = reference_ppm - (self.words[0] + self.error_ppm)
        self.error_ppm += correction_ppm
        return _packed(0x8000 + correction_ppm)

    def _refuse(self, why: str) -> None:
        self.complaints.append(why)
        raise Nack(why)


def _packed(*words: int) -> bytes:
    pairs = [word.to_bytes(2, "big") for word in words]
    return b"".join(pair + bytes((crc8(pair),)) for pair in pairs)
