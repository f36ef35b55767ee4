"""On the node: make its key, and the request that the hub signs. The key never leaves the node.

Take the request to the hub (`kuzet node sign NODE.csr`), bring the answer back, and `kuzet node install
NODE.crt`. The certificate in use goes on until then.
"""

import argparse
from pathlib import Path

from commandline.own_certificate import read_node, service, waiting_key
from protocol.certificates import Role, Subject, key_pem, new_key, request_pem
from protocol.keeping import OPEN, SECRET, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node request`."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's file")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the request (default: NODE.csr)")


def run(args: argparse.Namespace) -> int:
    """Make both."""
    config, certificate, _ = read_node(args.config)
    key = new_key()
    out = args.out or Path(f"{config.node}.csr")
    write(waiting_key(certificate), key_pem(key), SECRET, service())
    write(out, request_pem(key, Subject(config.site, Role.NODE, config.node)), OPEN)
    print(f"{out}: take it to the hub, `kuzet node sign {out.name}`, and bring {config.node}.crt back")
    return 0
