"""Measure latency: from the publish of a passage to the retained state of its room, through the store.

A node publishes at a steady rate; every state that comes back names its count, so each passage's
own change is timed. Passages merged into one state count from their own publish.
"""

import argparse
import json
import secrets
import statistics
import threading
from datetime import UTC
from pathlib import Path

from commandline.defaults import CAMPUS, REGIME
from commandline.machine import describe_machine
from commandline.workbench import Workbench
from hub.layout import Door
from protocol.broker import Publication
from protocol.clock import Clock, SystemClock
from protocol.codec import decode_message, encode_batch, encode_event
from protocol.events import Direction, Passage
from protocol.messages import SpaceState
from protocol.ulid import new_ulid


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench latency`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rates", default="200,1000", help="events a second, with commas")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)


def run(args: argparse.Namespace) -> int:
    """Measure each rate on a new store."""
    rates = [float(rate) for rate in args.rates.split(",")]
    results = [_measure(args, rate) for rate in rates]
    if args.json:
        print(json.dumps({"benchmark": "latency", "machine": describe_machine(), "rates": results}))
        return 0
    for one in results:
        print(
            f"{one['rate']:>6.0f} events/s: p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f} ms, "
            f"worst {one['max_ms']:.1f} ms ({one['timed']} timed, {one['broker']})"
        )
    return 0


class _Room:
    """One door's own room: everybody walks in, so the n-th passage is the state with n people."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.published_s: list[float] = []
        self.timed = 0


class _Watch:
    """Times states as they come, on the session's thread."""

    def __init__(self, rooms: dict[str, _Room], clock: Clock) -> None:
        self._rooms = rooms
        self._clock = clock
        self.latencies_ms: list[float] = []

    def see(self, _topic: str, payload: bytes, retained: bool) -> None:
        now_s = self._clock.monotonic()
        state = decode_message(payload, SpaceState)
        room = self._rooms.get(state.space)
        if retained or room is None or state.occupancy is None:
            return
        for i in range(room.timed, state.occupancy):
            self.latencies_ms.append((now_s - room.published_s[i]) * 1000)
        room.timed = max(room.timed, state.occupancy)


def _measure(args: argparse.Namespace, rate: float) -> dict[str, object]:
    clock = SystemClock()
    with Workbench(args.campus, args.regime) as bench:
        doors = [door for door in bench.layout.doors if door.node.startswith("floor-")]
        rooms = {door.inner: _Room(door) for door in doors}
        watch = _Watch(rooms, clock)
        bench.connect("watch-states", watch.see, bench.topics.space_state("+"))
        walkers = bench.connect("walkers", lambda *_: None)
        epochs = {door.node: new_ulid(clock.now(), secrets.token_bytes) for door in doors}
        seqs = dict.fromkeys(epochs, 0)
        pause = threading.Event()
        began = clock.monotonic()
        total = int(rate * args.seconds)
        for i in range(total):
            late_s = began + i / rate - clock.monotonic()
            if late_s > 0:
                pause.wait(late_s)
            door = doors[i % len(doors)]
            seqs[door.node] += 1
            at = clock.now().astimezone(UTC)
            body = encode_event(
                Passage(seq=seqs[door.node], at=at, channel=door.channel, direction=Direction.IN)
            )
            topic = bench.topics.events(door.node)
            rooms[door.inner].published_s.append(clock.monotonic())
            walkers.publish(Publication(topic=topic, payload=encode_batch(epochs[door.node], [body])))
        sent_s = clock.monotonic() - began
        deadline = clock.monotonic() + 10
        while len(watch.latencies_ms) < total and clock.monotonic() < deadline:
            pause.wait(0.01)
        cuts = statistics.quantiles(watch.latencies_ms, n=1000)
        return {
            "broker": bench.broker_name,
            "rate": rate,
            "sent_per_s": round(total / sent_s, 1),
            "events": total,
            "timed": len(watch.latencies_ms),
            "p50_ms": round(cuts[499], 2),
            "p99_ms": round(cuts[989], 2),
            "max_ms": round(max(watch.latencies_ms), 2),
        }
