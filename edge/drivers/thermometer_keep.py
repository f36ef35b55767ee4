"""The `config1` of each MLX90614 that was ever set, in a file: a power cut in a write erases it for good."""

from pathlib import Path

import msgspec

from edge.drivers.errors import SettingRefused
from protocol.keeping import OPEN, write

_Ids = tuple[int, int, int, int]


class KeptWords:
    """One small file beside the outbox, replaced whole; a sensor is known by its factory ids."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, ids: _Ids, config1: int) -> None:
        """On the disk by the time this returns. Raises SettingRefused when it cannot be kept."""
        words = self._load() | {_name(ids): config1}
        try:
            write(self._path, msgspec.json.encode(words), OPEN)
        except OSError as error:
            raise SettingRefused(
                f"{self._path}: the sensor's calibration word cannot be kept ({error.strerror or error}), "
                "so its EEPROM is left alone; make the folder writable for this user"
            ) from error

    def kept(self, ids: _Ids) -> int | None:
        """What was kept for that sensor, or None. Raises SettingRefused when the file cannot be read."""
        return self._load().get(_name(ids))

    def _load(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SettingRefused(
                f"{self._path}: cannot be read ({error}), so no EEPROM is written; "
                "move the file away if its sensors are all well"
            ) from error


def _name(ids: _Ids) -> str:
    return "-".join(f"{word:04x}" for word in ids)
