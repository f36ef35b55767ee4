"""What the copy reads: books of the hub, each with a place up to which it was read."""

from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreError
from hub.store import address
from hub.store.database import reader_of

#: Where every book begins.
BEGINNING = ""


class Piece(NamedTuple):
    """What comes after a place: lines to write, and the place after them.

    The same place as before: there is nothing new. Rows without a value give no line and move the place.
    """

    lines: list[str]
    place: str
    #: Rows read.
    rows: int = 0


class Source(Protocol):
    """A book that is read on from a place; the same rows are always the same lines."""

    @property
    def name(self) -> str:
        """What its place is kept under."""

    def after(self, place: str, limit: int) -> Piece | None:
        """About `limit` rows after the place, in order; None: this is not the book that the place is of.

        Raises StoreError when it cannot be read.
        """


class HubFile:
    """The hub's store, read and never written; a file may be replaced while it is read."""

    def __init__(self, data: Path) -> None:
        """Raises StoreError when there is none in `data`."""
        #: The store in words.
        self.path = address.shown(address.store_url(data, address.HUB))
        if not address.is_there(data, address.HUB):
            raise StoreError(f"{self.path}: no such file; start the hub first, or choose its folder")
        self._engine: Engine = reader_of(data, address.HUB)

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    def connect(self) -> Connection:
        """A connection. Raises StoreError when the file does not open."""
        try:
            return self._engine.connect()
        except DatabaseError as error:
            raise self.unreadable(error) from error

    def unreadable(self, error: DatabaseError) -> StoreError:
        """What to raise when a read has failed."""
        return StoreError(f"{self.path}: cannot be read as a journal ({error.orig})")


def number(place: str) -> int:
    """The place as a number; 0 is the beginning, and what somebody else wrote there is too."""
    return int(place) if place.isdecimal() else 0
