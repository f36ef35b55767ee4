"""A node's machine in; what is wrong with its folder, room, supply, clock and kernel out."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from commandline.edge_bench import Bench
from edge.calibration import checked
from edge.config import NodeConfig
from edge.life.health import Machine
from protocol.events import ClockState

#: The outbox at its quota takes some 120 MB; with less the disk is full before the quota is, MB.
LEAST_FREE_MB = 150.0
#: A black body is looked at twice a year; a sensor drifts slowly, its lens gets dirty sooner.
CHECK_AFTER = timedelta(days=182)
#: Of a kernel that leaves outputs as they were when their process dies (raspberrypi/linux#6117, #6150).
_DRIVERS = ("pinctrl_bcm2835", "pinctrl_rp1")
_YES = ("Y", "1")


def look_at_machine(config: NodeConfig, bench: Bench, faults: list[str], notes: list[str]) -> bool:
    """Add to `faults` and `notes`; whether a node is running with this file now."""
    outbox = Path(config.outbox)
    machine = Machine(bench.root, outbox.parent)
    is_running = False
    if not outbox.parent.is_dir():
        faults.append(f"$.outbox: the folder {outbox.parent} is not there; make it, owned by the node's user")
    else:
        if not os.access(outbox.parent, os.W_OK):
            faults.append(f"$.outbox: the folder {outbox.parent} may not be written by this user")
        is_running = is_open_elsewhere(outbox)
        free_mb = machine.disk_free_mb()
        if free_mb is not None and free_mb < LEAST_FREE_MB:
            faults.append(
                f"$.outbox: {free_mb:.0f} MB are free in {outbox.parent}, an outbox may grow to "
                f"{LEAST_FREE_MB:.0f}; make room, or give `outbox` a larger disk"
            )
    faults += [
        f"supply: {word}; use the supply made for this Pi and a short cable"
        for word in machine.power()
        if word.startswith("under-voltage")
    ]
    if config.lamps and keeps_outputs(bench.root):
        faults.append(
            "$.lamps: this kernel leaves a relay on when the node is killed; add `dtparam=strict_gpiod` to "
            "/boot/firmware/config.txt (firmware_config/boot/config.txt has it) and restart"
        )
    if machine.clock_state() is ClockState.ESTIMATED:
        notes.append("clock: not yet set by a time service; events are marked `estimated` until it is")
    now = bench.clock.now()
    notes += [
        note for post in config.posts if (note := _note_of_check(outbox, post.channel, now)) is not None
    ]
    return is_running


def is_open_elsewhere(outbox: Path) -> bool:
    """Whether another process has this outbox open. Makes nothing: a file of root's would stop the node."""
    if not outbox.is_file():
        return False
    with closing(sqlite3.connect(f"{outbox.absolute().as_uri()}?mode=ro", uri=True, timeout=0.0)) as database:
        try:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        except sqlite3.DatabaseError:
            return False
    return False


def keeps_outputs(root: Path) -> bool:
    """Whether the kernel is known to leave outputs as they are when their process ends."""
    for driver in _DRIVERS:
        parameters = root / "sys/module" / driver / "parameters"
        for name, keeps in (("persist_gpio_outputs", True), ("strict_gpiod", False)):
            try:
                is_set = (parameters / name).read_text(encoding="ascii").strip() in _YES
            except (OSError, UnicodeDecodeError):
                continue
            return is_set == keeps
    return False


def _note_of_check(outbox: Path, channel: str, now: datetime) -> str | None:
    last = checked.last(outbox, channel)
    if last is None:
        return f"`{channel}`: never looked at a black body: `kuzet edge calibrate post FILE {channel}`"
    age = now - last.at
    again = "; it is time to check it again" if age > CHECK_AFTER else ""
    word = "passed" if last.passed else "failed"
    return f"`{channel}`: last checked {last.at:%Y-%m-%d}, {word}: {last.summary}{again}"
