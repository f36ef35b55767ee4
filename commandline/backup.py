"""Make a copy of a campus: its stores while they are written, its campus file, regime and settings.

Each copy is unpacked and looked through before it counts. A single reading of a person is in none. Copies are
kept by the hour, by the day and by the week. With --copy-to each is sealed with --key into another folder,
such as a mounted share. How to restore: docs/backup.md.
"""

import argparse
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from commandline.backup_files import files_of, layout_of, shelf_of
from commandline.data_folder import DataFolder
from commandline.defaults import DATA, REGIME
from commandline.lifetime import log_to_stderr, stop_event
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.ladder import Ladder
from hub.backup.leftovers import LOCK
from hub.backup.recovery import note_damaged
from hub.backup.sealing import read_key
from hub.backup.shelf import Shelf, put_sealed
from hub.backup.soundness import examine_any, examine_hub
from hub.backup.taking import HUB, PEOPLE, take
from hub.errors import StoreError
from hub.store.address import is_on_server
from protocol.clock import Clock, SystemClock
from protocol.quantities import Duration

log = logging.getLogger(__name__)
#: How long one who removes what a killed run has left may take, seconds.
TIDYING_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet backup`."""
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the hub's folder (default: data)"
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="where copies are kept (default: backups in --data)"
    )
    parser.add_argument("--campus", type=Path, metavar="FILE", help="campus file, as the hub's")
    parser.add_argument(
        "--regime", type=Path, default=REGIME, metavar="DIR", help="folder of regime profiles"
    )
    parser.add_argument(
        "--include",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="another file or folder, as hub.toml or receivers.toml; may be repeated",
    )
    parser.add_argument(
        "--copy-to", type=Path, metavar="DIR", help="a folder elsewhere, for a sealed copy of each"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="seals those; `kuzet backup key FILE` makes it"
    )
    parser.add_argument(
        "--keep", type=read_ladder, default=Ladder(), metavar="H,D,W", help="default: 24,14,8"
    )
    parser.add_argument(
        "--every", type=Duration, metavar="TIME", help='again and again, as "1h"; until stopped'
    )
    parser.add_argument("--wait", type=Duration, metavar="TIME", help="with --every: before the first copy")
    parser.add_argument("--json", action="store_true", help="print one JSON document a copy and nothing else")


def run(args: argparse.Namespace) -> int:
    """Make one copy, or one after the other; 1 where the last one failed or its audit log does not hold."""
    log_to_stderr("backup")
    if (args.copy_to is None) != (args.key is None):
        raise ValueError("--copy-to and --key go together: what leaves the machine is sealed")
    key = None if args.key is None else read_key(args.key)
    if not args.data.is_dir():
        raise FileNotFoundError(f"{args.data}: there is no such folder; name the hub's with --data")
    folder, clock = DataFolder(args.data, LOCK, TIDYING_S), SystemClock()
    try:
        if args.every is None:
            return _one(args, key, clock)
        if not 60.0 <= args.every.seconds <= 86400.0:
            raise ValueError(f'--every must be "1min" to "24h", got "{args.every.text}"')
        stopping, status = stop_event(), 0
        if args.wait is not None:
            stopping.wait(args.wait.seconds)
        while not stopping.is_set():
            status = _one(args, key, clock)
            stopping.wait(args.every.seconds)
        return status
    finally:
        folder.close()


def _one(args: argparse.Namespace, key: bytes | None, clock: Clock) -> int:
    """One copy; what goes wrong is said, for the next one may be well."""
    began_s, at = clock.monotonic(), clock.now().astimezone(UTC).replace(microsecond=0)
    try:
        campus, layout = layout_of(args.campus, args.data)
        shelf = shelf_of(args.data, args.to, layout.site)
        files = files_of(campus, args.regime, args.include)
        copy, manifest = take(
            args.data, shelf, files, site=layout.site, version=version("kuzet"), at=_free(shelf, at)
        )
        assert manifest.hub is not None
        report: dict[str, object] = {
            "copy": str(copy.path),
            "bytes": copy.path.stat().st_size,
            "unpacked_bytes": manifest.sizes(),
            "events": manifest.hub.position,
            "files": len(manifest.members),
            "took_s": round(clock.monotonic() - began_s, 3),
        }
        broken = None if manifest.people is None or not manifest.people.broken_at else manifest.people
        report["audit_broken_at"] = 0 if broken is None else broken.broken_at
        shelf.thin(args.keep)
        if key is not None:
            away = Shelf(args.copy_to, layout.site)
            report["sealed"] = str(put_sealed(copy, away, key).path)
            away.thin(args.keep)
    except Damaged as error:
        print(error, file=sys.stderr)
        if not is_on_server(args.data):
            _tell_hub(args.data, str(error))
        return 1
    except (CopyRefused, StoreError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    log.info("copy=made file=%s events=%s took_s=%s", copy.path, report["events"], report["took_s"])
    if args.json:
        print(json.dumps(report), flush=True)
    elif args.every is None:
        print(f"{copy.path}: {report['events']} events, looked through; {report['took_s']} s")
        if "sealed" in report:
            print(f"{report['sealed']}: the same, sealed")
    if broken is None:
        return 0
    print(
        f"{args.data / PEOPLE}: entry {broken.broken_at} of the audit log {broken.broken_why}; the copy is "
        "made and kept, and so is the newest of before: `kuzet audit verify` says more, docs/backup.md what "
        "to do",
        file=sys.stderr,
    )
    return 1


def _tell_hub(data: Path, said: str) -> None:
    """Look whether it is the store itself that is damaged, and say so to the hub: it then restores it."""
    for name in (HUB, PEOPLE):
        path = data / name
        why = said if said.startswith(f"{path}: is damaged") else _fault_of(path)
        if why is not None:
            note_damaged(path, why)
            print(f"{path}: the hub restores it within a minute; until then do not trust it", file=sys.stderr)


def _fault_of(path: Path) -> str | None:
    try:
        if path.name == HUB:
            examine_hub(path, thorough=True)
        elif path.is_file():
            # Not its audit log: a chain that somebody broke is theirs to explain, not ours to put back.
            examine_any(path)
    except Damaged as error:
        return str(error)
    return None


def _free(shelf: Shelf, at: datetime) -> datetime:
    """Two copies of one second would be one: the later one is of the next."""
    taken = {copy.at for copy in shelf.copies()}
    while at in taken:
        at += timedelta(seconds=1)
    return at


def read_ladder(text: str) -> Ladder:
    """`24,14,8` as an option says it."""
    try:
        hours, days, weeks = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text[:40]}` is not three numbers as 24,14,8") from None
    if min(hours, days, weeks) < 0 or hours + days + weeks == 0:
        raise argparse.ArgumentTypeError("keep at least one copy")
    return Ladder(hours, days, weeks)
