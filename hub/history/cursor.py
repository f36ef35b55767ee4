"""A file that keeps up to where each book is settled at the server."""

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from protocol.keeping import SECRET, write

log = logging.getLogger(__name__)


class _Kept(Struct):
    target: str
    #: By the name of the book.
    places: dict[str, str]


class CursorFile:
    """Places, kept in a file that is replaced whole; its one writer is this process."""

    def __init__(self, path: Path, target: str) -> None:
        self._path = path
        self._target = target

    def load(self) -> dict[str, str]:
        """The settled places; none, the beginning of everything, without a file or with another target's."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            log.warning("cursor unreadable path=%s fault=%r; copying from the beginning", self._path, error)
            return {}
        if kept.target != self._target:
            log.warning("target new was=%s is=%s; copying from the beginning", kept.target, self._target)
            return {}
        return kept.places

    def save(self, places: Mapping[str, str]) -> None:
        """Keep the places, durably."""
        write(self._path, msgspec.json.encode(_Kept(self._target, dict(places))), SECRET)
