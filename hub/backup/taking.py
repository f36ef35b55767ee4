"""A campus's files in, a copy out that was unpacked and looked through before it counts.

Files are copied by SQLite's own means while they are written, a server's rows as of one instant; readings of
people are left out.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from hub.backup.archive import Manifest, describe, extract, read_manifest, write_archive
from hub.backup.bare_rows import forget_readings
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.on_server import copy_to_file
from hub.backup.shelf import Copy, Shelf
from hub.backup.soundness import (
    HubFigures,
    PeopleFigures,
    agree,
    examine_any,
    examine_hub,
    examine_people,
    is_of_another_life,
    read_only,
)
from hub.store.address import is_on_server

log = logging.getLogger(__name__)

#: The stores of a data folder; the others are copied where they are.
HUB, PEOPLE, COURIER = "hub.db", "people.db", "courier.db"
STORES = (HUB, PEOPLE, COURIER)
#: Folders inside an archive: stores, other files of the data folder, files from elsewhere.
STORE, DATA, ELSEWHERE = "store", "data", "files"
#: A file in the data folder is a setting; one that is longer is somebody's, and is left out.
MOST_BYTES = 16 * 1024 * 1024
#: Made anew at every start, or no business of a copy's.
_LEFT_OUT = (".lock", ".db", "-wal", "-shm", "-journal", ".log", ".is-damaged", ".new")
#: `database.toml` belongs to a machine, and may hold a password.
_LEFT_OUT_NAMES = frozenset({"lock", "mosquitto.conf", "backups", "database.toml"})
#: Whoever has it is the campus, and a copy is not sealed: its folder has copies of its own.
_AUTHORITY_KEY = "ca.key"


def take(
    data: Path,
    shelf: Shelf,
    files: Mapping[str, Path],
    *,
    site: str,
    version: str,
    at: datetime,
) -> tuple[Copy, Manifest]:
    """Make a copy of a data folder and of `files`, by their names in the archive.

    Raises Damaged where a store is, CopyRefused where the copy cannot be read back, and OSError.
    """
    place = shelf.begin()
    try:
        members: dict[str, Path] = {}
        for name in STORES:
            copied = _copied(data, name, place / name)
            if copied is not None:
                members[f"{STORE}/{name}"] = copied
        if f"{STORE}/{HUB}" not in members:
            raise Damaged(f"{data / HUB}: is not there; name the hub's folder with --data")
        forget_readings(place / HUB)
        others = {f"{DATA}/{path.relative_to(data)}": path for path in _settings(data)}
        others |= {f"{ELSEWHERE}/{name}": path for name, path in files.items()}
        for number, (name, path) in enumerate(others.items()):
            # Somebody may write it while we pack.
            members[name] = Path(shutil.copyfile(path, place / f"other-{number}"))
        before = _copy_before(shelf, examine_hub(place / HUB, thorough=False))
        hub, people = _examined(place, 0 if before is None else before[1].position)
        if before is not None and before[1].sum != hub.earlier_sum:
            raise Damaged(
                f"{data / HUB}: is damaged: events 1 to {hub.earlier} are not those of {before[0].path.name}"
            )
        manifest = Manifest(
            site=site, at=at, version=version, members=describe(members), hub=hub, people=people
        )
        made = place / "copy"
        write_archive(made, manifest, members)
        for path in members.values():
            path.unlink()
        verify(made, place / "unpacked")
        is_broken = people is not None and people.broken_at > 0
        return shelf.put(made, site, at, is_sealed=False, is_broken=is_broken), manifest
    finally:
        shutil.rmtree(place, ignore_errors=True)


def verify(archive: Path, into: Path) -> Manifest:
    """Unpack a copy and look through its stores as a restore would. Raises CopyRefused and Damaged."""
    into.mkdir()
    try:
        manifest = extract(archive, into)
        hub, people = _examined(into / STORE, manifest.hub.earlier if manifest.hub else 0)
        if not (agree(manifest.hub, hub) and agree(manifest.people, people)):
            raise CopyRefused(f"{archive}: its stores do not hold what its manifest says")
        return manifest
    finally:
        shutil.rmtree(into, ignore_errors=True)


def copy_store(source: Path, target: Path) -> Path:
    """A copy of a store as it is at one instant, by the online backup. Raises Damaged and sqlite3.Error."""
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(number)
    try:
        with (
            closing(sqlite3.connect(read_only(source), uri=True, timeout=15)) as there,
            closing(sqlite3.connect(target)) as here,
        ):
            # In one go: a writer beside it would make it begin again and again.
            there.backup(here)
            here.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        raise Damaged(f"{source}: is damaged: {error}") from error
    return target


def _copied(data: Path, name: str, target: Path) -> Path | None:
    """A copy of a store, whether it is a file or on a server; None where there is none."""
    if is_on_server(data):
        return copy_to_file(data, name.removesuffix(".db"), target)
    return copy_store(data / name, target) if (data / name).is_file() else None


def _examined(stores: Path, earlier: int) -> tuple[HubFigures, PeopleFigures | None]:
    hub = examine_hub(stores / HUB, thorough=True, earlier=earlier)
    people = examine_people(stores / PEOPLE, thorough=True) if (stores / PEOPLE).is_file() else None
    if (stores / COURIER).is_file():
        examine_any(stores / COURIER)
    return hub, people


def _copy_before(shelf: Shelf, hub: HubFigures) -> tuple[Copy, HubFigures] | None:
    """The newest copy of what this store goes on from: what it holds of the journal is in this one too."""
    for copy in shelf.copies():
        if is_of_another_life(hub, copy.at):
            continue
        try:
            before = read_manifest(copy.path).hub
        except CopyRefused as error:
            log.error("copy=unreadable why=%s", error)
            continue
        if before is not None and before.position <= hub.position:
            return copy, before
    return None


def _settings(data: Path) -> Iterator[Path]:
    """The small files of the data folder that somebody would miss."""
    for path in sorted(data.rglob("*")):
        parts = path.relative_to(data).parts
        is_ours = not any(part in _LEFT_OUT_NAMES or part.startswith(".") for part in parts)
        if not is_ours or path.is_symlink() or not path.is_file() or (path.parent / _AUTHORITY_KEY).exists():
            continue
        is_aside = ".damaged-" in path.name or ".replaced-" in path.name
        if path.name.endswith(_LEFT_OUT) or is_aside or path.stat().st_size > MOST_BYTES:
            continue
        yield path
