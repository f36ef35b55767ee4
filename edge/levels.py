"""A post's running level in, the same after a restart out: some °C in a file that is replaced whole."""

import logging
import os
from contextlib import suppress
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

#: No level holds more than this many numbers.
MOST = 1000
#: °C a number of a level may be: 0 between its parts, then spreads, then foreheads.
MOST_C = 45.0


class LevelFile:
    """Where one post's level is kept. It names nobody: it is a list of temperatures, which the screener
    checks in turn and takes nothing of that it did not write (edge/signals/baseline.py).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: tuple[float, ...] = ()

    def load(self) -> tuple[float, ...]:
        """What was kept, or nothing; then the post learns its level anew."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=tuple[float, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("level=unreadable file=%s why=%s", self._path, error)
            return ()
        if len(kept) > MOST or not all(0.0 <= value_c <= MOST_C for value_c in kept):
            log.warning("level=unbelievable file=%s", self._path)
            return ()
        self._kept = kept
        return kept

    def save(self, level: tuple[float, ...]) -> None:
        """Keep it, if it has changed. What cannot be written is said and not missed."""
        if level == self._kept:
            return
        new = self._path.with_name(self._path.name + ".new")
        try:
            with new.open("wb") as file:
                file.write(msgspec.json.encode(level))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            log.warning("level=not-kept file=%s why=%s", self._path, error)
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return
        self._kept = level
