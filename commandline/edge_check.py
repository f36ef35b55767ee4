"""Check a node: its file, pins, bus, thermometers, outbox folder and broker; every fault at once."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.config import NodeConfig, Post, connection_of, read_node_config
from edge.drivers.beam_pair import BeamPair
from edge.drivers.errors import DriverError
from edge.drivers.i2c import open_bus
from edge.drivers.light import TrafficLight
from edge.drivers.pins import open_pins
from edge.drivers.thermometer import Thermometer
from protocol.broker import Session
from protocol.errors import BrokerUnreachable, ConfigError
from protocol.quantities import parse_duration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge check` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the node's file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--wait",
        type=parse_duration,
        default="5s",
        metavar="TIME",
        help="how long the broker may take to answer (default: %(default)s)",
    )
    parser.add_argument(
        "--file-only", action="store_true", help="check the file alone, without hardware and broker"
    )


def run(args: argparse.Namespace) -> int:
    """Say every fault; exit status 1 when there is one."""
    try:
        config = read_node_config(args.file)
    except ConfigError as error:
        faults = list(error.faults)
    else:
        faults = (
            [] if args.file_only else [f"{args.file}: {fault}" for fault in find_faults(config, args.wait)]
        )
    if args.json:
        print(json.dumps({"file": str(args.file), "faults": faults}, ensure_ascii=False))
    else:
        print("\n".join(faults) or f"{args.file}: good", file=sys.stderr if faults else sys.stdout)
    return 1 if faults else 0


def find_faults(config: NodeConfig, broker_s: float) -> Iterator[str]:
    """What of the node is not there or does not answer. Stop the node first: a pin serves one process."""
    yield from _pin_faults(config)
    for number, post in enumerate(config.posts):
        fault = _post_fault(post)
        if fault:
            yield f"$.posts[{number}] `{post.channel}`: {fault}"
    folder = Path(config.outbox).parent
    if not folder.is_dir():
        yield f"$.outbox: the folder {folder} is not there; make it, owned by the node's user"
    elif not os.access(folder, os.W_OK):
        yield f"$.outbox: the folder {folder} may not be written by this user"
    yield from _broker_faults(config, broker_s)


def _pin_faults(config: NodeConfig) -> Iterator[str]:
    if not config.doors:
        return
    try:
        pins = open_pins(config.pins)
    except DriverError as error:
        yield f"$.pins: {error}"
        return
    opened: list[BeamPair | TrafficLight] = []
    for number, door in enumerate(config.doors):
        try:
            opened.append(BeamPair(door.beams, pins, lambda edge: None))
            if door.light is not None:
                opened.append(TrafficLight(door.light, pins))
        except DriverError as error:
            yield f"$.doors[{number}] `{door.channel}`: {error}"
    for device in opened:
        device.close()
    pins.close()


def _post_fault(post: Post) -> str | None:
    try:
        if post.driver == "thermometer-adafruit":
            from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

            ThermometerAdafruit(post.thermometer, open_blinka_bus()).read()
            return None
        bus = open_bus(post.thermometer.bus)
        try:
            Thermometer(post.thermometer, bus).read()
        finally:
            bus.close()
    except DriverError as error:
        return str(error)
    return None


def _broker_faults(config: NodeConfig, broker_s: float) -> Iterator[str]:
    try:
        connection = connection_of(config)
    except ConfigError as error:
        yield from error.faults
        return
    session = Session(connection, on_message=lambda topic, payload, retained: None)
    session.start()
    try:
        session.wait_connected(broker_s)
    except BrokerUnreachable as error:
        yield f"$.broker: {error}"
    finally:
        session.stop()
