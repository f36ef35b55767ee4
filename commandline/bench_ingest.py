"""Measure durable ingest: events a second from publish to the hub's acknowledgement after its commit."""

import argparse
import json
import secrets
from pathlib import Path

from commandline.defaults import CAMPUS, REGIME
from commandline.load import Acks, drive, prepare
from commandline.machine import describe_machine
from commandline.workbench import Workbench
from protocol.clock import SystemClock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench ingest`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--messages", type=int, default=100_000, help="messages of one event each")
    parser.add_argument("--events", type=int, default=300_000, help="events sent in messages of --batch")
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--window", type=int, default=200, help="unacknowledged messages a node")
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help="a database.toml: on PostgreSQL, in an empty database"
    )
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)


def run(args: argparse.Namespace) -> int:
    """Measure one event a message, then `--batch` a message, each on a new store."""
    single = _measure(args, args.messages, 1, args.window)
    batched = _measure(args, args.events, args.batch, max(2, args.window // args.batch))
    result = {"benchmark": "ingest", "machine": describe_machine(), "single": single, "batched": batched}
    if args.json:
        print(json.dumps(result))
        return 0
    print(f"one event a message:  {single['events_per_s']:>8,.0f} events/s, all durable ({single['broker']})")
    print(f"{args.batch} events a message:  {batched['events_per_s']:>8,.0f} events/s, all durable")
    return 0


def _measure(args: argparse.Namespace, events: int, batch: int, window: int) -> dict[str, object]:
    clock = SystemClock()
    with Workbench(args.campus, args.regime, database=args.database) as bench:
        acks = Acks()
        bench.connect("acks", acks.receive, bench.topics.ack("+"))
        senders = prepare(bench.layout, events, batch, secrets.token_bytes, clock.now())
        total = sum(sender.newest for sender in senders)
        took_s = drive(senders, bench.port, acks, window, clock, timeout_s=300)
        return {
            "broker": bench.broker_name,
            "nodes": len(senders),
            "events": total,
            "batch": batch,
            "took_s": round(took_s, 3),
            "messages_per_s": round(total / batch / took_s),
            "events_per_s": round(total / took_s),
        }
