"""A disk below SQLite that loses power: what was synced is kept, of the rest any sector in any state it had.

It is a file system of apsw's, in memory; `LossyDatabase` has the shape the outbox needs of `sqlite3`.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import apsw

T = TypeVar("T")


class PowerCutError(Exception):
    """The power is gone in the middle of an operation."""


@dataclass(slots=True)
class File:
    """One file: as its readers see it, as it is on the platter, and the writes in between."""

    content: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    #: (offset, data) of writes and (size, None) of truncations that no sync has followed.
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)
    #: Whether the folder is known to list it.
    is_listed: bool = False
    #: Whether its first sync syncs the folder too, as SQLite's own file system does for new journals.
    syncs_folder: bool = False

    def change(self, offset: int, data: bytes | None) -> None:
        _apply(self.content, offset, data)
        self.unsynced.append((offset, data))

    def sync(self) -> None:
        for offset, data in self.unsynced:
            _apply(self.durable, offset, data)
        self.unsynced.clear()
        self.is_listed = True

    def after_cut(self, chance: Random, sector: int, keep: float) -> "File | None":
        """What is found when the power is back: of each sector written, its old state or any it had since."""
        if not self.is_listed and chance.random() >= keep:
            return None
        states: dict[int, list[bytes]] = defaultdict(list)
        sizes = [len(self.durable)]
        view = bytearray(self.durable)
        for offset, data in self.unsynced:
            _apply(view, offset, data)
            sizes.append(len(view))
            for number in range(offset // sector, (offset + len(data or b"") + sector - 1) // sector):
                states[number].append(bytes(view[number * sector : (number + 1) * sector]))
        found = bytearray(self.durable)
        for number, had in states.items():
            if chance.random() < keep:
                _apply(found, number * sector, chance.choice(had))
        size = chance.choice(sizes) if keep else sizes[0]
        _apply(found, size, None)
        found.extend(bytes(size - len(found)))
        return File(bytearray(found), found, is_listed=True)


class LossyDisk(apsw.VFS):
    """Files that live through power cuts; `connect` is what an outbox is opened with."""

    def __init__(self, name: str, chance: Random, sql: Callable[[str], str] = lambda sql: sql) -> None:
        """`sql` may change statements, to prove that what they ask for matters."""
        super().__init__(name, "")
        self._name = name
        self._chance = chance
        self._sql = sql
        self._files: dict[str, File] = {}
        #: What was deleted and no sync of the folder has followed: it may be back.
        self._deleted: dict[str, File] = {}
        self._left = -1
        self.is_dead = False
        self.syncs = 0

    def connect(self, path: Path) -> "LossyDatabase":
        return LossyDatabase(path, self._name, self._sql)

    def cut_after(self, operations: int) -> None:
        """Cut the power at so many writes and syncs from now."""
        self._left = operations

    def power_up(self, sector: int, keep: float) -> None:
        """Find the files as the cut left them: `keep` of what was not synced is there by chance."""
        back = {name: file for name, file in self._deleted.items() if self._chance.random() >= keep}
        left = {
            name: file.after_cut(self._chance, sector, keep) for name, file in (back | self._files).items()
        }
        self._files = {name: file for name, file in left.items() if file is not None}
        self._deleted.clear()
        self._left, self.is_dead = -1, False

    def spend(self) -> None:
        """One operation; raises once the power is gone."""
        self._left -= 1
        if self._left == 0:
            self.is_dead = True
        if self.is_dead:
            raise PowerCutError

    def sync(self, file: File) -> None:
        self.syncs += 1
        file.sync()
        if file.syncs_folder:
            file.syncs_folder = False
            self._deleted.clear()
            for one in self._files.values():
                one.is_listed = True

    # -- what SQLite asks for

    # apsw takes whatever has the methods of a file.
    def xOpen(self, name: Any, flags: list[int]) -> "OpenFile":  # type: ignore[override]
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        is_journal = bool(flags[0] & (apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL))
        if path not in self._files:
            self._files[path] = File(syncs_folder=is_journal)
        flags[1] = flags[0]
        return OpenFile(self, self._files[path])

    def xDelete(self, name: str, syncdir: bool) -> None:
        self.spend()
        old = self._files.pop(name)
        if old.is_listed:
            self._deleted[name] = old
        if syncdir:
            self._deleted.clear()

    def xAccess(self, name: str, flags: int) -> bool:
        return name in self._files

    def xFullPathname(self, name: str) -> str:
        return name


class OpenFile:
    """What SQLite has of a file. Locks are not looked at: an outbox has one owner."""

    def __init__(self, disk: LossyDisk, file: File) -> None:
        self._disk = disk
        self._file = file

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._file.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        self._write(size, None)

    def xSync(self, flags: int) -> None:
        self._disk.spend()
        self._disk.sync(self._file)

    def xFileSize(self) -> int:
        return len(self._file.content)

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        # As SQLite's own file system says on Linux: a write harms nothing beside it.
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xClose(self) -> None:
        pass

    def _write(self, offset: int, data: bytes | None) -> None:
        if self._disk.is_dead:
            raise PowerCutError
        # The write at which the power goes may have arrived, or half of it.
        self._file.change(offset, data)
        self._disk.spend()


class Rows:
    """A finished answer."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class LossyDatabase:
    """A connection on a lossy disk; `edge.outbox_file.Database`."""

    def __init__(self, path: Path, vfs: str, sql: Callable[[str], str]) -> None:
        self._sql = sql
        self._connection = self._translate(lambda: apsw.Connection(str(path), vfs=vfs))

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        return self._translate(
            lambda: Rows(list(self._connection.execute(self._sql(sql), tuple(parameters))))
        )

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        return self._translate(
            lambda: Rows(list(self._connection.executemany(sql, [tuple(each) for each in parameters])))
        )

    def close(self) -> None:
        with suppress(apsw.Error, PowerCutError):
            self._connection.close(True)

    @staticmethod
    def _translate(action: Callable[[], T]) -> T:
        try:
            return action()
        except PowerCutError as cut:
            raise _error(sqlite3.SQLITE_IOERR, cut) from None
        except apsw.Error as error:
            raise _error(getattr(error, "extendedresult", sqlite3.SQLITE_ERROR), error) from None


def _error(code: int, why: Exception) -> sqlite3.DatabaseError:
    error = sqlite3.OperationalError(repr(why))
    error.sqlite_errorcode = code
    return error


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
