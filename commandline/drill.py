"""Print the certificate of a drill: when it fired, was told, delivered and acknowledged; what was too late.

ID is the drill's or its alert's; without one it is the newest drill.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from commandline.defaults import DATA
from commandline.past_hub import PastHub, opened_past
from hub.alerts.alert import DRILL, Alert
from hub.alerts.drill import RULES, Certificate, Drill, certificate
from hub.courier.outcomes import open_outcomes
from hub.regime.alert_rule import AlertRule
from protocol.config import decode_table
from protocol.errors import ConfigError
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet drill certificate`."""
    parser.add_argument("id", nargs="?", metavar="ID", help="a drill's id, or its alert's (default: newest)")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the hub's data folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print; status 1 when the drill did not pass."""
    with opened_past(args.data) as past:
        alert = _find(past, args.id, args.data)
        drill = _drill_of(past, alert)
        happened = past.book.transitions_of(alert.id)
        notifications = past.book.notifications(alert.id)
        rule = _rule_then(past, alert)
    outcomes = open_outcomes(args.data if args.data.is_dir() else args.data.parent)
    tellings = outcomes.of_alert(alert.id) if outcomes is not None else []
    delivered = {
        one.key: one.ended_at for one in tellings if one.state == "delivered" and one.ended_at is not None
    }
    found = certificate(drill, rule, happened, notifications, delivered)
    if args.json:
        document = {**msgspec.to_builtins(found), "passed": found.is_passed, "alert": alert.id}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        _print(found)
    return 0 if found.is_passed else 1


def _find(past: PastHub, wanted: str | None, data: Path) -> Alert:
    drills = [one for one in past.alerts() if one.is_drill]
    if not drills:
        raise ValueError(f"{data}: there has been no drill; begin one on the dashboards")
    if wanted is None:
        return drills[-1]
    found = next((one for one in drills if wanted in (one.id, one.subject.removeprefix(DRILL))), None)
    if found is None:
        newest = ", ".join(one.subject.removeprefix(DRILL) for one in drills[-3:])
        raise ValueError(f"{data}: there is no drill `{wanted}`; the newest are {newest}")
    return found


def _drill_of(past: PastHub, alert: Alert) -> Drill:
    """The drill of an alert; once it is over its beginning is known to a turn of the hub."""
    id = alert.subject.removeprefix(DRILL)
    desk = past.book.desk()
    under_way = [one for one in (desk.drills if desk is not None else ()) if one.id == id]
    if under_way:
        return under_way[0]
    kind = next(kind for kind, rule in RULES.items() if rule == alert.rule)
    return Drill(
        id=id,
        kind=kind,
        space=alert.space or "",
        building=alert.building,
        label=alert.label,
        started_at=alert.since,
    )


def _rule_then(past: PastHub, alert: Alert) -> AlertRule:
    """The patience and steps of its rule that were in force."""
    rows = past.in_force()
    before = [row for row in rows if row.since <= alert.since][-1:] or rows[:1]
    faults: list[str] = []
    table = before[0].tables.get("alerts", {}).get(alert.rule) if before else None
    rule = decode_table(table, AlertRule, f"$.alerts.{alert.rule}", faults) if table is not None else None
    if rule is None:
        why = faults or [f"what was in force then says nothing of {alert.rule}"]
        raise ConfigError([f"the drill cannot be judged: {fault}" for fault in why])
    return rule


def _print(found: Certificate) -> None:
    began = format_instant(found.started_at)
    print(f"drill {found.drill}: {found.kind.value} at {found.label}, began {began}")
    for what, took_s in (
        ("fired", found.fired_s),
        ("told", found.told_s),
        ("delivered", found.delivered_s),
        ("acknowledged", found.acked_s),
    ):
        print(f"  {what:<13} {'never' if took_s is None else f'after {took_s:.1f} s'}")
    for step, took_s in sorted(found.steps_s.items()):
        print(f"  step {step:<8} told after {took_s:.1f} s")
    print("passed" if found.is_passed else "NOT passed:")
    for fault in found.faults:
        print(f"  {fault}")
