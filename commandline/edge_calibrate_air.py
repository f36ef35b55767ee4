"""A CO2 sensor in fresh air in, its forced recalibration and what it corrected out."""

import argparse
from collections.abc import Callable

from commandline.edge_bench import Bench, whole_between
from commandline.edge_outcome import Outcome
from edge.calibration.checked import Checked
from edge.channels import Air, Channel
from edge.config import NodeConfig
from edge.drivers.air import REFERENCE_RANGE_PPM, SETTLED_S, AirSensor
from edge.drivers.errors import SettingRefused
from protocol.quantities import to_milliseconds

#: Measured this much longer than the sensor asks for, seconds: the first values after a start still rise.
EXTRA_S = 30.0
#: Between two looks, seconds; there is something new every 5 s.
LOOK_S = 2.5
#: The last minute may differ by so much, ppm: more is breath, or a street.
STEADY_PPM = 60
STEADY_S = 60.0
#: A sensor that is further off is not in fresh air.
FAR_PPM = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate co2` takes."""
    parser.add_argument(
        "--reference",
        type=whole_between(*REFERENCE_RANGE_PPM),
        default=420,
        metavar="PPM",
        help="CO2 of the air it is in (default: %(default)s)",
    )
    parser.add_argument(
        "--anyway", action="store_true", help="also when it reads as if it were not in fresh air"
    )


def recalibrate(
    config: NodeConfig, channel: Channel, args: argparse.Namespace, bench: Bench, say: Callable[[str], None]
) -> Outcome:
    """Let it measure fresh air until it has settled, then teach it."""
    assert isinstance(channel, Air)
    sensor = AirSensor(channel.sensor, bench.open_bus(channel.sensor.bus), bench.clock.monotonic, bench.sleep)
    wait_s = SETTLED_S + EXTRA_S
    say(f"outdoors, in the shade, nobody breathing on it, for {wait_s:.0f} s")
    sensor.start()
    seen = _measure(sensor, wait_s, bench, say)
    last_s = bench.clock.monotonic() - STEADY_S
    values = [ppm for t_s, ppm in seen if t_s >= last_s]
    if not values:
        raise SettingRefused("the sensor measured nothing in the last minute; check its supply")
    spread, mean = max(values) - min(values), sum(values) / len(values)
    if spread > STEADY_PPM and not args.anyway:
        raise SettingRefused(
            f"the air moves by {spread} ppm within a minute, {STEADY_PPM} are allowed: "
            "stand back from it, away from the street, and repeat"
        )
    if abs(mean - args.reference) > FAR_PPM and not args.anyway:
        raise SettingRefused(
            f"it reads {mean:.0f} ppm, and fresh air is {args.reference}: is it outdoors? "
            "If it is, and the sensor is that far off, repeat with --anyway"
        )
    correction = sensor.recalibrate(args.reference)
    summary = f"read {mean:.0f} ppm in air of {args.reference}, corrected by {correction:+d} ppm"
    keep = Checked(
        kind="fresh-air",
        channel=channel.channel,
        at=to_milliseconds(bench.clock.now()),
        passed=True,
        summary=summary,
        offset=round(mean - args.reference, 1),
    )
    document = {"read_ppm": round(mean, 1), "reference_ppm": args.reference, "correction_ppm": correction}
    return Outcome(is_good=True, lines=[summary], document=document, keep=keep)


def _measure(
    sensor: AirSensor, for_s: float, bench: Bench, say: Callable[[str], None]
) -> list[tuple[float, int]]:
    seen: list[tuple[float, int]] = []
    started_s = bench.clock.monotonic()
    while (now_s := bench.clock.monotonic()) < started_s + for_s:
        reading = sensor.read()
        if reading is not None:
            seen.append((now_s, reading.co2_ppm))
            say(f"{now_s - started_s:4.0f} s  {reading.co2_ppm} ppm")
        bench.sleep(LOOK_S)
    return seen
