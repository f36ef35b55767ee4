"""A store that is damaged in, the newest sound copy of it in its place out; the damaged one is put aside.

Nothing is deleted. Killed at any point, the next try finds a store that is whole or missing, never half.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from hub.backup.archive import Manifest, extract, read_manifest
from hub.backup.bare_rows import blank_readings
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.shelf import Copy, Shelf, sync_folder
from hub.backup.soundness import (
    RESTORED_AT,
    RESTORED_FROM,
    HubFigures,
    agree,
    examine_any,
    examine_hub,
    examine_people,
    is_of_another_life,
    read_only,
)
from hub.backup.taking import HUB, PEOPLE, STORE
from hub.store import schema
from hub.store.audit import AuditLog
from hub.store.board import DROPPED_UNTIL
from hub.store.database import opened, people_url
from hub.store.orders import Restored as RestoredOrder
from hub.store.orders import encode_order
from protocol.clock import SystemClock

log = logging.getLogger(__name__)

#: Beside a store that is known to be damaged: why, for the next start of the hub.
NOTE = ".is-damaged"
#: When the campus began anew: copies from before are of another life.
ANEW = "begun-anew.json"
_RESTORING = ".restoring"
_SUFFIXES = ("", "-wal", "-shm", "-journal")
#: Versions of the board go on behind whatever a browser has seen of the store that was lost.
_FAR = 1_000_000_000


class Restored(NamedTuple):
    """What was put in place of what."""

    store: str
    why: str
    copy: Copy
    manifest: Manifest
    #: Where the damaged one lies; None where there was none.
    aside: Path | None


class Begun(msgspec.Struct, frozen=True):
    """Since when the stores are new."""

    at: datetime


def require_sound(data: Path, shelf: Shelf, now: datetime) -> list[Restored]:
    """Look at hub's and people's stores before they are opened; what is damaged or lost is restored.

    Raises Damaged, saying what to do, where there is no sound copy of it.
    """
    if (data / _RESTORING).exists():
        shutil.rmtree(data / _RESTORING)
    done: list[Restored] = []
    for name in (HUB, PEOPLE):
        why = fault_of(data / name, data, shelf)
        if why is not None:
            log.error("store=damaged file=%s why=%s", data / name, why)
            done.append(restore_store(data, name, shelf, why, now))
    return done


def fault_of(path: Path, data: Path, shelf: Shelf) -> str | None:
    """What is wrong with a store; None: it is sound, or there never was one."""
    note = path.with_name(path.name + NOTE)
    if note.exists():
        return note.read_text(encoding="utf-8", errors="replace").strip() or "it was found damaged"
    is_there = path.exists() and path.stat().st_size > 0 and not _is_only_begun(path)
    if not is_there and not has_copies(data, shelf) and not _was_put_aside(path):
        return None
    try:
        if path.name == PEOPLE:
            examine_people(path, thorough=False)
            return None
        found = examine_hub(path, thorough=False)
        return _disagreement(path, found, data, shelf)
    except Damaged as error:
        return str(error)


def _is_only_begun(path: Path) -> bool:
    """Whether it is a file of SQLite without any table: at a first start somebody may just be making them."""
    try:
        with closing(sqlite3.connect(read_only(path), uri=True)) as database:
            return bool(database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        # Damaged, or what it says of its damage is: those who look more closely will say how.
        return False


def restore_store(data: Path, name: str, shelf: Shelf, why: str, now: datetime) -> Restored:
    """Put the newest sound copy of one store in its place. Raises Damaged where there is none."""
    refused: list[str] = []
    place = data / _RESTORING
    for copy in usable(data, shelf):
        place.mkdir()
        try:
            manifest = unpack_store(copy.path, name, place)
            ready(place / STORE / name, name, now, why, copy)
            aside = _swap(place / STORE / name, data / name, now)
            (data / f"{name}{NOTE}").unlink(missing_ok=True)
            log.warning("store=restored file=%s copy=%s aside=%s", data / name, copy.path.name, aside)
            return Restored(name, why, copy, manifest, aside)
        except (CopyRefused, Damaged) as error:
            log.error("copy=refused why=%s", error)
            refused.append(str(error))
        finally:
            shutil.rmtree(place, ignore_errors=True)
    tried = (
        f"{len(refused)} copies in {shelf.folder} cannot be used" if refused else f"no copy in {shelf.folder}"
    )
    raise Damaged(
        f"{data / name}: {why.removeprefix(f'{data / name}: ')}; {tried}: bring one there or name it with "
        f"`kuzet restore COPY --data {data}`, or begin with empty stores with `kuzet restore --empty "
        f"--data {data}`: nodes tell the last seven days again"
    )


def unpack_store(archive: Path, name: str, into: Path) -> Manifest:
    """One store of a copy, looked through. Raises CopyRefused and Damaged."""
    member = f"{STORE}/{name}"
    manifest = extract(archive, into, [member])
    path = into / member
    if not path.is_file():
        raise CopyRefused(f"{archive}: holds no {name}")
    earlier = manifest.hub.earlier if manifest.hub else 0
    if name == HUB and not agree(manifest.hub, examine_hub(path, thorough=True, earlier=earlier)):
        raise CopyRefused(f"{archive}: its {name} does not hold what its manifest says")
    if name == PEOPLE and not agree(manifest.people, examine_people(path, thorough=True)):
        raise CopyRefused(f"{archive}: its {name} does not hold what its manifest says")
    if name not in (HUB, PEOPLE):
        examine_any(path)
    return manifest


def put_aside(path: Path, now: datetime) -> Path | None:
    """Rename a store and its log to a name with the time. Raises OSError."""
    aside = path.with_name(f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    number = 1
    while any(Path(f"{aside}{suffix}").exists() for suffix in _SUFFIXES):
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{number}")
    found = None
    # The log first: a database without it is an older one, a log without its database is nothing.
    for suffix in reversed(_SUFFIXES):
        part = Path(f"{path}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
            found = aside
    sync_folder(path.parent)
    return found


def blank_aside(aside: Path) -> None:
    """Readings of people in what was put aside are written over with zeros.

    What else can be read of it can still be read (`sqlite3 FILE .recover`). Raises OSError.
    """
    for suffix in _SUFFIXES:
        part = Path(f"{aside}{suffix}")
        if part.is_file():
            blank_readings(part)


def _swap(new: Path, path: Path, now: datetime) -> Path | None:
    """Put a store in the place of another."""
    aside = put_aside(path, now)
    new.replace(path)
    # Somebody who opened it in between made an empty one: its log must not become ours.
    for suffix in _SUFFIXES[1:]:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    sync_folder(path.parent)
    if aside is not None:
        blank_aside(aside)
    return aside


def usable(data: Path, shelf: Shelf) -> Iterator[Copy]:
    """Copies of this life of the campus that need no key, newest first."""
    since = begun_anew(data)
    for copy in shelf.copies():
        if not copy.is_sealed and (since is None or copy.at > since):
            yield copy


def has_copies(data: Path, shelf: Shelf) -> bool:
    """Whether there is any copy of this life of the campus."""
    return next(usable(data, shelf), None) is not None


def _disagreement(path: Path, found: HubFigures, data: Path, shelf: Shelf) -> str | None:
    """What the newest sound copy that this store goes on from says against it; None: nothing."""
    for copy in usable(data, shelf):
        if is_of_another_life(found, copy.at):
            continue
        try:
            newest = read_manifest(copy.path).hub
            why = None if newest is None else _against(path, found, newest)
            if why is not None:
                # A copy that is damaged itself says nothing.
                extract(copy.path, data, only=())
            return why
        except CopyRefused as error:
            log.error("copy=refused why=%s", error)
    return None


def _against(path: Path, found: HubFigures, newest: HubFigures) -> str | None:
    if found.position < newest.position:
        return f"it ends at event {found.position}, and the newest copy at {newest.position}"
    if found.marked_rows != newest.marked_rows:
        found = examine_hub(path, thorough=False, rows_marked=newest.marked_rows)
    return None if found.mark == newest.mark else "its first events are not those of this campus's copies"


def begun_anew(data: Path) -> datetime | None:
    """When somebody decided to begin with empty stores."""
    try:
        return msgspec.json.decode((data / ANEW).read_bytes(), type=Begun).at
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Damaged(
            f"{data / ANEW}: cannot be read ({error}); delete it if the copies are of this campus"
        ) from error


def begin_anew(data: Path, now: datetime) -> list[Path]:
    """Put every store aside and note that older copies are of another life. Raises OSError."""
    with (data / ANEW).open("wb") as file:
        file.write(msgspec.json.encode(Begun(now)))
        file.flush()
        os.fsync(file.fileno())
    aside = [put_aside(data / name, now) for name in (HUB, PEOPLE)]
    for path in aside:
        if path is not None:
            blank_aside(path)
    for name in (HUB, PEOPLE):
        (data / f"{name}{NOTE}").unlink(missing_ok=True)
    return [path for path in aside if path is not None]


def note_damaged(path: Path, why: str) -> None:
    """Say to the next start of the hub that this store is damaged. Raises OSError."""
    path.with_name(path.name + NOTE).write_text(why + "\n", encoding="utf-8")


def ready(path: Path, name: str, now: datetime, why: str, copy: Copy) -> None:
    """Make a restored store go on where others remember more than it does. Raises sqlite3.Error."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        if name == HUB:
            _ready_hub(database, now, why, copy)
        elif name == PEOPLE:
            _ready_people(database, now, copy)
        database.execute("COMMIT")


