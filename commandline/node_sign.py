"""At the hub: answer a node's request with a certificate.

What the node uses now stays good until it has changed over; then `kuzet node revoke NODE --old`
takes it back.
"""

import argparse
from pathlib import Path

from commandline.enrolment_office import add_authority, office, require_name, say_told
from hub.errors import EnrolmentError
from protocol.certificates import Role, read_request
from protocol.keeping import OPEN, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node sign`."""
    parser.add_argument("request", type=Path, metavar="FILE", help="of `kuzet node request`")
    parser.add_argument(
        "--node", metavar="NODE", help="the node it must be of; asked where it came from afar"
    )
    add_authority(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the answer (default: NODE.crt)")


def run(args: argparse.Namespace) -> int:
    """Sign it."""
    pem = args.request.read_bytes()
    subject, _ = read_request(pem)
    name = require_name(subject.name)
    if subject.role is not Role.NODE:
        raise EnrolmentError(f"{args.request}: asks to be a {subject.role.value}; only nodes ask")
    if args.node is not None and args.node != name:
        raise EnrolmentError(f"{args.request}: is of {name}, --node says {args.node}; nothing was signed")
    out = args.out or Path(f"{name}.crt")
    with office(args.ca) as desk:
        paper = desk.sign(pem)
        write(out, paper.certificate + paper.authority, OPEN)
        told = desk.publish()
    print(f"{out}: {name}, good until {paper.facts.ends:%Y-%m-%d}, serial {paper.facts.serial}")
    print(f"on the node: sudo kuzet node install {out.name} --config /etc/kuzet/node.toml")
    say_told(told)
    return 0
