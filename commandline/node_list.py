"""Who holds a certificate of the campus: until when, what it is worth. Exit status 1 when one ends within 7
days.
"""

import argparse
import json
from pathlib import Path

import msgspec

from commandline.enrolment_office import add_authority, office
from commandline.past_hub import opened_past
from hub.enrolment.register import Issued, State
from hub.store.node_rows import HealthRow
from protocol.clock import SystemClock
from protocol.expiry import Nearness, nearness
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node list`."""
    add_authority(parser)
    parser.add_argument(
        "--all", action="store_true", help="also those that were replaced, revoked or have ended"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the hub's data folder: adds what software each node runs"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """List them."""
    now = SystemClock().now()
    with office(Path(args.ca)) as desk:
        register, ends = desk.register, desk.authority_ends
    shown = register.issued if args.all else register.newest(now)
    due = [one for one in register.newest(now) if _is_due(one, nearness(one.starts, one.ends, now))]
    running = {} if args.data is None else _running(args.data, [one.name for one in shown])
    if args.json:
        rows = [_row(one, one.state(now).value, nearness(one.starts, one.ends, now).value) for one in shown]
        for row in rows:
            row |= _versions(running.get(row["name"]))
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
            f"until {one.ends:%Y-%m-%d}  {left:<16} {one.serial}{_said(running, one.name)}"
        )
    print(f"authority of {register.site}: until {ends:%Y-%m-%d}")
    for one in due:
        print(
            f"{one.name}: {nearness(one.starts, one.ends, now).value}: `kuzet node request` on it renews it"
        )
    return 1 if due else 0


def _running(data: Path, names: list[str]) -> dict[str, HealthRow]:
    """What the hub last heard each node say of itself."""
    with opened_past(data) as past:
        bodies = {name: past.board_row("health", name) for name in names}
    return {
        name: msgspec.json.decode(body, type=HealthRow) for name, body in bodies.items() if body is not None
    }


def _versions(row: HealthRow | None) -> dict[str, str]:
    if row is None:
        return {}
    return {"software": row.software or "", "wire": "" if row.wire is None else str(row.wire)}


def _said(running: dict[str, HealthRow], name: str) -> str:
    said = _versions(running.get(name))
    return f"  {said['software'] or 'software not said'}, wire {said['wire'] or 'not said'}" if said else ""


def _is_due(one: Issued, near: Nearness) -> bool:
    return one.revoked is None and near in (Nearness.NOW, Nearness.ENDED)


def _row(one: Issued, state: str, near: str) -> dict[str, str]:
    row = {"name": one.name, "role": one.role.value, "serial": one.serial, "state": state, "nearness": near}
    row |= {"given": format_instant(one.given), "ends": format_instant(one.ends)}
    return row | ({"revoked": format_instant(one.revoked), "why": one.why} if one.revoked else {})
