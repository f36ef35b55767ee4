"""How an MLX90614 shall be set goes in, its EEPROM made so comes out, or an error that says what it holds.

An EEPROM cell is read first and written only if it differs: erase (write 0x0000), wait, write, wait, read
back (Melexis 390119061402, "SMBus communication with MLX90614"). Of `config1` only the two filters are ever
changed: amplification, zones, signs and bit 3 are the factory's calibration. The sensor takes a change up
when it is switched off and on again (or put to sleep and woken), not before.

A power cut between erase and write leaves a cell at 0x0000, or anything. The factory's bits of `config1`
cannot be made up again, so the word is kept (`Keep`) before it is first touched, and what was kept counts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from edge.drivers.errors import BadChecksum, NotAnswering, ReadFailed, SettingFailed, SettingRefused
from edge.drivers.i2c import Combined, read_word, with_retries, write_word
from edge.drivers.thermometer import (
    CONFIG1,
    EMISSIVITY,
    IDS,
    SMBUS_ADDRESS,
    Profile,
    Thermometer,
    ThermometerConfig,
    profile,
)
from protocol.config import read_struct

#: Every MLX90614 hears this address beside its own (Melexis 390119061402).
ANY = 0x00
#: An erase or a write takes 5 ms by the datasheet, 20 ms by the Linux driver, which has seen more parts.
EEPROM_S = 0.02
#: Erase and write, and once more if the cell does not hold the word then. Never on and on: EEPROM wears out.
TRIES = 2
#: The bits of `config1` that are ours: IIR (0 to 2) and FIR (8 to 10).
IIR_MASK = 0b111
FIR_MASK = 0b111 << 8
_NAMES = {EMISSIVITY: "emissivity", CONFIG1: "config1", SMBUS_ADDRESS: "address"}

Ids = tuple[int, int, int, int]


class WantedProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a sensor shall be set: a file of `firmware_config/sensors/`."""

    #: Where the numbers come from.
    source: Annotated[str, Meta(min_length=1)]
    #: Of what it looks at, 0.1 to 1; skin is 0.98 (science.md §1.8).
    emissivity: Annotated[float, Meta(ge=0.1, le=1.0)]
    #: Infinite-impulse-response code; 4 is none, others smooth, and smoothing hides.
    iir: Annotated[int, Meta(ge=0, le=7)] = 4
    #: Finite-impulse-response code; below 4 is not recommended by the maker.
    fir: Annotated[int, Meta(ge=4, le=7)] = 7
    #: The amplification that is expected, never set; None takes a part as it is.
    gain: Annotated[int, Meta(ge=0, le=7)] | None = None
    #: `config1` of an identical part, for one whose own was lost; None refuses to guess.
    config1_if_lost: Annotated[int, Meta(ge=1, le=0xFFFF)] | None = None

    @property
    def raw_emissivity(self) -> int:
        """The word of the EEPROM cell: 0.98 is 0xFAE0."""
        return round(0xFFFF * self.emissivity)

    def config1_from(self, word: int) -> int:
        """`word` with our filters and nothing else changed."""
        return word & ~(IIR_MASK | FIR_MASK) | self.iir | self.fir << 8

    def differences(self, found: Profile) -> tuple[str, ...]:
        """Of `emissivity`, `iir`, `fir` and `gain`, those that a sensor has otherwise; nothing is written."""
        wanted = {"emissivity": self.raw_emissivity, "iir": self.iir, "fir": self.fir, "gain": self.gain}
        has = {"emissivity": found.raw_emissivity, "iir": found.iir, "fir": found.fir, "gain": found.gain}
        return tuple(name for name, value in wanted.items() if value not in (None, has[name]))


class Keep(Protocol):
    """Remembers the `config1` of sensors across power cuts: `edge.drivers.thermometer_keep.KeptWords`."""

    def keep(self, ids: Ids, config1: int) -> None:
        """On a disk by the time this returns."""

    def kept(self, ids: Ids) -> int | None:
        """What was kept for that sensor, or None."""


class Applied(Struct, frozen=True, kw_only=True):
    """What was done to a sensor."""

    #: Of `emissivity`, `iir`, `fir`, `config1` (restored after a power cut), `address`: those that changed.
    changed: tuple[str, ...]
    before: Profile
    after: Profile
    #: Erases and writes of EEPROM cells; each wears one.
    writes: int

    @property
    def needs_restart(self) -> bool:
        """Whether the sensor must be switched off and on before this counts."""
        return bool(self.changed)


def read_wanted(path: Path) -> WantedProfile:
    """The profile file at `path`. Raises ConfigError with every fault of it."""
    return read_struct(path, WantedProfile)


