"""Run the campus's broker: mosquitto with the files of `kuzet broker config`, its log in our words.

Every refusal is a line: whom, what, why. A session whose certificate ends is ended within seconds.
Signals go on to mosquitto; it ends when this ends, and the other way round.
"""

import argparse
import logging
import os
import signal
import subprocess
import threading
from pathlib import Path

from commandline.broker_process import find_mosquitto
from commandline.enrolment_office import add_authority
from commandline.lifetime import die_with_parent, log_to_stderr
from hub.enrolment import place as places
from hub.enrolment import register as registers
from hub.enrolment.broker_log import BrokerLog, Kind
from hub.enrolment.ending import SessionEnder
from protocol.clock import SystemClock

log = logging.getLogger(__name__)
_LEVELS = {Kind.REFUSED: logging.WARNING, Kind.TAKEN_OVER: logging.WARNING}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet broker run`."""
    add_authority(parser)


def run(args: argparse.Namespace) -> int:
    """Run until mosquitto ends."""
    log_to_stderr("broker")
    program = find_mosquitto()
    if program is None:
        raise FileNotFoundError("mosquitto is not installed: apt-get install mosquitto")
    place, site = places.load(args.ca), registers.load(args.ca).site
    command = [program, "-c", str(Path(place.folder) / "mosquitto.conf")]
    parent = os.getpid()
    # Signals wait until there is somebody to hand them to.
    asked = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, asked)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
        preexec_fn=lambda: _begin(parent, asked),
    )
    for number in asked:
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, asked)
    over = threading.Event()
    SessionEnder(args.ca, SystemClock().now).start(over)
    reader = BrokerLog(site)
    assert child.stderr is not None
    for line in child.stderr:
        said = reader.read(line.decode("utf-8", errors="replace"))
        if said is not None:
            log.log(_LEVELS.get(said.kind, logging.INFO), said.text)
    over.set()
    return child.wait()


def _begin(parent: int, asked: tuple[signal.Signals, ...]) -> None:
    """In the child, before it is mosquitto."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, asked)
    die_with_parent(parent)