def _ready_hub(database: sqlite3.Connection, now: datetime, why: str, copy: Copy) -> None:
    # What the board showed then is not so now: the hub writes every row of it anew. Browsers that have seen
    # higher versions read everything again.
    newest = database.execute("SELECT coalesce(max(version), 0) FROM board").fetchone()[0] + _FAR
    database.execute("DELETE FROM board WHERE NOT (kind = 'hub' AND key = 'hub')")
    database.execute("UPDATE board SET version = ?", (newest,))
    facts = {
        DROPPED_UNTIL: str(newest - 1),
        RESTORED_AT: now.isoformat(),
        RESTORED_FROM: copy.at.isoformat(),
        "restored-why": why[:200],
    }
    database.executemany("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", list(facts.items()))


def _ready_people(database: sqlite3.Connection, now: datetime, copy: Copy) -> None:
    # The hub has carried out decisions of a higher number than the last one here: new ones begin behind them.
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM decision").fetchone()
    at_ms = int(now.timestamp() * 1000)
    # And the hub learns by it what was lost: from the copy's instant until now.
    kind, detail = encode_order(RestoredOrder(since=copy.at))
    row = (last + _FAR, at_ms, "kuzet", kind, PEOPLE, detail)
    database.execute(
        "INSERT INTO decision (id, at_ms, who, kind, subject, detail) VALUES (?, ?, ?, ?, ?, ?)", row
    )
    # Whoever was signed out since is not signed in again by an old sitting.
    database.execute("DELETE FROM login")


def _was_put_aside(path: Path) -> bool:
    return any(path.parent.glob(f"{path.name}.damaged-*"))


def note_restored(data: Path, names: list[str], copy: Copy, now: datetime) -> None:
    """Write down in the audit log that stores were put back: what was decided since may be missing."""
    with opened(people_url(data), schema.people) as store:
        detail = {"copy": copy.path.name, "copy_at": copy.at.isoformat(), "at": now.isoformat()}
        for name in names:
            AuditLog(store, SystemClock()).add("kuzet", "system", "store.restored", name, detail)
