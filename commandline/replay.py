"""Send recorded door counts or events through the whole pipeline, or judge a hub's journal again.

FILE holds CalIt2 half-hour counts (each person becomes an event) or one JSON event a line with its
`node`: a private broker and hub are started, and the report compares what they hold with the file.
With --profile or --variant they are judged instead, under that and under the campus's own.
FILE is a hub's data folder or its hub.db: the alerts that would be under --profile, or under what was
in force, beside those that were. It is only read; a hub at work on it is not disturbed.
"""

import argparse
import json
import queue
import random
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from commandline import what_if
from commandline.defaults import REGIME
from commandline.past_hub import is_store
from commandline.recordings import Recorded, Recording, read_recording
from commandline.workbench import Workbench
from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from hub.layout import read_layout
from hub.store.database import Store, hub_url, opened
from hub.store.journal import count_rows, read_events
from hub.store.schema import hub as hub_tables
from hub.store.snapshots import read_snapshot
from protocol.clock import Clock, SystemClock
from protocol.codec import decode_message
from protocol.events import Direction, Passage
from protocol.messages import Ack
from protocol.ulid import new_ulid

ONE_DOOR = Path(__file__).resolve().parent.parent / "deploy" / "examples" / "campus-one-door.toml"
#: Events committed to an outbox at once.
CHUNK = 1000
#: Without any progress for this long, the replay gives up and says what is pending.
STALLED_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet replay`."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--campus", type=Path, help="campus file (default: one door; of a journal, the shipped campus)"
    )
    parser.add_argument("--regime", type=Path, default=REGIME, help="folder of regime profiles")
    what_if.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One space on one campus day (04:00 to 04:00)."""

    date: str
    space: str
    entered: int
    left: int
    #: People inside at the end, exits at zero taken as missed entries.
    closing: int
    #: Entered minus left, unclamped.
    clamp_free: int
    #: Exits at zero.
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the file says, what the hub holds, and whether the two agree."""

    file: str
    kind: str
    file_in: int
    file_out: int
    hub_in: int
    hub_out: int
    produced: int
    stored: int
    pending: int
    rejected: int
    resent: int
    closes: bool
    took_s: float
    events_per_s: int
    days: list[Day]


class Pump:
    """The real outbox and publisher of one recorded node."""

    def __init__(self, node: str, bench: Workbench, clock: Clock) -> None:
        self._clock = clock
        epoch = new_ulid(clock.now(), secrets.token_bytes)
        self.outbox = Outbox.open(bench.data / f"outbox-{node}.db", lambda: epoch, max_events=10**9)
        self._acks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        topics = bench.topics
        session = bench.connect(
            node, lambda _topic, payload, _retained: self._acks.put(payload), topics.ack(node)
        )
        self.publisher = Publisher(self.outbox, session, topics.events(node), random.random)

    def step(self, wait_s: float) -> None:
        """Send what is due, take the acknowledgements that came."""
        self.publisher.step(self._clock.monotonic())
        try:
            payload = self._acks.get(timeout=wait_s)
        except queue.Empty:
            return
        while not self._acks.empty():
            payload = self._acks.get_nowait()
        ack = decode_message(payload, Ack)
        self.outbox.acknowledge(ack)
        self.publisher.acknowledged(ack, self._clock.monotonic())


def run(args: argparse.Namespace) -> int:
    """Replay the file; exit 1 when a single person or event is not accounted for."""
    if is_store(args.file):
        return what_if.run_journal(args)
    campus = args.campus or ONE_DOOR
    recording = read_recording(args.file, read_layout(campus))
    if any(one is not None for one in (args.profile, args.variant, args.begins, args.ends)):
        return what_if.run_recording(args, recording, campus)
    clock = SystemClock()
    began = clock.monotonic()
    with Workbench(campus, args.regime) as bench:
        pumps = _pump_all(recording.events, bench, clock)
        took_s = clock.monotonic() - began
        bench.stop_hub()
        with opened(hub_url(bench.data), hub_tables) as store:
            report = _report(args.file, recording, pumps, store, took_s)
        for pump in pumps:
            pump.outbox.close()
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        _print(report)
    return 0 if report.closes and _is_complete(report) else 1


def _pump_all(events: Iterable[Recorded], bench: Workbench, clock: Clock) -> list[Pump]:
    pumps: dict[str, Pump] = {}
    waiting: dict[str, list[Recorded]] = {}
    for recorded in events:
        if recorded.node not in pumps:
            pumps[recorded.node] = Pump(recorded.node, bench, clock)
        waiting.setdefault(recorded.node, []).append(recorded)
        if len(waiting[recorded.node]) == CHUNK:
            pumps[recorded.node].outbox.put([one.event for one in waiting.pop(recorded.node)])
            pumps[recorded.node].step(0.001)
    for node, rest in waiting.items():
        pumps[node].outbox.put([one.event for one in rest])
    moved_s, depth = clock.monotonic(), -1
    while any(pump.outbox.depth for pump in pumps.values()):
        for pump in pumps.values():
            pump.step(0.005)
        now_depth = sum(pump.outbox.depth for pump in pumps.values())
        if now_depth != depth:
            moved_s, depth = clock.monotonic(), now_depth
        elif clock.monotonic() - moved_s > STALLED_S:
            break
    return list(pumps.values())


def _report(file: Path, recording: Recording, pumps: list[Pump], store: Store, took_s: float) -> Report:
    ins, outs = _count_journal(store)
    stored, refused = count_rows(store)
    produced = len(recording.events)
    pending = sum(pump.outbox.depth for pump in pumps)
    return Report(
        file=str(file),
        kind=recording.kind,
        file_in=recording.ins,
        file_out=recording.outs,
        hub_in=ins,
        hub_out=outs,
        produced=produced,
        stored=stored,
        pending=pending,
        rejected=refused,
        resent=sum(pump.publisher.resent for pump in pumps),
        closes=produced == stored + pending + refused,
        took_s=round(took_s, 3),
        events_per_s=round(produced / took_s),
        days=_days(store),
    )


def _count_journal(store: Store) -> tuple[int, int]:
    """People in and out, counted from the rows themselves and not from what the hub believes."""
    totals = {Direction.IN: 0, Direction.OUT: 0}
    for event in read_events(store):
        if isinstance(event, Passage):
            totals[event.direction] += event.people
    return totals[Direction.IN], totals[Direction.OUT]


def _days(store: Store) -> list[Day]:
    snapshot = read_snapshot(store)
    if snapshot is None:
        raise msgspec.ValidationError("the hub left no snapshot; did it stop by itself?")
    return [
        Day(
            date=date,
            space=space,
            entered=page.entered,
            left=page.left,
            closing=page.count,
            clamp_free=page.raw,
            missed=page.missed,
        )
        for space, days in sorted(snapshot.campus.spaces.items())
        for date, page in sorted(days.items())
    ]


def _is_complete(report: Report) -> bool:
    return (report.hub_in, report.hub_out, report.pending) == (report.file_in, report.file_out, 0)


def _print(report: Report) -> None:
    print(f"{'day':<11} {'space':<12} {'in':>6} {'out':>6} {'closing':>8} {'clamp-free':>11} {'missed':>7}")
    for day in report.days:
        print(
            f"{day.date:<11} {day.space:<12} {day.entered:>6} {day.left:>6} {day.closing:>8} "
            f"{day.clamp_free:>+11} {day.missed:>7}"
        )
    drift = sum(day.clamp_free for day in report.days)
    print(f"\nin   file {report.file_in:>7}   hub {report.hub_in:>7}")
    print(f"out  file {report.file_out:>7}   hub {report.hub_out:>7}")
    print(f"left open over all days, clamp-free: {drift:+d}")
    print(
        f"ledger: produced {report.produced} = stored {report.stored} + pending {report.pending} "
        f"+ rejected {report.rejected}: {'closes' if report.closes else 'DOES NOT CLOSE'}"
    )
    print(f"{report.events_per_s} events/s, {report.resent} sent again, {report.took_s:.1f} s")
