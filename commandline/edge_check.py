"""Check a node: its file, pins, buses, sensors, outbox folder, clock and broker; every fault at once.

Stop the node first: a pin serves one process. It takes ten seconds at most, also when a bus hangs.
"""

import argparse
import json
import logging
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from commandline.edge_bench import Bench, ask_broker, duration_up_to, is_root, this_machine
from commandline.edge_certificate import look_at_certificate
from commandline.edge_machine import look_at_machine, path_fault
from commandline.edge_sensors import SensorPart, pins_of, profile_faults, sensors_of
from edge.channels import Post
from edge.config import NodeConfig, connection_of, read_node_config
from edge.drivers.beam_pair import BeamPair
from edge.drivers.errors import DriverError
from edge.drivers.i2c import scan
from protocol.errors import ConfigError

#: What buses, and what comes after them, may take; the broker has its own time meanwhile, seconds.
BUSES_S = 8.0
#: Beside the time it has: a name server may take longer than that to say that it knows no such name, seconds.
MORE_S = 2.0


@dataclass(slots=True)
class Report:
    """What was found."""

    #: What is wrong, each with its place and what to do.
    faults: list[str] = field(default_factory=list)
    #: What is good to know.
    notes: list[str] = field(default_factory=list)
    #: Bus → addresses that answered, in hex.
    buses: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: "Report") -> None:
        """Take over what another one found."""
        self.faults += other.faults
        self.notes += other.notes
        self.buses |= other.buses


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge check` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the node's file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--wait",
        type=duration_up_to("10min"),
        default="5s",
        metavar="TIME",
        help="how long the broker may take to answer (default: %(default)s)",
    )
    parser.add_argument(
        "--file-only",
        action="store_true",
        help="check the file and the profiles it names, without hardware and broker",
    )


def run(args: argparse.Namespace) -> int:
    """Say every fault; exit status 1 when there is one."""
    # What goes wrong is said by the report.
    for name in ("edge", "protocol"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    report = Report()
    try:
        config = read_node_config(args.file)
    except ConfigError as error:
        report.faults = list(error.faults)
    else:
        if args.file_only:
            found = Report(faults=list(profile_faults(config, args.file)))
            wrong = path_fault(config.outbox)
            found.faults += [wrong] if wrong else []
        else:
            found = check(config, args.file, this_machine(), args.wait)
        found.faults = [f"{args.file}: {fault}" for fault in found.faults]
        report.add(found)
    if args.json:
        document: dict[str, Any] = {"file": str(args.file), "faults": report.faults}
        document |= {"notes": report.notes, "buses": report.buses}
        print(json.dumps(document, ensure_ascii=False))
    else:
        for note in report.notes:
            print(note)
        if report.faults:
            print("\n".join(report.faults), file=sys.stderr)
        else:
            print(f"{args.file}: good")
    return 1 if report.faults else 0


def check(config: NodeConfig, file: Path, bench: Bench, broker_s: float, buses_s: float = BUSES_S) -> Report:
    """What of the node is not there or does not answer."""
    machine = Report()
    is_running = look_at_machine(config, bench, machine.faults, machine.notes)
    if is_root():
        machine.notes.append(
            "checked as root: `sudo -u kuzet kuzet edge check …` also tries the node's rights"
        )
    broker = Report()
    broker.faults += _broker_file_faults(config)
    look_at_certificate(config.broker, bench.clock.now(), broker.faults, broker.notes)
    asking = None
    if not is_running and not broker.faults:
        asking = _begin(lambda: _check_broker(config, broker_s, broker), "broker")
    buses: dict[int, Report] = {}
    waiting: dict[int, threading.Thread] = {}
    if not is_running:
        for bus, sensors in _by_bus(sensors_of(config, file, bench)).items():
            buses[bus] = report = Report()
            waiting[bus] = _begin(_bus_checker(bus, sensors, bench, report), f"bus-{bus}")
    pins = Report()
    if is_running:
        pins.faults.append(
            "$.outbox: a node is running with this file, and a pin serves one process: "
            "`sudo systemctl stop kuzet-edge`, check, then start it again; hardware and broker were not tried"
        )
    else:
        _check_pins(config, bench, pins)
        _check_blinka(config, pins)
    result = Report(faults=list(profile_faults(config, file)))
    until_s = bench.clock.monotonic() + buses_s
    for bus, thread in waiting.items():
        thread.join(max(until_s - bench.clock.monotonic(), 0.0))
        # The thread may still write into its own report: what is shown is a copy of what it has by now.
        result.add(buses[bus])
        if thread.is_alive():
            result.faults.append(
                f"bus {bus}: has not come back for {buses_s:.0f} s; a line is held low, or a part stretches "
                "the clock for ever: unplug the sensors one by one, then switch the node off and on"
            )
    result.add(pins)
    result.add(machine)
    if asking is not None:
        asking.join(broker_s + MORE_S)
        if asking.is_alive():
            result.faults.append(
                f"$.broker.host: `{config.broker.host}` is still being looked for; "
                "does the name server answer?"
            )
    result.add(broker)
    return result


def _begin(work: Any, name: str) -> threading.Thread:
    # A daemon: the kernel may never come back from a transfer, and the command must still end.
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def _by_bus(sensors: list[SensorPart]) -> dict[int, list[SensorPart]]:
    by_bus: dict[int, list[SensorPart]] = {}
    for sensor in sensors:
        by_bus.setdefault(sensor.bus, []).append(sensor)
    return by_bus


def _bus_checker(number: int, sensors: list[SensorPart], bench: Bench, report: Report) -> Any:
    wheres = ", ".join(f"{sensor.at} `{sensor.channel}`" for sensor in sensors)

    def check_all() -> None:
        try:
            check_bus()
        except Exception as error:
            # On this thread it would be a traceback, and then `good`.
            report.faults.append(f"{wheres}: {type(error).__name__}: {error}")

    def check_bus() -> None:
        try:
            bus = bench.open_bus(number)
        except DriverError as error:
            report.faults.append(f"{wheres}: {error}")
            return
        try:
            found = scan(bus)
        except DriverError as error:
            report.faults.append(f"{wheres}: bus {number}: {error}")
            bus.close()
            return
        report.buses[str(number)] = [f"0x{address:02X}" for address in found]
        for sensor in sensors:
            _check_sensor(sensor, bus, found, report)
        for address in sorted(set(found) - {sensor.address for sensor in sensors}):
            report.notes.append(f"bus {number} 0x{address:02X} answers, and the file names nothing there")
        bus.close()

    return check_all


def _check_sensor(sensor: SensorPart, bus: Any, found: tuple[int, ...], report: Report) -> None:
    where = f"{sensor.at} `{sensor.channel}`"
    if sensor.address not in found:
        others = ", ".join(f"0x{address:02X}" for address in found) or "nothing"
        report.faults.append(
            f"{where}: no {sensor.name} answers at 0x{sensor.address:02X} on bus {sensor.bus} "
            f"(found: {others}); check its supply, its two wires, and `address`"
        )
        return
    try:
        identity = sensor.identify(bus)
    except DriverError as error:
        report.faults.append(f"{where}: {error}")
        return
    report.notes.append(
        f"bus {sensor.bus} 0x{sensor.address:02X} {sensor.name} `{sensor.channel}`: {identity.says}"
    )
    report.faults += [f"{where}: {fault}" for fault in identity.faults]


def _check_pins(config: NodeConfig, bench: Bench, report: Report) -> None:
    parts = list(pins_of(config))
    if not parts:
        return
    try:
        pins = bench.open_pins(config)
    except DriverError as error:
        report.faults.append(f"$.pins: {error}")
        return
    opened = []
    for part in parts:
        try:
            device = part.open(pins)
        except DriverError as error:
            report.faults.append(f"{part.at} `{part.channel}`: {error}")
            continue
        opened.append(device)
        if isinstance(device, BeamPair):
            _note_broken(part.channel, device, report)
    for device in opened:
        device.close()
    pins.close()


def _note_broken(channel: str, beams: BeamPair, report: Report) -> None:
    outer, inner = beams.levels()
    if not outer and not inner:
        return
    which = "both beams are" if outer and inner else f"the {'outer' if outer else 'inner'} beam is"
    report.notes.append(
        f"`{channel}`: {which} broken now: if nobody stands there, aim again, or turn `active_low` round"
    )


def _check_blinka(config: NodeConfig, report: Report) -> None:
    for number, post in enumerate(config.posts):
        if isinstance(post, Post) and post.driver == "thermometer-adafruit":
            from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

            try:
                ThermometerAdafruit(post.thermometer, open_blinka_bus()).read()
            except DriverError as error:
                report.faults.append(f"$.posts[{number}].thermometer `{post.channel}`: {error}")


def _check_broker(config: NodeConfig, broker_s: float, report: Report) -> None:
    try:
        # Not the node's own id: a broker ends the connection of whoever has the same.
        connection = msgspec.structs.replace(connection_of(config), client_id=f"{config.node}-check")
        fault = ask_broker(connection, broker_s)
    except ConfigError as error:
        report.faults += [f"$.broker: {fault}" for fault in error.faults]
    except Exception as error:
        # On this thread it would be a traceback, and then `good`.
        report.faults.append(f"$.broker: {type(error).__name__}: {error}")
    else:
        report.faults += [fault] if fault else []


def _broker_file_faults(config: NodeConfig) -> Iterator[str]:
    """Of the files that the broker's table names, each that cannot be used."""
    password, authority = config.broker.password_file, config.broker.ca_file
    if password is not None:
        try:
            if not Path(password).read_text(encoding="utf-8").strip():
                yield f"$.broker.password_file: {password} is empty; write the password there, mode 0600"
        except (OSError, ValueError) as error:
            yield f"$.broker.password_file: {password} cannot be read: {_reason(error)}"
    if authority is not None:
        try:
            Path(authority).read_bytes()
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(authority)
        except ssl.SSLError as error:
            yield f"$.broker.ca_file: {authority} holds no certificate (PEM): {_reason(error)}"
        except (OSError, ValueError) as error:
            yield f"$.broker.ca_file: {authority} cannot be read: {_reason(error)}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
