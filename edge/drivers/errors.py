"""The faults of the hardware drivers, in one tree; each leaf says in `code` what goes into a node's health.

* DriverError
  * HardwareMissing   what the node file names is not there, or may not be opened: fix the machine
    * BusUnavailable    no such I2C bus, no permission, or an adapter that cannot do what we need
    * PinsUnavailable   the pin factory that was asked for cannot be had
    * PinRefused        a pin that does not exist or that something else already uses
  * ReadFailed        one reading could not be had: no reading is passed on, the next may succeed
    * NotAnswering      the device does not acknowledge, or the transfer broke off
    * BusStuck          the bus is held or timed out; asking again at once makes it worse
    * BadChecksum       the bytes and their packet error code disagree
    * SensorError       the sensor itself flags the value as wrong
    * OutOfRange        a value the sensor cannot measure
    * Stalled           the device answers, but does not do what it was told to
  * SettingRefused    the device must not be set like that: nothing was written
  * SettingFailed     the device was told, and what it says afterwards is something else
"""


class DriverError(Exception):
    """Root of every error this package raises."""

    code = "fault"


class HardwareMissing(DriverError):
    """What the node file names cannot be opened; the message says what to do."""

    code = "missing"


class BusUnavailable(HardwareMissing, OSError):
    """The I2C bus cannot be opened, or cannot do what the driver needs."""

    code = "no-bus"


class PinsUnavailable(HardwareMissing, ImportError):
    """The pin factory that was asked for cannot be had."""

    code = "no-pins"


class PinRefused(HardwareMissing, ValueError):
    """A pin that this board does not have, or that something else already uses."""

    code = "bad-pin"


class ReadFailed(DriverError):
    """A reading could not be had. There is no value: never a stale one, never a guess."""

    code = "read"


class NotAnswering(ReadFailed, ConnectionError):
    """The device does not acknowledge its address, or the transfer broke off."""

    code = "silent"


class BusStuck(ReadFailed, TimeoutError):
    """The bus is busy or timed out: a line is held low, or a device stretches the clock for ever."""

    code = "stuck"


class BadChecksum(ReadFailed, ValueError):
    """The bytes were damaged on the wire: they and their packet error code disagree."""

    code = "checksum"


class SensorError(ReadFailed, ValueError):
    """The sensor flags its own value as wrong (bit 15)."""

    code = "flagged"


class OutOfRange(ReadFailed, ValueError):
    """A value outside of what the sensor can measure at all."""

    code = "range"


class Stalled(ReadFailed):
    """The device answers its address and gives nothing in the time its data sheet promises."""

    code = "stalled"


class SettingRefused(DriverError, ValueError):
    """The device must not be set like that; nothing was written to it."""

    code = "refused"


class SettingFailed(DriverError):
    """The device was told to change, and does not confirm it; `writes` counts the wear of its memory."""

    code = "unset"

    def __init__(self, message: str, writes: int = 0) -> None:
        super().__init__(message)
        #: Erases and writes that the device's memory was put to.
        self.writes = writes
