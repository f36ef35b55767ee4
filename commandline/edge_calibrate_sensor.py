"""A thermometer's EEPROM set as its profile says, or its address changed; what was done comes out."""

import argparse
from collections.abc import Callable
from pathlib import Path

from commandline.edge_bench import Bench, find_profile
from commandline.edge_outcome import Outcome
from edge.channels import Channel, Post
from edge.config import NodeConfig
from edge.drivers.errors import HardwareMissing
from edge.drivers.thermometer_keep import KeptWords
from edge.drivers.thermometer_profile import Applied, ThermometerSetup, read_wanted

#: The first and last that a part may have; I2C keeps the others for itself.
ADDRESSES = (0x08, 0x77)


def add_eeprom_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate eeprom` takes."""
    parser.add_argument(
        "--profile", metavar="FILE", help="the profile (default: the one the node file names)"
    )


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate address` takes."""
    parser.add_argument("address", type=parse_address, metavar="ADDRESS", help="the new one: 0x5B")


def set_eeprom(
    config: NodeConfig, channel: Channel, args: argparse.Namespace, bench: Bench, say: Callable[[str], None]
) -> Outcome:
    """Set the sensor as its profile says."""
    assert isinstance(channel, Post)
    name = args.profile or channel.thermometer.profile
    if name is None:
        raise HardwareMissing("the node file names no `profile`, and --profile names none either")
    path = Path(args.profile) if args.profile else find_profile(args.file, name)
    applied = _setup(config, channel, bench).apply(read_wanted(path))
    return _applied(applied, f"set as {path} says", "already as the profile says")


def set_address(
    config: NodeConfig, channel: Channel, args: argparse.Namespace, bench: Bench, say: Callable[[str], None]
) -> Outcome:
    """Give the sensor another address."""
    assert isinstance(channel, Post)
    applied = _setup(config, channel, bench).set_address(args.address)
    outcome = _applied(applied, f"address 0x{args.address:02X} is written", "has that address already")
    if channel.thermometer.address != args.address:
        outcome.lines.append(
            f"write `address = 0x{args.address:02X}` for `{channel.channel}` in the node file"
        )
    return outcome


def parse_address(text: str) -> int:
    """An address as people write it: `0x5B` or `91`. Raises ArgumentTypeError."""
    try:
        address = int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an address such as 0x5B, got {text}") from None
    if not ADDRESSES[0] <= address <= ADDRESSES[1]:
        raise argparse.ArgumentTypeError(f"expected 0x08 to 0x77, the others are reserved; got {text}")
    return address


def _setup(config: NodeConfig, channel: Post, bench: Bench) -> ThermometerSetup:
    if channel.driver == "thermometer-adafruit":
        raise HardwareMissing("this driver cannot write a sensor's EEPROM; do it on a bus of the kernel")
    outbox = Path(config.outbox)
    keep = KeptWords(outbox.with_name(f"{outbox.name}.thermometers"))
    bus = bench.open_bus(channel.thermometer.bus)
    return ThermometerSetup(channel.thermometer, bus, bench.clock.monotonic, bench.sleep, keep)


def _applied(applied: Applied, done: str, nothing: str) -> Outcome:
    before, after = applied.before, applied.after
    if not applied.changed:
        return Outcome(is_good=True, lines=[nothing], document={"changed": [], "writes": 0})
    lines = [
        f"{done}: {', '.join(applied.changed)} changed, {applied.writes} writes",
        f"before: emissivity {before.emissivity:.3f}, IIR {before.iir}, FIR {before.fir}",
        f"after:  emissivity {after.emissivity:.3f}, IIR {after.iir}, FIR {after.fir}",
        "switch the sensor off and on: until then it goes on as before",
    ]
    return Outcome(
        is_good=True, lines=lines, document={"changed": list(applied.changed), "writes": applied.writes}
    )
