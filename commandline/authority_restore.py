"""Put a sealed copy of the authority in its place: nodes, hub and broker go on with what they have.

COPY is a file of `kuzet authority backup`; without it the newest of --from. What was given out after the copy
is not in it: such a node is enrolled once more. What the broker's list says was taken back stays so.
"""

import argparse
from pathlib import Path

from commandline.enrolment_office import add_authority
from hub.backup.errors import CopyRefused
from hub.backup.sealing import read_key
from hub.enrolment.safekeeping import copies, put_back, read
from protocol.clock import SystemClock
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet authority restore`."""
    parser.add_argument("copy", type=Path, nargs="?", metavar="COPY", help="default: the newest of --from")
    parser.add_argument("--from", dest="folder", type=Path, metavar="DIR", help="folder of sealed copies")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="it was sealed with")
    add_authority(parser)


def run(args: argparse.Namespace) -> int:
    """Restore it."""
    done = put_back(read(_chosen(args), read_key(args.key)), args.ca)
    good = done.register.good(SystemClock().now())
    place, at = done.copied.place, format_instant(done.copied.at)
    print(f"{args.ca}: the authority of {done.register.site} with {len(good)} good certificates, of {at}")
    if done.found_revoked:
        print(f"revoked since, by the broker's list, and kept so: {done.found_revoked}")
    print(
        "a node enrolled after that: `kuzet node add NODE`; one revoked after that: `kuzet node revoke NODE`"
    )
    print(
        "now write the broker's files as before, by kuzet-renew.service or "
        f"`kuzet broker config --ca {args.ca} --out {place.folder} --host {place.host} …`"
    )
    return 0


def _chosen(args: argparse.Namespace) -> Path:
    if (args.copy is None) == (args.folder is None):
        raise ValueError("name a copy, or with --from the folder whose newest is meant")
    if args.copy is not None:
        return Path(args.copy)
    found = copies(args.folder)
    if not found:
        raise CopyRefused(f"{args.folder}: holds no copy of an authority; name another folder with --from")
    sites = {one.path.name[: -len("-20261123T000000Z.sealed")] for one in found}
    if len(sites) > 1:
        raise CopyRefused(f"{args.folder}: holds copies of {len(sites)} campuses; name one of the files")
    return found[0].path
