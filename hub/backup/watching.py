"""Looks after the stores of a running hub, beside it: for a note of damage, for deleted events, once a day at
every page, and whether there are copies.
"""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hub.backup.leftovers import remove_leftovers
from hub.backup.recovery import NOTE, note_damaged
from hub.backup.shelf import Shelf
from hub.backup.soundness import read_only
from hub.backup.taking import HUB, PEOPLE
from protocol.clock import Clock

log = logging.getLogger(__name__)

#: Stores that are files.
FILES = (HUB, PEOPLE)
#: Positions have no gaps, so what is missing shows. Each is counted in the smallest tree there is of it.
_POSITIONS = (
    "SELECT (SELECT count(*) FROM journal), (SELECT min(position) FROM journal), "
    "(SELECT max(position) FROM journal)"
)
#: Between two looks for a note and for what was deleted, and between two looks at every page, seconds.
LOOK_S = 20.0
PAGES_EVERY_S = 24 * 3600.0


class StoreWatch:
    """A thread of its own; the hub's loop asks for `fault`, and ends when there is one."""

    def __init__(
        self,
        data: Path,
        shelf: Shelf,
        clock: Clock,
        stop: threading.Event,
        files: Sequence[str] = FILES,
    ) -> None:
        """`files`: none where a server has the stores, whose damage is its own to find."""
        self._data = data
        self._files = files
        self._shelf = shelf
        self._clock = clock
        self._stop = stop
        self._pages_s = clock.monotonic() + PAGES_EVERY_S
        #: The newest position ever seen.
        self._newest = 0
        #: What is wrong with a store; the next start of the hub restores it.
        self.fault: str | None = None
        #: For whoever watches: when the newest copy was made, seconds of Unix time, 0 where there is none;
        #: and whether its audit log does not hold.
        self.figures: dict[str, float] = {}

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="stores", daemon=True).start()

    def look(self) -> None:
        """One look."""
        self._look_at_copies()
        if self._clock.monotonic() >= self._pages_s:
            self._pages_s = self._clock.monotonic() + PAGES_EVERY_S
            for name in self._files:
                self._look_at_pages(self._data / name)
        if HUB in self._files:
            self._look_at_positions(self._data / HUB)
        for name in self._files:
            note = self._data / f"{name}{NOTE}"
            if note.exists():
                self.fault = f"{self._data / name}: {note.read_text(encoding='utf-8').strip()}"

    def _run(self) -> None:
        while self.fault is None:
            try:
                self.look()
            except OSError as error:
                log.warning("stores=unread why=%s", error)
            if self._stop.wait(LOOK_S):
                return

    def _look_at_copies(self) -> None:
        remove_leftovers(self._data, self._shelf.folder)
        newest = next(iter(self._shelf.copies()), None)
        self.figures = {
            "copied_at_s": 0.0 if newest is None else newest.at.timestamp(),
            "audit_broken": float(newest is not None and newest.is_broken),
        }

    def _look_at_positions(self, path: Path) -> None:
        """Events that somebody deleted behind the hub's back: the nodes have them still, for a week."""
        try:
            with closing(sqlite3.connect(read_only(path), uri=True, timeout=10)) as database:
                there, first, newest = database.execute(_POSITIONS).fetchone()
        except sqlite3.DatabaseError as error:
            log.warning("stores=unread file=%s why=%s", path, error)
            return
        self._newest = max(self._newest, newest or 0)
        if there != self._newest or (there and first != 1):
            gone = self._newest - there
            note_damaged(path, f"{gone} of {self._newest} events are gone from the journal")

    def _look_at_pages(self, path: Path) -> None:
        try:
            with closing(sqlite3.connect(read_only(path), uri=True, timeout=10)) as database:
                said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.OperationalError as error:
            log.warning("stores=unread file=%s why=%s", path, error)
            return
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said == "ok":
            log.info("store=sound file=%s", path)
        else:
            note_damaged(path, said)
