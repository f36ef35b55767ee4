"""Take a node's certificates back: it is refused from now on, and its live session ends with this command.

What waits in its own outbox stays there; what it left at the broker is taken away.
"""

import argparse
import sys

from commandline.enrolment_office import add_authority, office, require_name, say_told
from hub.enrolment.revoking import revoke
from hub.errors import EnrolmentError
from protocol.certificates import Role


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node revoke`."""
    parser.add_argument("node", metavar="NODE")
    add_authority(parser)
    parser.add_argument("--why", default="revoked", metavar="TEXT", help="kept in the register")
    parser.add_argument("--old", action="store_true", help="only what it rotated from; its newest stays good")


def run(args: argparse.Namespace) -> int:
    """Revoke them."""
    name = require_name(args.node)
    with office(args.ca) as desk:
        role = next(
            (one.role for one in desk.register.issued if one.name == name and one.role is not Role.BROKER),
            None,
        )
        if role is None:
            raise EnrolmentError(
                f"{name} holds no certificate of this campus; `kuzet node list --all` shows who does"
            )
        done = revoke(desk, role, name, args.why, keep_newest=args.old)
    for one in done.taken:
        print(f"revoked: {name}, serial {one.serial}")
    if not done.taken:
        print(f"{name} held nothing that was good")
    say_told(done.broker_told)
    if done.still_there:
        print(f"error: {done.still_there}; it may write and hear nothing", file=sys.stderr)
        return 1
    return 0
