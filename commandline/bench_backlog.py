"""Measure catching up: nodes come back with full outboxes, and meanwhile somebody has a fever.

The outboxes are real files and so is everything behind them; each holds one event for every second of the
outage. The time of an alarm is from when the node has kept it until the node has heard that it is durable.
"""

import argparse
import json
import random
import secrets
import statistics
import threading
from datetime import datetime, timedelta
from pathlib import Path

from commandline.defaults import CAMPUS, REGIME
from commandline.machine import describe_machine
from commandline.workbench import START_S, Workbench
from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from protocol.clock import SystemClock
from protocol.codec import decode_message
from protocol.events import AnyEvent, Direction, Passage, Screening, Verdict
from protocol.messages import Ack
from protocol.ulid import new_ulid

#: Events kept in one transaction while the outboxes are filled.
FILL = 5000
#: A step of a node at least this often, seconds.
STEP_S = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench backlog`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--events", type=int, default=259_200, help="waiting at each node (default 72 h at one a second)"
    )
    parser.add_argument("--nodes", type=int, default=1, help="that come back at the same moment (default 1)")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between alarms at the first node")
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)


def run(args: argparse.Namespace) -> int:
    """Fill, connect, drain; exit 1 when something is missing afterwards."""
    if args.events < 1 or args.nodes < 1 or not args.every > 0:
        raise ValueError("--events and --nodes must be 1 or more, and --every more than 0 seconds")
    found = _measure(args)
    if args.json:
        print(json.dumps({"benchmark": "backlog", "machine": describe_machine(), **found}))
    else:
        print(
            f"{found['nodes']} nodes × {args.events} events ({found['broker']}): {found['took_s']:.0f} s, "
            f"{found['events_per_s']:,.0f} events/s, {found['resent']} sent again, {found['left']} left"
        )
        print(
            f"alarms meanwhile: {found['alarms']}, {found['alarms_ahead']} ahead of older events; "
            f"durable after p50 {found['alarm_p50_s']:.2f} s, p95 {found['alarm_p95_s']:.2f} s, "
            f"worst {found['alarm_max_s']:.2f} s"
        )
    return 1 if found["left"] else 0


class _Back:
    """A node that was away: its outbox, its connection, its publisher."""

    def __init__(
        self, bench: Workbench, name: str, channel: str, now: datetime, news: threading.Event
    ) -> None:
        self._news = news
        #: The newest acknowledgement; it says all that the ones before it said.
        self._ack: Ack | None = None
        self.outbox = Outbox.open(bench.data / f"{name}.outbox", lambda: new_ulid(now, secrets.token_bytes))
        self._bench, self._name, self._channel = bench, name, channel
        #: Alarms on their way: number, and when each was kept.
        self._waiting: dict[int, float] = {}
        self.took_s: list[float] = []
        #: Alarms that were durable while older events still waited.
        self.ahead = 0

    def fill(self, events: int, now: datetime) -> None:
        """One passage for each second of the outage, in and out by turns."""
        for first in range(0, events, FILL):
            ages = range(events - first, max(events - first - FILL, 0), -1)
            self.outbox.put([self._passage(age, now) for age in ages])

    def connect(self) -> None:
        """Come back."""
        topics = self._bench.topics
        session = self._bench.connect(f"node-{self._name}", self._hear, topics.ack(self._name))
        self.publisher = Publisher(self.outbox, session, topics.events(self._name), random.random)

    def alarm(self, now: datetime, now_s: float) -> None:
        """Somebody has a fever now."""
        event = Screening(seq=0, at=now, channel=self._channel, verdict=Verdict.ELEVATED)
        self._waiting[self.outbox.put([event])[0]] = now_s

    def step(self, now_s: float) -> None:
        """Take what was acknowledged, send what is due."""
        ack, self._ack = self._ack, None
        if ack is not None:
            self.outbox.acknowledge(ack)
            self.publisher.acknowledged(ack, now_s)
        for seq in [seq for seq in self._waiting if not self.outbox.pending(seq - 1, 1, 1, up_to_seq=seq)]:
            self.took_s.append(now_s - self._waiting.pop(seq))
            self.ahead += bool(self.outbox.pending(0, 1, 1, up_to_seq=seq))
        self.publisher.step(now_s)

    def _hear(self, _topic: str, payload: bytes, _retained: bool) -> None:
        self._ack = decode_message(payload, Ack)
        self._news.set()

    def _passage(self, age_s: int, now: datetime) -> AnyEvent:
        direction = Direction.IN if age_s % 2 else Direction.OUT
        return Passage(seq=0, at=now - timedelta(seconds=age_s), channel=self._channel, direction=direction)


def _measure(args: argparse.Namespace) -> dict[str, object]:
    clock = SystemClock()
    with Workbench(args.campus, args.regime) as bench:
        doors = {door.node: door.channel for door in bench.layout.doors if door.node}
        if args.nodes > len(doors):
            raise ValueError(f"--nodes: the campus has {len(doors)} nodes with doors, got {args.nodes}")
        now, news = clock.now(), threading.Event()
        nodes = [
            _Back(bench, name, channel, now, news) for name, channel in list(doors.items())[: args.nodes]
        ]
        for node in nodes:
            node.fill(args.events, now)
        began = clock.monotonic()
        for node in nodes:
            node.connect()
        alarm_at = began
        heard_s = began
        depth = sum(node.outbox.depth for node in nodes)
        while (left := sum(node.outbox.depth for node in nodes)) and clock.monotonic() - heard_s < START_S:
            now_s = clock.monotonic()
            if left != depth:
                heard_s, depth = now_s, left
            # Alarms end when the backlog has, so that what is measured is catching up.
            if now_s >= alarm_at and any(node.outbox.depth > 400 for node in nodes):
                alarm_at += args.every
                nodes[0].alarm(clock.now(), now_s)
            for node in nodes:
                node.step(now_s)
            news.wait(STEP_S)
            news.clear()
        took_s = clock.monotonic() - began
        alarms = nodes[0].took_s
        for node in nodes:
            node.outbox.close()
        cuts = statistics.quantiles(alarms, n=20) if len(alarms) > 1 else alarms * 19 or [0.0] * 19
        return {
            "broker": bench.broker_name,
            "nodes": len(nodes),
            "events": args.events * len(nodes),
            "took_s": round(took_s, 2),
            "events_per_s": round(args.events * len(nodes) / took_s),
            "resent": sum(node.publisher.resent for node in nodes),
            "left": left,
            "alarms": len(alarms),
            "alarms_ahead": nodes[0].ahead,
            "alarm_p50_s": round(cuts[9], 3),
            "alarm_p95_s": round(cuts[18], 3),
            "alarm_max_s": round(max(alarms, default=0.0), 3),
        }
