"""Measure a node: memory, CPU and start of `kuzet edge run` on mock pins, durable events a second."""

import argparse
import json
import os
import secrets
import sys
import tempfile
import threading
from datetime import UTC
from pathlib import Path

from commandline.defaults import CAMPUS, REGIME
from commandline.edge_bench import number_between
from commandline.machine import describe_machine
from commandline.workbench import Workbench
from edge.outbox.outbox import Outbox
from protocol.clock import SystemClock
from protocol.events import Direction, Passage
from protocol.ulid import new_ulid

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
#: An entrance: one door with a light. A thermometer needs a bus, which a bench has not.
_NODE = """\
site = "demo"
node = "entrance-a"
outbox = "{folder}/outbox.db"
pins = "mock"

[broker]
port = {port}

[[doors]]
channel = "main"
beams = {{ outer_pin = 17, inner_pin = 27 }}
light = {{ red_pin = 22, amber_pin = 23, green_pin = 24 }}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench edge`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--seconds", type=number_between(1, 3600), default=20.0, help="how long CPU is measured"
    )


def run(args: argparse.Namespace) -> int:
    """Measure a node that runs beside a hub, then an outbox alone."""
    result = {"benchmark": "edge", "machine": describe_machine(), **_node(args.seconds), **_outbox()}
    if args.json:
        print(json.dumps(result))
        return 0
    print(f"memory (RSS):  {result['rss_mb']:.1f} MB, highest {result['peak_rss_mb']:.1f} MB")
    print(f"CPU, idle:     {result['cpu_percent']:.1f} % of a core")
    print(f"start:         {result['start_s']:.2f} s from the process to its hello at the broker")
    print(f"outbox:        {result['puts_per_s']:,} durable events/s, one a commit")
    print(f"               {result['batched_puts_per_s']:,} durable events/s, 50 a commit")
    return 0


def _node(seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="kuzet-") as folder, Workbench(CAMPUS, REGIME) as bench:
        config = Path(folder) / "entrance-a.toml"
        config.write_text(_NODE.format(folder=folder, port=bench.port), encoding="utf-8")
        greeted = threading.Event()
        bench.connect("watch-hello", lambda *_: greeted.set(), bench.topics.hello("entrance-a"))
        clock = SystemClock()
        began_s = clock.monotonic()
        node = bench.start([sys.executable, "-m", "kuzet", "edge", "run", "--config", str(config)])
        if not greeted.wait(15):
            raise TimeoutError("the node did not say hello; run `kuzet edge run` to see why")
        start_s = round(clock.monotonic() - began_s, 2)
        before = _cpu_s(node.pid)
        threading.Event().wait(seconds)
        used = _cpu_s(node.pid) - before
        return {
            "rss_mb": _memory_mb(node.pid, "VmRSS"),
            "peak_rss_mb": _memory_mb(node.pid, "VmHWM"),
            "cpu_percent": round(100 * used / seconds, 2),
            "start_s": start_s,
        }


def _outbox() -> dict[str, int]:
    with tempfile.TemporaryDirectory(prefix="kuzet-") as folder:
        clock = SystemClock()
        outbox = Outbox.open(Path(folder) / "outbox.db", lambda: new_ulid(clock.now(), secrets.token_bytes))
        passage = Passage(seq=1, at=clock.now().astimezone(UTC), channel="main", direction=Direction.IN)
        rates = []
        for size, commits in ((1, 2000), (50, 400)):
            began = clock.monotonic()
            for _ in range(commits):
                outbox.put([passage] * size)
            rates.append(round(size * commits / (clock.monotonic() - began)))
        outbox.close()
    return {"puts_per_s": rates[0], "batched_puts_per_s": rates[1]}


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _memory_mb(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return round(int(line.split()[1]) / 1024, 1)
    raise OSError(f"process {pid} tells no {name}")
