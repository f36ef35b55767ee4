"""Seal a copy of the authority's folder: its key, and who is enrolled. Never in the clear.

Run it where the authority is, as its owner, after each change; kuzet-renew.timer does it daily when told
where to. Without such a copy a lost folder means that every node is enrolled anew.
"""

import argparse
import json
from pathlib import Path

from commandline.backup import read_ladder
from commandline.enrolment_office import add_authority, office
from hub.backup.ladder import Ladder
from hub.backup.sealing import read_key
from hub.enrolment.safekeeping import keep


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet authority backup`."""
    add_authority(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder of sealed copies")
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="seals it; `kuzet backup key FILE` makes it"
    )
    parser.add_argument(
        "--keep", type=read_ladder, default=Ladder(), metavar="H,D,W", help="default: 24,14,8"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: argparse.Namespace) -> int:
    """Make it."""
    key = read_key(args.key)
    if args.key.resolve().parent == args.to.resolve():
        raise ValueError(f"{args.key}: lies beside the copies it seals; keep it elsewhere")
    with office(args.ca) as desk:
        copy = keep(desk, args.to, key, args.keep)
        enrolled = len(desk.register.good(desk.now))
    if args.json:
        print(json.dumps({"copy": str(copy.path), "enrolled": enrolled}))
    else:
        print(f"{copy.path}: the authority and {enrolled} good certificates, sealed and read back")
    return 0
