"""A few numbers in, the same after a restart out: one small file, replaced whole."""

import logging
import math
import os
from contextlib import suppress
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

#: More is no file of ours.
MOST = 1000


class Kept:
    """Numbers that a power cut must not take. What cannot be written is said in the log and not missed."""

    def __init__(self, path: Path) -> None:
        self._path = path
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
        if len(numbers) > MOST or not all(map(math.isfinite, numbers)):
            log.warning("kept=unbelievable file=%s", self._path)
            return ()
        self._numbers = numbers
        return numbers

    def save(self, numbers: tuple[float, ...]) -> None:
        """Keep them, if they have changed."""
        if numbers == self._numbers:
            return
        new = self._path.with_name(self._path.name + ".new")
        try:
            with new.open("wb") as file:
                file.write(msgspec.json.encode(numbers))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            log.warning("kept=not-written file=%s why=%s", self._path, error)
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return
        self._numbers = numbers
