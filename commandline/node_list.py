"""Who holds a certificate of the campus: until when, what it is worth. Exit status 1 when one ends within 7
days.
"""

import argparse
import json
from pathlib import Path

from commandline.enrolment_office import add_authority, office
from hub.enrolment.register import Issued, State
from protocol.clock import SystemClock
from protocol.expiry import Nearness, nearness
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node list`."""
    add_authority(parser)
    parser.add_argument(
        "--all", action="store_true", help="also those that were replaced, revoked or have ended"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """List them."""
    now = SystemClock().now()
    with office(Path(args.ca)) as desk:
        register, ends = desk.register, desk.authority_ends
    shown = register.issued if args.all else register.newest(now)
    due = [one for one in register.newest(now) if _is_due(one, nearness(one.starts, one.ends, now))]
    if args.json:
        rows = [_row(one, one.state(now).value, nearness(one.starts, one.ends, now).value) for one in shown]
        print(
            json.dumps({"site": register.site, "authority_ends": format_instant(ends), "certificates": rows})
        )
        return 1 if due else 0
    for one in shown:
        days = (one.ends - now).days
        state = one.state(now)
        left = f"{days} days left" if state in (State.GOOD, State.ENDING) else one.why
        print(
            f"{one.name:<24} {one.role.value:<7} {state.value:<8} "
            f"until {one.ends:%Y-%m-%d}  {left:<16} {one.serial}"
        )
    print(f"authority of {register.site}: until {ends:%Y-%m-%d}")
    for one in due:
        print(
            f"{one.name}: {nearness(one.starts, one.ends, now).value}: `kuzet node request` on it renews it"
        )
    return 1 if due else 0


def _is_due(one: Issued, near: Nearness) -> bool:
    return one.revoked is None and near in (Nearness.NOW, Nearness.ENDED)


def _row(one: Issued, state: str, near: str) -> dict[str, str]:
    row = {"name": one.name, "role": one.role.value, "serial": one.serial, "state": state, "nearness": near}
    row |= {"given": format_instant(one.given), "ends": format_instant(one.ends)}
    return row | ({"revoked": format_instant(one.revoked), "why": one.why} if one.revoked else {})
