"""Measure the guard's board: weight, first paint, event to pixel with many boards open, silence to banner.

Everything is real: broker, hub, dashboards and a headless Chromium on this machine. Needs the development
environment (playwright) and a Chromium at /usr/bin/chromium.
"""

import argparse
import json
import os
import secrets
import signal
import statistics
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC
from pathlib import Path
from typing import Any

from commandline.board_page import BoardPage, chromium_page
from commandline.board_readers import BoardReaders
from commandline.broker_process import free_port
from commandline.defaults import CAMPUS, REGIME
from commandline.machine import describe_machine
from commandline.workbench import Workbench
from hub.store.accounts import Accounts
from hub.store.database import opened, people_url
from hub.store.schema import people
from protocol.broker import Publication, Session
from protocol.clock import SystemClock
from protocol.codec import encode_batch, encode_event
from protocol.events import Direction, Passage
from protocol.ulid import new_ulid

#: How long the dashboards may take to start, seconds.
START_S = 20.0
#: Events of one message while the heap is measured.
BATCH = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench board`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--readers", type=int, default=300, help="boards open beside the one looked at")
    parser.add_argument("--rate", type=float, default=2.0, help="passages a second while pixels are timed")
    parser.add_argument("--passages", type=int, default=120, help="passages timed to the pixel")
    parser.add_argument("--heap-events", type=int, default=100_000, help="events while the heap is watched")
    parser.add_argument("--loads", type=int, default=5, help="first loads, of which the median counts")
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)


def run(args: argparse.Namespace) -> int:
    """Measure one after the other on one store."""
    with Workbench(args.campus, args.regime) as bench:
        address, web = _serve(bench, args.readers + 8)
        code = _code(bench.data, "guard-1")
        walkers = _Walkers(bench)
        walkers.wake()
        with chromium_page(address, code) as page:
            result: dict[str, Any] = {"benchmark": "board", "machine": describe_machine()}
            result |= page.first_loads(args.loads)
            result |= _time_pixels(args, address, _code(bench.data, "guard-2"), page, walkers)
            result |= _grow(args.heap_events, page, walkers)
            result |= _silence(page, web.pid)
    if args.json:
        print(json.dumps(result))
        return 0
    for name, value in result.items():
        if name not in ("benchmark", "machine"):
            print(f"{name:>22}: {value}")
    return 0


class _Walkers:
    """People who walk in and out of the doors of rooms, over MQTT as nodes would."""

    def __init__(self, bench: Workbench) -> None:
        self._clock = SystemClock()
        self._topics = bench.topics
        self._session: Session = bench.connect("walkers", lambda *_: None)
        self.doors = [door for door in bench.layout.doors if door.node.startswith("floor-")]
        self.nodes = bench.layout.nodes()
        self._epochs = {node: new_ulid(self._clock.now(), secrets.token_bytes) for node in self.nodes}
        self._seqs = dict.fromkeys(self._epochs, 0)

    def wake(self) -> None:
        """Every node speaks once, so that the board knows its rooms."""
        for door in self.doors:
            self.walk(door.id, Direction.IN)
            self.walk(door.id, Direction.OUT)

    def walk(self, door_id: str, direction: Direction, people: int = 1, batch: int = 1) -> float:
        """`batch` passages through one door in one message; returns when it was sent, seconds since 1970."""
        door = next(one for one in self.doors if one.id == door_id)
        bodies = []
        for _ in range(batch):
            self._seqs[door.node] += 1
            at = self._clock.now().astimezone(UTC)
            seq = self._seqs[door.node]
            event = Passage(seq=seq, at=at, channel=door.channel, direction=direction, people=people)
            bodies.append(encode_event(event))
        payload = encode_batch(self._epochs[door.node], bodies)
        sent_s = self._clock.now().timestamp()
        self._session.publish(Publication(topic=self._topics.events(door.node), payload=payload))
        return sent_s


def _time_pixels(
    args: argparse.Namespace, address: str, code: str, page: BoardPage, walkers: _Walkers
) -> dict[str, Any]:
    readers = BoardReaders(address, code)
    readers.open(args.readers)
    page.watch_tiles()
    sent: list[tuple[str, float]] = []
    pause = threading.Event()
    for i in range(args.passages):
        door = walkers.doors[i % len(walkers.doors)]
        sent.append((door.inner, walkers.walk(door.id, Direction.IN)))
        pause.wait(1 / args.rate)
    pause.wait(3.0)
    pixels, heard = page.seen_tiles(), readers.heard()
    readers.close()
    to_pixel = _waits(sent, pixels)
    to_reader = [wait for own in heard for wait in _waits(sent, own)]
    return {
        "readers": args.readers,
        "readers_connected": len(heard),
        "passages": len(sent),
        "pixels_seen": len(to_pixel),
        "sensor_to_reader_ms": _spread(to_reader),
        "sensor_to_pixel_ms": _spread(to_pixel),
    }


def _waits(sent: list[tuple[str, float]], seen: dict[str, list[float]]) -> list[float]:
    """From each passage to the next change of its room, milliseconds; one that nobody saw is left out."""
    waits = []
    for space, at_s in sent:
        later = [when for when in seen.get(space, []) if when >= at_s]
        if later:
            waits.append((min(later) - at_s) * 1000)
    return waits


def _grow(events: int, page: BoardPage, walkers: _Walkers) -> dict[str, Any]:
    before = page.heap()
    pause = threading.Event()
    sent = 0
    while sent < events:
        door = walkers.doors[sent // BATCH % len(walkers.doors)]
        walkers.walk(door.id, Direction.IN if sent // BATCH % 2 else Direction.OUT, batch=BATCH)
        sent += BATCH
        if sent % 1000 == 0:
            # A broker of this machine takes 40,000 a second; a board is changed seven times a second.
            pause.wait(0.1)
    pause.wait(5.0)
    after = page.heap()
    return {
        "heap_events": sent,
        "heap_mb_before": round(before["heap_mb"], 2),
        "heap_growth_mb": round(after["heap_mb"] - before["heap_mb"], 2),
        "dom_nodes_before": before["nodes"],
        "dom_nodes_after": after["nodes"],
    }


def _silence(page: BoardPage, pid: int) -> dict[str, Any]:
    """The server hangs with every connection open, then goes on."""
    os.killpg(pid, signal.SIGSTOP)
    try:
        banner_s = page.wait_lost(20.0)
    finally:
        os.killpg(pid, signal.SIGCONT)
    return {"silence_to_banner_s": banner_s, "back_to_live_s": page.wait_live(20.0)}


def _serve(bench: Workbench, streams: int) -> tuple[str, Any]:
    port = free_port()
    command = [sys.executable, "-m", "kuzet", "web", "run", "--data", str(bench.data), "--port", str(port)]
    child = bench.start([*command, "--max-streams", str(streams)])
    address = f"http://127.0.0.1:{port}"
    clock, pause = SystemClock(), threading.Event()
    deadline = clock.monotonic() + START_S
    while clock.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address + "/healthz", timeout=2):  # nosec B310  # our own child
                return address, child
        except (urllib.error.URLError, OSError):
            pause.wait(0.1)
    raise TimeoutError(f"the dashboards did not become healthy within {START_S:g} s")


def _code(data: Path, name: str) -> str:
    with opened(people_url(data), people) as store:
        return Accounts(store, clock=SystemClock()).issue_one_time_code(name, "guard")


def _spread(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "worst": round(max(values), 1)}
