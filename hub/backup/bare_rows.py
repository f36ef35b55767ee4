"""A copy of `hub.db` in, the same without anything measured on a person out; a damaged file too.

A single reading lives a day (docs/decisions/0019), a copy for weeks: so none is in a copy.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from hub.store.forgetting import READINGS, without_readings

#: Rows rewritten in one go.
ROWS = 5000
#: Bytes of a damaged file looked through at once, and how far two looks overlap: longer than any reading.
BLOCK, OVERLAP = 4 * 1024 * 1024, 64
_READING = re.compile(rb'"(?:%s)"\s*:\s*(-?[0-9][0-9.eE+-]*)' % "|".join(READINGS).encode())


def forget_readings(path: Path) -> int:
    """Take every reading out of a copy that nobody else has open; how many rows were rewritten.

    Raises sqlite3.Error.
    """
    changed = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # What was there is written over with zeros, and no log keeps it.
        database.execute("PRAGMA journal_mode = DELETE").fetchone()
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA secure_delete = ON").fetchone()
        database.execute("BEGIN IMMEDIATE")
        # Rows up to here have been rewritten by the hub.
        done = _fact(database, "forgotten-journal")
        while rows := database.execute(
            "SELECT position, body FROM journal WHERE position > ? ORDER BY position LIMIT ?", (done, ROWS)
        ).fetchall():
            bare = [(without_readings(body), position) for position, body in rows]
            new = [pair for pair, (_, body) in zip(bare, rows, strict=True) if pair[0] != body]
            database.executemany("UPDATE journal SET body = ? WHERE position = ?", new)
            changed += len(new)
            done = rows[-1][0]
        # What could not be read is not known to be free of readings.
        changed += database.execute("UPDATE rejected SET body = x'' WHERE length(body) > 0").rowcount
        database.execute("COMMIT")
    return changed


def blank_readings(path: Path) -> int:
    """Write zeros over the digits of every reading in a damaged file, of whatever form; how many there were.

    Nothing else changes, so that what can be read of the file can still be read. Raises OSError.
    """
    blanked = 0
    with path.open("r+b") as file:
        start = 0
        while True:
            file.seek(start)
            block = file.read(BLOCK)
            if not block:
                return blanked
            for found in _READING.finditer(block):
                digits = found[1]
                if digits.strip(b"0"):
                    file.seek(start + found.start(1))
                    file.write(b"0" * len(digits))
                    blanked += 1
            if len(block) < BLOCK:
                return blanked
            start += BLOCK - OVERLAP


def _fact(database: sqlite3.Connection, name: str) -> int:
    row = database.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0
