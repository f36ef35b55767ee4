"""A few numbers in, the same after a restart out: one small file, replaced whole."""

import logging
import os
from contextlib import suppress
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

#: More is no file of ours.
MOST = 1000


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is there, so that a power cut leaves the one or the other.

    Raises OSError; then what was there is there still.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


class Kept:
    """Numbers that a power cut must not take. What cannot be written is said in the log and not missed."""

    def __init__(self, path: Path, least: float = -1e300, most: float = 1e300) -> None:
        """What is not within `least` and `most` was not written by us."""
        self._path = path
        self._least, self._most = least, most
        self._numbers: tuple[float, ...] = ()

    def load(self) -> tuple[float, ...]:
        """What was kept, or nothing."""
        try:
            numbers = msgspec.json.decode(self._path.read_bytes(), type=tuple[float, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("kept=unreadable file=%s why=%s", self._path, error)
            return ()
        if len(numbers) > MOST or not all(self._least <= number <= self._most for number in numbers):
            log.warning("kept=unbelievable file=%s", self._path)
            return ()
        self._numbers = numbers
        return numbers

    def save(self, numbers: tuple[float, ...]) -> None:
        """Keep them, if they have changed."""
        if numbers == self._numbers:
            return
        try:
            replace_file(self._path, msgspec.json.encode(numbers))
        except OSError as error:
            log.warning("kept=not-written file=%s why=%s", self._path, error)
            return
        self._numbers = numbers
