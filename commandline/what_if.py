"""Judge a journal again, under another profile or the one of the time: what `kuzet replay` does with it."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from commandline.defaults import CAMPUS
from commandline.hub_orders import read_orders
from commandline.past_hub import PastHub, opened_past
from commandline.recordings import Recording
from commandline.what_if_view import Answer, document, lines, named
from hub.alerts.alert import Alert, Transition
from hub.alerts.load import loads
from hub.alerts.notification import Notification
from hub.campus import Campus, Observed
from hub.engine import Orders
from hub.layout import Layout, Switch
from hub.regime.profile import Profile
from hub.regime.reading import read_regime
from hub.regime.schedule import Regime
from hub.rules import CHECKS
from hub.what_if import Silent, WouldBe, judge_again, side_by_side, silences_of
from protocol.clock import SystemClock
from protocol.config import decode_table
from protocol.quantities import format_instant, parse_duration

#: The end of the time is open: what came at the last instant belongs to it.
_LAST = timedelta(seconds=1)
_EPOCH = "0" * 26
#: With `--progress`: so many entries between two lines.
TOLD_EVERY = 500
#: Said with the answer about a journal: what of the time cannot be judged again.
NOT_REPLAYED = (
    "who was silent is taken from the alerts of the time, also under the other profile",
    "what people silenced, shelved or switched off then is not repeated",
    "rooms, doors, overrides and lessons are those of the campus file as it is now",
)


class Told(NamedTuple):
    """One side: its alerts and what happened to them."""

    alerts: list[Alert]
    transitions: list[Transition]
    notifications: list[Notification]


class _Asked(NamedTuple):
    """The profile to judge by."""

    profile: str
    variant: str | None
    regime: Regime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `kuzet replay` has for a journal."""
    parser.add_argument("--profile", metavar="P", help="what-if: id of a regime profile, or its path")
    parser.add_argument("--variant", metavar="V", help="what-if: format of the profile, such as in-person")
    parser.add_argument("--from", dest="begins", metavar="T", help="judge from then (2026-11-23T08:00)")
    parser.add_argument(
        "--last", metavar="TIME", help="judge so much of its end, or all when it is shorter (7d)"
    )
    parser.add_argument("--progress", action="store_true", help="say on standard error how far it is")
    parser.add_argument("--to", dest="ends", metavar="T", help="judge until then")
    parser.add_argument(
        "--ack-after",
        default="2min",
        metavar="TIME",
        help="what-if: an alert is taken so long after it fired (default 2min)",
    )


def run_journal(args: argparse.Namespace) -> int:
    """Judge a hub's journal again and print both sides."""
    campus_file = args.campus or CAMPUS
    with opened_past(args.file) as past:
        orders = read_orders(campus_file, args.regime)
        lived = past.lived()
        if lived is None:
            raise ValueError(f"{args.file}: its journal holds no entries; there is nothing to judge again")
        _require_known(past, orders.layout, args.file, campus_file)
        alerts = [one for one in past.alerts() if not one.is_drill]
        first = min([lived[0], *(one.since for one in alerts)])
        begins, ends = _span(args, orders.layout, first, lived[1] + _LAST)
        notes: list[str] = []
        asked = _asked(args, orders.layout) or _then(past, orders, begins, notes)
        all_that_happened = past.book.transitions(first, lived[1] + _LAST)
        silences = silences_of(alerts, all_that_happened, orders.layout, past.heard_between)
        entries = _told_of(past.entries(), sum(past.nodes().values())) if args.progress else past.entries()
        took_s, would = _judge(args, orders, asked.regime, entries, silences, first, begins, ends)
        if past.illegible:
            notes.append(f"{past.illegible} entries cannot be read by this version and are left out")
        notes += NOT_REPLAYED
        was = Told(alerts, all_that_happened, past.book.notifications())
    return _print(args, orders.layout, _answer(args, orders, asked, begins, ends, was, would, took_s, notes))


def run_recording(args: argparse.Namespace, recording: Recording, campus_file: Path) -> int:
    """Judge a recording twice, by the campus's own profiles and by the one asked for."""
    orders = read_orders(campus_file, args.regime)
    entries = list(_as_entries(recording))
    if not entries:
        raise ValueError(f"{args.file}: holds no events; there is nothing to judge")
    first, last = entries[0].received, entries[-1].received
    begins, ends = _span(args, orders.layout, first, last + _LAST)
    asked = _asked(args, orders.layout) or _Asked(orders.layout.profile, orders.layout.variant, orders.regime)
    _, was = _judge(args, orders, orders.regime, entries, (), first, begins, ends)
    took_s, would = _judge(args, orders, asked.regime, entries, (), first, begins, ends)
    notes = [
        "nothing was judged at that time: `was` is what the campus file's own profile gives",
        "nobody is taken to have been silent",
    ]
    told = Told(was.alerts, was.transitions, was.notifications)
    return _print(args, orders.layout, _answer(args, orders, asked, begins, ends, told, would, took_s, notes))


def _judge(
    args: argparse.Namespace,
    orders: Orders,
    regime: Regime,
    entries: Iterable[Observed],
    silences: Iterable[Silent],
    first: datetime,
    begins: datetime,
    ends: datetime,
) -> tuple[float, WouldBe]:
    # What began that morning is judged from its beginning, so that it does not seem to begin at `begins`.
    campus, numbers, clock = Campus(orders.layout), count(1), SystemClock()
    warm = max(first, campus.day_begins(campus.day_of(begins)))
    began_s = clock.monotonic()
    would = judge_again(
        entries,
        layout=orders.layout,
        regime=regime,
        lesson_book=orders.lesson_book,
        silences=silences,
        new_id=lambda: f"what-if-{next(numbers)}",
        begins=min(begins, warm),
        ends=ends,
        acked_after=timedelta(seconds=parse_duration(args.ack_after)),
    )
    return clock.monotonic() - began_s, would


