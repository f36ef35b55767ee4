"""Everything on one machine: an embedded broker, the hub and the dashboards, from one command.

With --simulate a campus of people walks through the doors. Ctrl-C stops everything.
"""

import argparse
import json
import logging
import socket
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from commandline.broker_process import broker_command, free_port, wait_listening
from commandline.data_folder import DataFolder, campus_file
from commandline.defaults import DATA, REGIME
from commandline.hub_orders import read_orders
from commandline.lifetime import log_to_stderr, stop_event
from commandline.supervisor import Supervisor
from hub.store.accounts import Accounts
from hub.store.database import opened, people_url
from hub.store.schema import people
from protocol.clock import Clock, SystemClock

#: How long the parts may take to start, seconds.
START_S = 90.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet run`."""
    parser.add_argument("--simulate", action="store_true", help="add a simulated campus of people")
    parser.add_argument("--host", default="127.0.0.1", help="address of the dashboards (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port of the dashboards (default 8080)")
    parser.add_argument(
        "--address",
        metavar="URL",
        help="what people open, as http://kuzet.local:8080 (else an IP or localhost)",
    )
    parser.add_argument("--broker", choices=("auto", "mosquitto", "amqtt"), default="auto")
    parser.add_argument("--broker-port", type=int, default=0, help="port of the broker (default: a free one)")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="folder of the store (default data)"
    )
    parser.add_argument(
        "--campus",
        type=Path,
        help="campus file (default: campus.toml in --data, else the demonstration)",
    )
    parser.add_argument("--regime", type=Path, default=REGIME, help="folder of regime profiles")
    parser.add_argument(
        "--receivers", type=Path, metavar="FILE", help="whom to tell: starts the courier (docs/courier.md)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated campus")
    parser.add_argument(
        "--json", action="store_true", help="print addresses and the sign-in as one JSON line"
    )


def run(args: argparse.Namespace) -> int:
    """Start everything, print where it is, and keep it running until asked to stop."""
    log_to_stderr("run", logging.WARNING)
    for option, port in (("--port", args.port), ("--broker-port", args.broker_port or 1)):
        if not 1 <= port <= 65535:
            raise ValueError(f"{option} must be 1 to 65535, got {port}")
    campus = campus_file(args.campus, args.data)
    layout = read_orders(campus.in_use, args.regime, args.receivers).layout
    folder = DataFolder(args.data)
    _require_free(args.host, args.port, "--port")
    broker_port = args.broker_port or free_port()
    _require_free("127.0.0.1", broker_port, "--broker-port")
    clock, stopping = SystemClock(), stop_event()
    supervisor = Supervisor(clock)
    try:
        broker = _start(supervisor, args, broker_port)
        _wait_healthy(args.host, args.port, clock, stopping, supervisor)
        if not stopping.is_set():
            with opened(people_url(folder.path), people) as store:
                accounts = Accounts(store, clock=clock)
                has_people = any(one.has_password for one in accounts.list())
                code = accounts.issue_one_time_code()
            is_new = campus.in_use == campus.shipped and not has_people
            _announce(args, broker, broker_port, layout.site, code, "/setup" if is_new else "")
        supervisor.keep(stopping)
    finally:
        supervisor.stop()
        folder.close()
    return 0


def _start(supervisor: Supervisor, args: argparse.Namespace, broker_port: int) -> str:
    kuzet = [sys.executable, "-m", "kuzet"]
    broker, command = broker_command(args.data, broker_port, args.broker)
    process = supervisor.start("broker", command, wave=0, grace_s=0.5)
    wait_listening(broker_port, process, START_S)
    shared = ["--data", str(args.data)]
    if args.campus is not None:
        shared += ["--campus", str(args.campus)]
    hub = [*kuzet, "hub", "run", *shared, "--regime", str(args.regime), "--broker-port", str(broker_port)]
    if args.receivers is not None:
        hub += ["--receivers", str(args.receivers)]
        courier = [*kuzet, "courier", "run", "--config", str(args.receivers), "--data", str(args.data)]
        supervisor.start("courier", courier, wave=2, grace_s=2.0)
    supervisor.start("hub", hub, wave=1, grace_s=2.0)
    web = [*kuzet, "web", "run", "--data", str(args.data), "--host", args.host, "--port", str(args.port)]
    web += ["--regime", str(args.regime)]
    if args.address is not None:
        web += ["--address", args.address]
    if args.campus is not None:
        web += ["--campus", str(args.campus)]
    if args.receivers is not None:
        web += ["--receivers", str(args.receivers)]
    supervisor.start("web", web, wave=2, grace_s=5.0)
    backup = [*kuzet, "backup", *shared, "--regime", str(args.regime), "--every", "1h", "--wait", "10min"]
    if args.receivers is not None:
        backup += ["--include", str(args.receivers)]
    supervisor.start("backup", backup, wave=2, grace_s=2.0)
    if args.simulate:
        simulate = [*kuzet, "simulate", "live", "--broker-port", str(broker_port), "--seed", str(args.seed)]
        supervisor.start("simulator", [*simulate, *shared], wave=2, grace_s=2.0)
    return broker


def _announce(
    args: argparse.Namespace, broker: str, broker_port: int, site: str, code: str, first: str
) -> None:
    """`first`: the page that the sign-in leads to; empty: the board."""
    address = _address(args.host, args.port)
    where = {
        "address": address,
        "sign_in": f"{address}sign-in?code={code}" + (f"&next={first}" if first else ""),
        "code": code,
        "broker": broker,
        "mqtt_host": "127.0.0.1",
        "mqtt_port": broker_port,
        "site": site,
    }
    if args.json:
        print(json.dumps(where), flush=True)
        return
    print(f"Kuzet is running at {address}")
    print(f"Sign in once:       {where['sign_in']}")
    print(f"Broker:             {broker} on 127.0.0.1:{broker_port}, topics kuzet/1/{site}/…")
    print("Stop with Ctrl-C.", flush=True)


def _address(host: str, port: int) -> str:
    """The address of the dashboards, seen from this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # nosec B104  # not bound to
    return f"http://[{here}]:{port}/" if ":" in here else f"http://{here}:{port}/"


def _require_free(host: str, port: int, option: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise OSError(f"cannot listen on {host}:{port}: {why}; choose another with {option}") from None


def _wait_healthy(
    host: str, port: int, clock: Clock, stopping: threading.Event, supervisor: Supervisor
) -> None:
    address = f"{_address(host, port)}healthz"
    deadline = clock.monotonic() + START_S
    while not stopping.wait(0.1):
        try:
            with urllib.request.urlopen(address, timeout=2):  # nosec B310  # our own child
                return
        except (urllib.error.URLError, OSError):
            ended = supervisor.ended()
            if ended is not None:
                raise ChildProcessError(f"the {ended} did not start; the lines above say why") from None
            if clock.monotonic() > deadline:
                raise OSError(
                    f"hub or dashboards did not become healthy within {START_S:g} s; see the lines above"
                ) from None
