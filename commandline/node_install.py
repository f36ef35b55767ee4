"""On the node: take the hub's answer into use. A running node changes over by itself within seconds, and
loses nothing.
"""

import argparse
from pathlib import Path

from commandline.own_certificate import read_node, service, waiting_key
from protocol.certificates import require_pair
from protocol.errors import CertificateRefused
from protocol.keeping import OPEN, SECRET, write

_END = b"-----END CERTIFICATE-----\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node install`."""
    parser.add_argument("answer", type=Path, metavar="FILE", help="of `kuzet node sign`")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's file")


def run(args: argparse.Namespace) -> int:
    """Put certificate and key in the place of those before, both at once."""
    config, certificate, authority = read_node(args.config)
    answer = args.answer.read_bytes()
    own, found, rest = answer.partition(_END)
    if not found or not rest.strip():
        raise CertificateRefused(
            f"{args.answer}: expected two certificates, as `kuzet node sign` writes them"
        )
    # The authority is the one this node knows already; only a node that knows none takes the answer's word.
    known = authority.read_bytes() if authority.exists() else rest
    waiting = waiting_key(certificate)
    key = waiting.read_bytes()
    facts = require_pair(own + found, key, known)
    if (facts.subject.site, facts.subject.name) != (config.site, config.node):
        raise CertificateRefused(
            f"{args.answer}: is of {facts.subject.site}/{facts.subject.name}, this is {config.node}"
        )
    if not authority.exists():
        write(authority, rest, OPEN)
    write(certificate, own + found + key, SECRET, service())
    waiting.unlink()
    print(f"{certificate}: good until {facts.ends:%Y-%m-%d}, serial {facts.serial}")
    return 0
