"""Enrol a node: one file for its SD card, with its certificate, its key and the campus's authority.

The key is made here. Where it should never leave the node: `kuzet node request` there, `kuzet node sign`
here. A node whose card was made anew is enrolled with --again: what it had before is taken back in the same
moment.
"""

import argparse
import io
import sys
import tarfile
from pathlib import Path

from commandline.enrolment_office import add_authority, office, require_name, say_told
from commandline.own_certificate import SERVICE
from edge.config import read_node_config
from hub.enrolment.node_file import at_this_broker
from hub.enrolment.office import Office
from hub.enrolment.revoking import revoke
from hub.errors import EnrolmentError
from protocol.certificates import Role
from protocol.clock import SystemClock
from protocol.errors import ConfigError
from protocol.keeping import OPEN, SECRET, write

#: Where a node's files are on the Pi.
THERE = "/etc/kuzet"
_ROLES = {one.value: one for one in Role if one is not Role.BROKER}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node add`."""
    parser.add_argument("node", metavar="NODE", help="its id, as in campus.toml")
    add_authority(parser)
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="its node file, put into the bundle with our broker"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the bundle (default: NODE.tar)")
    parser.add_argument(
        "--there", default=THERE, metavar="DIR", help="its folder on the node (default: %(default)s)"
    )
    parser.add_argument(
        "--again", action="store_true", help="its card was made anew: revoke what it had before"
    )
    parser.add_argument(
        "--role",
        choices=sorted(_ROLES),
        default="node",
        help="a reader reads states and alerts, and writes nothing",
    )


def run(args: argparse.Namespace) -> int:
    """Enrol it."""
    name, role = require_name(args.node), _ROLES[args.role]
    out = args.out or Path(f"{name}.tar")
    with office(args.ca) as desk:
        held = [one for one in desk.register.of(role, name) if one.is_good(desk.now)]
        if held and not args.again:
            raise EnrolmentError(
                f"{name} is enrolled until {held[-1].ends:%Y-%m-%d}: its card was made anew? --again; "
                "it only needs a longer time? `kuzet node request` there, `kuzet node sign` here"
            )
        toml = None if args.config is None else node_file(args.config, name, desk, args.there)
        paper = desk.enrol(role, name)
        files = [
            ("ca.crt", paper.authority, OPEN),
            ("node.pem", paper.certificate + (paper.key or b""), SECRET),
        ]
        if toml is not None:
            files.append(("node.toml", toml, OPEN))
        write(out, bundle(files), SECRET)
        if held:
            done = revoke(desk, role, name, "card made anew", keep_newest=True)
            told, trouble = done.broker_told, done.still_there
        else:
            told, trouble = desk.publish(), None
    print(f"{out}: {name}, good until {paper.facts.ends:%Y-%m-%d}, serial {paper.facts.serial}")
    if held:
        print(f"revoked: {len(held)} of before")
    print(f"on the node: sudo tar -xpf {out.name} -C {args.there} && rm {out.name}   (it holds a key: 0600)")
    say_told(told)
    if trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 1
    return 0


def node_file(path: Path, name: str, desk: Office, there: str) -> bytes:
    """The node file at the broker of this campus. Raises ConfigError when it is of another node or site."""
    config = read_node_config(path)
    faults = [
        f"{path}: $.{key}: is `{got}`, `{wanted}` is enrolled"
        for key, got, wanted in (("node", config.node, name), ("site", config.site, desk.register.site))
        if got != wanted
    ]
    if faults:
        raise ConfigError(faults)
    return at_this_broker(path.read_text(encoding="utf-8-sig"), desk.place, there)


def bundle(files: list[tuple[str, bytes, int]]) -> bytes:
    """A tar of them, owned by the service's user wherever root unpacks it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, mode in files:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), mode, SystemClock().now().timestamp()
            member.uname = member.gname = SERVICE if mode == SECRET else "root"
            tar.addfile(member, io.BytesIO(content))
    return held.getvalue()
