"""Calibrate a channel: walk a door, hold a black body before a post, set a sensor's EEPROM or address, CO2.

Stop the node first: `sudo systemctl stop kuzet-edge`. What is found is kept beside the outbox with its date,
and `kuzet edge check` shows it. Nothing is corrected by itself: an offset goes into the node file by hand.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from commandline import (
    edge_calibrate_air,
    edge_calibrate_door,
    edge_calibrate_post,
    edge_calibrate_sensor,
)
from commandline.edge_bench import Bench, this_machine
from commandline.edge_machine import why_in_use
from commandline.edge_outcome import Outcome
from edge.calibration import checked
from edge.channels import Air, Channel, Door, Post
from edge.config import NodeConfig, read_node_config
from edge.drivers.errors import DriverError
from protocol.config import did_you_mean
from protocol.errors import ConfigError


class Job(NamedTuple):
    """One kind of calibration."""

    #: What kind of channel it is for.
    kind: type[Channel]
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    #: Node, channel, what was asked, bench, and where to say how it goes, in; the outcome out.
    work: Callable[[NodeConfig, Channel, argparse.Namespace, Bench, Callable[[str], None]], Outcome]


JOBS: dict[str, Job] = {
    "door": Job(
        Door,
        "walk ten in and ten out; says what is wrong with the door",
        edge_calibrate_door.add_arguments,
        edge_calibrate_door.walk,
    ),
    "post": Job(
        Post,
        "look at a black body of known temperature; says how far off the thermometer is",
        edge_calibrate_post.add_arguments,
        edge_calibrate_post.look,
    ),
    "eeprom": Job(
        Post,
        "set a thermometer as its profile says; writes only what differs",
        edge_calibrate_sensor.add_eeprom_arguments,
        edge_calibrate_sensor.set_eeprom,
    ),
    "address": Job(
        Post,
        "give a thermometer, alone on its bus, another address",
        edge_calibrate_sensor.add_address_arguments,
        edge_calibrate_sensor.set_address,
    ),
    "co2": Job(
        Air,
        "teach a CO2 sensor what fresh air is, outdoors",
        edge_calibrate_air.add_arguments,
        edge_calibrate_air.recalibrate,
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate` takes."""
    jobs = parser.add_subparsers(dest="job", required=True, metavar="JOB")
    for name, job in JOBS.items():
        words = jobs.add_parser(name, help=job.help, description=job.help)
        words.add_argument("file", type=Path, metavar="FILE", help="the node's file")
        words.add_argument("channel", metavar="CHANNEL", help="the channel, as the file names it")
        words.add_argument("--json", action="store_true", help="print one JSON document at the end")
        job.add_arguments(words)


def run(args: argparse.Namespace) -> int:
    """Do one job; exit status 1 when it fails."""
    # What goes wrong is said by the job itself.
    for name in ("edge", "protocol"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        config = read_node_config(args.file)
    except ConfigError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    try:
        return calibrate(config, args, this_machine())
    except KeyboardInterrupt:
        print("stopped; nothing was kept", file=sys.stderr)
        return 1


def calibrate(config: NodeConfig, args: argparse.Namespace, bench: Bench) -> int:
    """Do the job on `bench`."""
    job = JOBS[args.job]
    fault = _why_not(config, job, args.channel)
    if fault:
        print(f"{args.file}: {fault}", file=sys.stderr)
        return 1
    channel = next(channel for channel in config.channels() if channel.channel == args.channel)
    # With --json nothing but the document is on standard output.
    out = sys.stderr if args.json else sys.stdout
    try:
        outcome = job.work(config, channel, args, bench, lambda line: print(line, file=out, flush=True))
    except (ConfigError, DriverError) as error:
        print(f"{args.file}: `{args.channel}`: {error}", file=sys.stderr)
        return 1
    if outcome.keep is not None:
        try:
            checked.keep(Path(config.outbox), outcome.keep)
        except OSError as error:
            print(f"{args.file}: the result cannot be kept beside the outbox: {error}", file=sys.stderr)
    if args.json:
        document = {"file": str(args.file), "channel": args.channel, "job": args.job, "good": outcome.is_good}
        print(json.dumps(document | outcome.document, ensure_ascii=False))
    else:
        print("\n".join(outcome.lines))
    return 0 if outcome.is_good else 1


def _why_not(config: NodeConfig, job: Job, name: str) -> str | None:
    fitting = [channel.channel for channel in config.channels() if isinstance(channel, job.kind)]
    if name not in fitting:
        what = job.kind.__name__.lower()
        hint = did_you_mean(name, fitting) or f"; there are: {', '.join(fitting) or 'none'}"
        return f"no {what} `{name}`{hint}"
    return why_in_use(config.outbox)