def _answer(
    args: argparse.Namespace,
    orders: Orders,
    asked: _Asked,
    begins: datetime,
    ends: datetime,
    was: Told,
    would: WouldBe,
    took_s: float,
    notes: list[str],
) -> Answer:
    layout = orders.layout
    if would.unplaced:
        notes.append(
            f"{would.unplaced} of {would.entries} entries are of channels that the campus file does not name"
        )
    notes.append(f"every alert is taken {args.ack_after} after it fires")
    return Answer(
        file=args.file,
        profile=asked.profile,
        variant=asked.variant,
        begins=begins,
        ends=ends,
        sides=side_by_side(_fired(was.alerts, begins, ends), _fired(would.alerts, begins, ends)),
        was=loads(layout, was.alerts, was.transitions, was.notifications, begins, ends),
        would=loads(layout, would.alerts, would.transitions, would.notifications, begins, ends),
        entries=would.entries,
        unplaced=would.unplaced,
        took_s=took_s,
        notes=notes,
    )


def _told_of(entries: Iterable[Observed], total: int) -> Iterator[Observed]:
    """The entries, and on standard error a line `progress 0.42` now and then."""
    for number, entry in enumerate(entries, 1):
        if number % TOLD_EVERY == 0:
            print(f"progress {number / total:.2f}", file=sys.stderr, flush=True)
        yield entry


def _fired(alerts: Iterable[Alert], begins: datetime, ends: datetime) -> list[Alert]:
    return [one for one in alerts if one.fired_at is not None and begins <= one.fired_at < ends]


def _span(
    args: argparse.Namespace, layout: Layout, first: datetime, last: datetime
) -> tuple[datetime, datetime]:
    zone = ZoneInfo(layout.timezone)
    ends = _instant("--to", args.ends, zone) if args.ends else last
    begins = first
    if args.begins:
        begins = _instant("--from", args.begins, zone)
    elif args.last:
        begins = max(first, ends - timedelta(seconds=parse_duration(args.last)))
    if ends <= begins:
        raise ValueError(
            f"--from {format_instant(begins)} is not before --to {format_instant(ends)}; "
            f"the journal goes from {format_instant(first)} to {format_instant(last)}"
        )
    return begins, ends


def _instant(option: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{option}: `{text}` is not a time; write for example 2026-11-23T08:00") from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _asked(args: argparse.Namespace, layout: Layout) -> _Asked | None:
    """The profile of the options, in force throughout; None: none is given."""
    if args.profile is None and args.variant is None:
        return None
    path = Path(args.profile) if args.profile and args.profile.endswith(".toml") else None
    profile = path.stem if path is not None else args.profile or layout.profile
    alone = replace(layout, profile=profile, variant=args.variant, switches=())
    folder = path.parent if path is not None else args.regime
    return _Asked(profile, args.variant, read_regime(folder, alone, tuple(CHECKS), campus_file=args.campus))


def _then(past: PastHub, orders: Orders, begins: datetime, notes: list[str]) -> _Asked:
    """What was in force then: the limits that the hub wrote down, whatever its files say now."""
    rows, faults = past.in_force(), list[str]()
    read = [decode_table(row.tables, Profile, "$", faults) for row in rows]
    profiles = {str(i): one for i, one in enumerate(read) if one is not None}
    if faults or not rows:
        why = faults[0] if faults else "the hub has not written it down"
        notes.append(f"what was in force is taken from the campus file and its profiles ({why})")
        regime = orders.regime
    else:
        switches = tuple(Switch(starts=row.since, profile=str(i)) for i, row in enumerate(rows))[1:]
        schedule = replace(orders.layout, profile="0", variant=None, switches=switches)
        regime = Regime(profiles, schedule)
    now = [row for row in rows if row.since <= begins][-1:] or rows[:1]
    if len(rows) > 1:
        changes = "; ".join(f"{format_instant(row.since)} {named(row.profile, row.variant)}" for row in rows)
        notes.append(f"in force were: {changes}")
    if now:
        return _Asked(now[0].profile, now[0].variant, regime)
    in_force = regime.at(begins)
    return _Asked(in_force.profile, in_force.variant, regime)


def _require_known(past: PastHub, layout: Layout, file: Path, campus_file: Path) -> None:
    counts, known = past.nodes(), {*layout.nodes(), "people"}
    strange = {node: number for node, number in counts.items() if node not in known}
    if strange and len(strange) == len(counts.keys() - {"people"}):
        names = ", ".join(sorted(strange)[:3])
        raise ValueError(
            f"{campus_file}: knows none of the nodes of {file}: {sum(strange.values())} of "
            f"{sum(counts.values())} entries are unplaced (of {names} …); "
            "name the campus file of that hub with --campus"
        )


def _as_entries(recording: Recording) -> Iterator[Observed]:
    seqs: Counter[str] = Counter()
    for position, (node, event) in enumerate(sorted(recording.events, key=lambda one: one.event.at), 1):
        seqs[node] += 1
        numbered = replace(event, seq=seqs[node])
        yield Observed(position, node, _EPOCH, event.at, numbered)


def _print(args: argparse.Namespace, layout: Layout, answer: Answer) -> int:
    if args.json:
        print(json.dumps(document(answer), ensure_ascii=False))
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(answer, ZoneInfo(layout.timezone)))
    return 0
