"""Put a copy of a campus in its place: on this machine, or whole on a new one. Stop the hub first.

COPY is a file of `kuzet backup`, sealed (with --key) or not; without it the newest sound one of --from, or of
backups in --data. What stands there is put aside, not deleted. Nodes then tell the last seven days again.
"""

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from commandline.backup_files import BACKUPS
from commandline.data_folder import DataFolder
from commandline.defaults import CAMPUS, DATA
from commandline.hub_run import HUB_LOCK
from commandline.lifetime import log_to_stderr
from hub.backup.archive import extract, read_manifest
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.on_server import put_from_file
from hub.backup.recovery import begin_anew, blank_aside, note_restored, put_aside, ready
from hub.backup.sealing import read_key
from hub.backup.shelf import Copy, Shelf, copy_of, open_sealed, sync_folder
from hub.backup.taking import DATA as DATA_FILES
from hub.backup.taking import ELSEWHERE, STORE, STORES, verify
from hub.store import schema
from hub.store.address import FILE, PEOPLE, is_on_server, is_there
from hub.store.database import hub_url, opened, people_url
from protocol.clock import SystemClock
from protocol.quantities import format_instant

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet restore`."""
    parser.add_argument("copy", type=Path, nargs="?", metavar="COPY", help="default: the newest sound one")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where the campus goes")
    parser.add_argument("--from", dest="shelf", type=Path, metavar="DIR", help="folder of copies")
    parser.add_argument("--key", type=Path, metavar="FILE", help="of a sealed copy")
    parser.add_argument("--only", choices=STORES, help="that store alone; the rest stays as it is")
    parser.add_argument(
        "--empty", action="store_true", help="no copy: put the stores aside and begin with empty ones"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: argparse.Namespace) -> int:
    """Restore; 1 where nothing could be."""
    log_to_stderr("restore", logging.WARNING)
    if args.empty and (args.copy or args.only or args.shelf):
        raise ValueError("--empty takes no copy")
    clock = SystemClock()
    began_s = clock.monotonic()
    # The hub and `kuzet run` each hold theirs while they run.
    folders = [DataFolder(args.data, name) for name in (HUB_LOCK, "lock")]
    try:
        now = clock.now()
        if args.empty:
            return _empty(args, now)
        with _chosen(args) as (copy, plain):
            done = _restore(args, copy, plain, now)
    finally:
        for folder in folders:
            folder.close()
    report = {**done, "took_s": round(clock.monotonic() - began_s, 3)}
    if args.json:
        print(json.dumps(report))
        return 0
    print(f"{args.data}: restored {', '.join(done['restored'])} from {copy.path}, of {done['at']}")
    for aside in done["aside"]:
        print(f"what was there: {aside}")
    for name in done["elsewhere"]:
        print(f"also in the copy, put here: {args.data / 'restored' / name}")
    print(
        f"{report['took_s']} s; start the hub: rooms are unknown until their nodes have told what is missing"
    )
    return 0


@contextmanager
def _chosen(args: argparse.Namespace) -> Iterator[tuple[Copy, Path]]:
    """The copy, and a plain file of it. Raises CopyRefused where none can be used."""
    key = read_key(args.key) if args.key else None
    with TemporaryDirectory(prefix=".restoring-", dir=args.data) as scratch:
        if args.copy is not None:
            if not args.copy.is_file():
                raise FileNotFoundError(f"{args.copy}: there is no such file")
            yield _named(args.copy, key, Path(scratch))
            return
        yield _newest(args.shelf or args.data / BACKUPS, key, Path(scratch))


def _newest(folder: Path, key: bytes | None, scratch: Path) -> tuple[Copy, Path]:
    copies = Shelf(folder).copies()
    for copy in copies:
        try:
            return _named(copy.path, key, scratch)
        except (CopyRefused, Damaged) as error:
            print(error, file=sys.stderr)
    found = f"none of {len(copies)} copies can be used" if copies else "holds no copies"
    raise CopyRefused(f"{folder}: {found}; name another folder with --from, or a copy")


def _named(path: Path, key: bytes | None, scratch: Path) -> tuple[Copy, Path]:
    plain = path
    with path.open("rb") as file:
        is_sealed = file.read(5) == b"KUZET"
    if is_sealed:
        if key is None:
            raise CopyRefused(f"{path}: is sealed; name its key with --key")
        plain = scratch / "plain"
        open_sealed(path, plain, key)
    manifest = verify(plain, scratch / "checked")
    known = copy_of(path)
    return known or Copy(manifest.at, path, manifest.site, is_sealed), plain


def _restore(args: argparse.Namespace, copy: Copy, plain: Path, now: datetime) -> dict[str, list[str] | str]:
    """All or one store of the copy, each whole or not at all."""
    place = args.data / ".unpacked"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        manifest = read_manifest(plain)
        extract(plain, place)
        names = [name for name in STORES if args.only in (None, name) and (place / STORE / name).is_file()]
        if not names:
            raise CopyRefused(f"{copy.path}: holds no {args.only}")
        for name in names:
            ready(place / STORE / name, name, now, "asked for by `kuzet restore`", copy)
        aside: list[str] = []
        for name in names:
            if is_on_server(args.data):
                kept = put_from_file(args.data, name.removesuffix(".db"), place / STORE / name, now)
                aside += [] if kept is None else [str(kept)]
                continue
            there = put_aside(args.data / name, now)
            (place / STORE / name).replace(args.data / name)
            sync_folder(args.data)
            if there is not None:
                blank_aside(there)
                aside.append(str(there))
            (args.data / f"{name}.is-damaged").unlink(missing_ok=True)
        elsewhere: list[str] = []
        if args.only is None:
            _put_settings(place / DATA_FILES, args.data)
            elsewhere = _put_elsewhere(place / ELSEWHERE, args.data)
        if is_there(args.data, PEOPLE):
            note_restored(args.data, names, copy, now)
        at = format_instant(manifest.at)
        return {"restored": names, "at": at, "aside": aside, "elsewhere": elsewhere, "site": manifest.site}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _put_settings(source: Path, data: Path) -> None:
    """The data folder's other files, where none of that name stands there."""
    if not source.is_dir():
        return
    for path in sorted(source.rglob("*")):
        target = data / path.relative_to(source)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def _put_elsewhere(source: Path, data: Path) -> list[str]:
    """Files from outside the data folder: put beside it, for somebody to put in their place.

    The campus file goes into the data folder itself where there is none: the hub reads it there.
    """
    if not source.is_dir():
        return []
    campus = source / "campus.toml"
    is_demonstration = campus.is_file() and campus.read_bytes() == CAMPUS.read_bytes()
    if campus.is_file() and not is_demonstration and not (data / "campus.toml").exists():
        _copy(campus, data / "campus.toml")
        for path in sorted((source / "timetables").glob("*")):
            if not (data / path.name).exists():
                _copy(path, data / path.name)
    target = data / "restored"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return [str(path.relative_to(target)) for path in sorted(target.rglob("*")) if path.is_file()]


def _copy(source: Path, target: Path) -> None:
    new = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, new)
    new.replace(target)


def _empty(args: argparse.Namespace, now: datetime) -> int:
    if is_on_server(args.data):
        raise ValueError(f"--empty: make an empty database, and name that one in {args.data / FILE}")
    aside = begin_anew(args.data, now)
    with opened(hub_url(args.data), schema.hub), opened(people_url(args.data), schema.people):
        pass
    if args.json:
        print(json.dumps({"restored": [], "aside": [str(path) for path in aside]}))
        return 0
    print(f"{args.data}: begins with empty stores; accounts too: `kuzet user add` makes the first one")
    for path in aside:
        print(f"what was there: {path}")
    return 0