class ThermometerSetup:
    """Sets one MLX90614. Nothing else may use the bus meanwhile."""

    def __init__(
        self,
        config: ThermometerConfig,
        bus: Combined,
        ticks: Callable[[], float],
        sleep: Callable[[float], None],
        keep: Keep,
    ) -> None:
        """`sleep` waits that many seconds of the clock that `ticks` reads."""
        self._config = config
        self._bus = bus
        self._ticks = ticks
        self._sleep = sleep
        self._keep = keep
        self._writes = 0

    def apply(self, wanted: WantedProfile) -> Applied:
        """Set the sensor as `wanted` says, writing only what differs.

        Raises SettingRefused (nothing was written), SettingFailed, or as `Thermometer.read` does.
        """
        self._writes = 0
        thermometer = Thermometer(self._config, self._bus, self._ticks)
        ids = thermometer.read_ids()
        before = thermometer.read_profile()
        base = self._base(ids, before.config1, wanted)
        found_gain = profile(before.raw_emissivity, base).gain
        if wanted.gain is not None and wanted.gain != found_gain:
            raise SettingRefused(
                f"{self!r}: the profile is for amplification {wanted.gain}, this part has {found_gain}; "
                "it belongs to the factory's calibration and stays: use a profile made for this part"
            )
        config1 = wanted.config1_from(base)
        self._put(self._config.address, EMISSIVITY, wanted.raw_emissivity)
        self._put(self._config.address, CONFIG1, config1)
        after = thermometer.read_profile()
        if (after.raw_emissivity, after.config1) != (wanted.raw_emissivity, config1):
            raise SettingFailed(
                f"{self!r}: set, and then read as 0x{after.raw_emissivity:04X} and 0x{after.config1:04X}; "
                "replace the sensor",
                self._writes,
            )
        return Applied(changed=_changes(before, after, base), before=before, after=after, writes=self._writes)

    def set_address(self, address: int) -> Applied:
        """Give the sensor another address, to mount several on one bus. It must be the only MLX90614 there.

        It hears the old address until it is switched off and on. A sensor that lost its address in a power
        cut is found too. Raises SettingRefused, SettingFailed, or as `Thermometer.read` does.
        """
        self._writes = 0
        if not 0x08 <= address <= 0x77:
            raise SettingRefused(
                f"{self!r}: expected an address from 0x08 to 0x77, got 0x{address:02X}; others are reserved"
            )
        heard_at = self._find_alone()
        before = self._profile(heard_at)
        found = self._read(heard_at, SMBUS_ADDRESS)
        if found & 0xFF != address:
            # The high byte has no meaning (Melexis 390119061402); the factory's is kept all the same.
            self._put(heard_at, SMBUS_ADDRESS, found & 0xFF00 | address)
        return Applied(
            changed=("address",) if self._writes else (),
            before=before,
            after=self._profile(heard_at),
            writes=self._writes,
        )

    def __repr__(self) -> str:
        return f"MLX90614 0x{self._config.address:02X} on bus {self._config.bus}"

    def _base(self, ids: Ids, found: int, wanted: WantedProfile) -> int:
        """The `config1` that the filters are put into; kept from the first sight of the sensor."""
        kept = self._keep.kept(ids)
        if kept is not None:
            return kept
        base = found or wanted.config1_if_lost
        if base is None:
            raise SettingRefused(
                f"{self!r}: its config1 was erased by a power cut and nobody kept it; read that of an "
                "identical part and write it as `config1_if_lost` into the profile, or replace the sensor"
            )
        self._keep.keep(ids, base)
        return base

    def _find_alone(self) -> int:
        """The address to talk to. Raises SettingRefused when a second MLX90614 hears what is written."""
        # Commands from 0x20 on only: to an ADS1115 on the same bus, 0x06 at address 0 is a reset.
        # Where two answer at once zeroes win, so that words or their checksums come out wrong.
        own = self._config.address
        try:
            everybody = self._ids(ANY)
            try:
                at, ids = own, self._ids(own)
            except NotAnswering:
                at, ids = ANY, everybody
            is_alone = ids == everybody
        except BadChecksum:
            is_alone = False
        if not is_alone:
            raise SettingRefused(
                f"{self!r}: more than one MLX90614 answers; connect the one alone whose address shall change"
            )
        return at

    def _put(self, at: int, cell: int, word: int) -> None:
        """Make the cell hold the word; at most `TRIES` times erased and written."""
        before = self._writes
        try:
            for _ in range(TRIES):
                found = self._read(at, cell)
                if found == word:
                    return
                self._replace(at, cell, found, word)
            found = self._read(at, cell)
        except ReadFailed as error:
            if self._writes == before:
                raise
            raise SettingFailed(
                f"{self!r}: lost while {_NAMES[cell]} was written ({error}); it may be erased now: "
                "switch the sensor off and on and set it again",
                self._writes,
            ) from error
        if found != word:
            raise SettingFailed(
                f"{self!r}: {_NAMES[cell]} shall be 0x{word:04X} and is 0x{found:04X} after {TRIES} tries; "
                "switch the sensor off and on and set it again; if it stays, replace it",
                self._writes,
            )

    def _replace(self, at: int, cell: int, found: int, word: int) -> None:
        try:
            if found:
                self._write(at, cell, 0)
            self._write(at, cell, word)
        except (NotAnswering, BadChecksum):
            self._sleep(EEPROM_S)  # what the sensor made of that is read next

    def _write(self, at: int, cell: int, word: int) -> None:
        self._writes += 1  # before: a write that is not acknowledged may have worn the cell
        write_word(self._bus, at, cell, word)
        self._sleep(EEPROM_S)

    def _profile(self, at: int) -> Profile:
        return profile(self._read(at, EMISSIVITY), self._read(at, CONFIG1))

    def _ids(self, at: int) -> Ids:
        first, second, third, fourth = (self._read(at, command) for command in IDS)
        return first, second, third, fourth

    def _read(self, at: int, command: int) -> int:
        config = self._config
        return with_retries(
            lambda: read_word(self._bus, at, command), config.retries, config.deadline_s, self._ticks
        )


def _changes(before: Profile, after: Profile, base: int) -> tuple[str, ...]:
    names = [name for name in ("emissivity", "iir", "fir") if getattr(before, name) != getattr(after, name)]
    if (before.config1 ^ base) & ~(IIR_MASK | FIR_MASK):
        names.append("config1")
    return tuple(names)
