"""The copies in a folder, newest first; with --verify each is unpacked and looked through."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from commandline.backup_files import BACKUPS
from commandline.defaults import DATA
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.sealing import read_key
from hub.backup.shelf import Copy, Shelf, open_sealed
from hub.backup.taking import verify
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="default: backups in --data")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the hub's folder")
    parser.add_argument(
        "--verify", action="store_true", help="unpack each; exit status 1 where one is unusable"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="for sealed copies")
    parser.add_argument("--json", action="store_true", help="one JSON document a copy")


def run(args: argparse.Namespace) -> int:
    """List them."""
    folder: Path = args.folder or args.data / BACKUPS
    copies = Shelf(folder).copies()
    if not copies:
        raise FileNotFoundError(f"{folder}: holds no copies; `kuzet backup` makes one")
    key = read_key(args.key) if args.key else None
    status = 0
    for copy in copies:
        fault = _fault(copy, key) if args.verify else None
        if fault is not None:
            print(fault, file=sys.stderr)
            status = 1
        row = {
            "copy": str(copy.path),
            "at": format_instant(copy.at),
            "site": copy.site,
            "bytes": copy.path.stat().st_size,
            "is_sealed": copy.is_sealed,
            "is_audit_broken": copy.is_broken,
            "is_sound": None if not args.verify else fault is None,
        }
        sound = "" if not args.verify else ("  sound" if fault is None else "  CANNOT BE USED")
        sound += "  AUDIT LOG BROKEN" if copy.is_broken else ""
        size = f"{int(copy.path.stat().st_size) / 1e6:8.1f} MB"
        print(json.dumps(row) if args.json else f"{row['at']}  {size}  {copy.path}{sound}")
    return status


def _fault(copy: Copy, key: bytes | None) -> str | None:
    with TemporaryDirectory(prefix="kuzet-", dir=copy.path.parent) as scratch:
        place = Path(scratch)
        plain = copy.path
        try:
            if copy.is_sealed:
                if key is None:
                    return f"{copy.path}: is sealed; name its key with --key"
                plain = place / "plain"
                open_sealed(copy.path, plain, key)
            verify(plain, place / "unpacked")
        except (CopyRefused, Damaged) as error:
            return str(error)
    return None
