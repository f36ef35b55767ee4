"""The ways to this machine's clock, pins and buses, for the commands that look at a node's hardware."""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.bus_thread import BusThread
from edge.config import NodeConfig
from edge.drivers.i2c import open_bus
from edge.drivers.pins import PinFactory, open_pins
from edge.hardware import MakeAsker
from protocol.clock import Clock, SystemClock

#: Where profiles of `thermometer.profile` are looked for, from the folder of the node's file.
PROFILE_FOLDERS = (".", "sensors", "../sensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a command is given of the machine; a test gives its own."""

    clock: Clock
    open_pins: Callable[[NodeConfig], PinFactory]
    open_bus: Callable[[int], Any]
    #: Who looks at a bus; a thread each on a machine.
    make_asker: MakeAsker
    #: Waits so many seconds of the clock.
    sleep: Callable[[float], None]
    #: Where the kernel's files begin.
    root: Path


def this_machine() -> Bench:
    """The real ways."""
    return Bench(
        clock=SystemClock(),
        open_pins=lambda config: open_pins(config.pins, config.gpio),
        open_bus=open_bus,
        make_asker=BusThread,
        sleep=time.sleep,
        root=Path("/"),
    )


def find_profile(node_file: Path, name: str) -> Path:
    """The profile file a node file names: as it stands, or beside the node's file."""
    named = Path(name)
    places = (
        [named] if named.is_absolute() else [node_file.parent / folder / named for folder in PROFILE_FOLDERS]
    )
    return next((place for place in places if place.is_file()), places[0])


def number_between(low: float, high: float) -> Callable[[str], float]:
    """For arguments: what reads a number from `low` to `high`, and refuses others with these words."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {low:g} to {high:g}, got {text}")
        return value

    # Named in argparse's words for what is no number at all.
    read.__name__ = "number"
    return read


def is_root() -> bool:
    """Whether this user may do everything, so that nothing is learned of what the node's user may."""
    return os.geteuid() == 0
