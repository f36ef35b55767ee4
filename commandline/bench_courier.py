"""Measure ingest, from publish to durable acknowledgement, while every provider hangs and without a courier.

Rounds without and with a courier take turns on one hub, so that both see the same machine.
"""

import argparse
import json
import secrets
import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import msgspec

from commandline.defaults import CAMPUS, REGIME
from commandline.machine import describe_machine
from commandline.workbench import Workbench
from hub.alerts.notification import Notification, Reason
from hub.store.database import hub_url, opened
from hub.store.schema import hub as hub_tables
from hub.store.schema import notification
from protocol.broker import Publication
from protocol.clock import Clock, SystemClock
from protocol.codec import decode_message, encode_batch, encode_event
from protocol.events import Direction, Passage
from protocol.messages import Ack
from protocol.ulid import new_ulid

#: Providers that hang, and how long a worker waits for one.
PROVIDERS, DEADLINE = 4, "5s"
#: Notifications that wait for each of them.
WAITING = 200
#: After its start the courier is given so long to be stuck everywhere, seconds.
STUCK_S = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench courier`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rate", type=float, default=200.0, help="events a second, one a message")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds without, and as many with the courier")
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)


def run(args: argparse.Namespace) -> int:
    """Measure by turns."""
    clock = SystemClock()
    bench = Workbench(args.campus, args.regime)
    without: list[float] = []
    hanging: list[float] = []
    with _hanging_providers(PROVIDERS) as ports:
        # Before the hub starts: it alone writes its file while it lives.
        _fill(bench.data, clock)
        config = _write_receivers(bench.data, ports)
        with bench:
            load = _Load(bench, clock)
            load.run(args.rate, min(3.0, args.seconds))
            for _ in range(args.rounds):
                without += load.run(args.rate, args.seconds)
                command = [sys.executable, "-m", "kuzet", "courier", "run", "--config", str(config)]
                courier = bench.start([*command, "--data", str(bench.data)])
                threading.Event().wait(STUCK_S)
                if courier.poll() is not None:
                    raise ChildProcessError("the courier ended; run `kuzet courier run` to see why")
                hanging += load.run(args.rate, args.seconds)
                _end(courier)
            broker = bench.broker_name
    result = {
        "benchmark": "courier",
        "machine": describe_machine(),
        "broker": broker,
        "rate": args.rate,
        "providers": PROVIDERS,
        "without": _summary(without),
        "hanging": _summary(hanging),
        "p99_change": round(_p99(hanging) / _p99(without) - 1.0, 3),
    }
    if args.json:
        print(json.dumps(result))
        return 0
    for name in ("without", "hanging"):
        one = _summary(hanging if name == "hanging" else without)
        print(f"{name:<8} p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f} ms ({one['timed']:.0f} events)")
    print(f"p99 changes by {result['p99_change']:+.1%} while {PROVIDERS} providers hang")
    return 0


class _Load:
    """One node that publishes at a steady rate and times each event's acknowledgement."""

    def __init__(self, bench: Workbench, clock: Clock) -> None:
        self._clock = clock
        self._door = next(door for door in bench.layout.doors if door.node.startswith("floor-"))
        self._topic = bench.topics.events(self._door.node)
        self._epoch = new_ulid(clock.now(), secrets.token_bytes)
        self._published_s: list[float] = []
        self._latencies_ms: list[float] = []
        bench.connect("acks", self._hear, bench.topics.ack(self._door.node))
        self._session = bench.connect("walkers", lambda *_: None)

    def run(self, rate: float, seconds: float) -> list[float]:
        """The latencies of one round, ms. Raises TimeoutError when the hub does not acknowledge."""
        pause, first = threading.Event(), len(self._published_s)
        began_s = self._clock.monotonic()
        for i in range(int(rate * seconds)):
            late_s = began_s + i / rate - self._clock.monotonic()
            if late_s > 0:
                pause.wait(late_s)
            direction = Direction.OUT if i % 2 else Direction.IN
            at = self._clock.now().astimezone(UTC)
            seq = len(self._published_s) + 1
            body = encode_event(Passage(seq=seq, at=at, channel=self._door.channel, direction=direction))
            self._published_s.append(self._clock.monotonic())
            payload = encode_batch(self._epoch, [body])
            self._session.publish(Publication(topic=self._topic, payload=payload))
        deadline_s = self._clock.monotonic() + 10.0
        while len(self._latencies_ms) < len(self._published_s):
            if self._clock.monotonic() > deadline_s:
                raise TimeoutError("the hub did not acknowledge everything within 10 s")
            pause.wait(0.01)
        return self._latencies_ms[first:]

    def _hear(self, _topic: str, payload: bytes, _retained: bool) -> None:
        now_s = self._clock.monotonic()
        ack = decode_message(payload, Ack)
        if ack.epoch == self._epoch:
            for i in range(len(self._latencies_ms), ack.seq):
                self._latencies_ms.append((now_s - self._published_s[i]) * 1000)


@contextmanager
def _hanging_providers(count: int) -> Iterator[list[int]]:
    """Ports that take a connection and never say anything."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
    try:
        # The kernel takes the connections; nobody reads them.
        yield [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def _fill(data: Path, clock: Clock) -> None:
    now = clock.now()
    with opened(hub_url(data), hub_tables) as store, store.begin() as connection:
        for i in range(WAITING * PROVIDERS):
            told = Notification(
                id=f"bench-{i}",
                alert=f"bench-{i}",
                at=now,
                reason=Reason.FIRED,
                priority=1,
                rule="over-capacity",
                duty="bench",
                receivers=(f"hangs-{i % PROVIDERS}",),
                language="en",
                label="A-204",
                place=None,
                clause="§71",
                since=now - timedelta(minutes=1),
            )
            row = {"key": told.id, "alert": told.alert, "at_ms": int(now.timestamp() * 1000)}
            connection.execute(notification.insert().values(**row, body=msgspec.json.encode(told)))


def _write_receivers(data: Path, ports: list[int]) -> Path:
    rows = ['[courier]\nfirst_wait = "100ms"\nlongest_wait = "1s"\n']
    for i, port in enumerate(ports):
        rows.append(
            f'[[receivers]]\nid = "hangs-{i}"\nkind = "webhook"\nurl = "http://127.0.0.1:{port}/"\n'
            f'schemes = ["http"]\nallow_private = true\ndeadline = "{DEADLINE}"\nper_minute = 600\n'
        )
    path = data / "receivers.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def _end(courier: subprocess.Popen[bytes]) -> None:
    courier.terminate()
    courier.wait(10.0)


def _p99(latencies_ms: list[float]) -> float:
    return statistics.quantiles(latencies_ms, n=100)[98]


def _summary(latencies_ms: list[float]) -> dict[str, float]:
    return {
        "timed": len(latencies_ms),
        "p50_ms": round(statistics.median(latencies_ms), 2),
        "p99_ms": round(_p99(latencies_ms), 2),
        "max_ms": round(max(latencies_ms), 2),
    }
