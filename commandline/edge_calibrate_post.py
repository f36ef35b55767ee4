"""A thermometer before a black body in, how far off it is, how sure that is and what to do about it, out."""

import argparse
from collections.abc import Callable
from statistics import fmean
from typing import Any

from commandline.edge_bench import Bench, duration_up_to, number_between
from commandline.edge_outcome import Outcome
from edge.calibration.checked import Checked
from edge.calibration.figures import MOST_OFFSET_C, TOLERANCE_C, PostCheck, PostVerdict, check_post, seen_c
from edge.channels import Channel, Post
from edge.config import NodeConfig
from edge.drivers.errors import DriverError
from edge.drivers.thermometer import Profile, Reading, Thermometer
from protocol.quantities import to_milliseconds

#: Between two looks, seconds: FIR 7 without IIR has settled after 0.14 s.
LOOK_S = 0.15
#: Between two lines that say how it goes, seconds.
SAY_S = 5.0
#: More failed looks than this share, and the wiring is to be seen to first.
MOST_FAILED = 0.1

_WORDS = {
    PostVerdict.PASS: "passed",
    PostVerdict.FAIL: "failed",
    PostVerdict.UNSETTLED: "not settled",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate post` takes."""
    parser.add_argument(
        "--reference",
        type=number_between(20, 50),
        required=True,
        metavar="°C",
        help="temperature of the black body",
    )
    parser.add_argument(
        "--reference-error",
        type=number_between(0, 1),
        default=0.1,
        metavar="°C",
        help="expanded uncertainty on its certificate (default: %(default)s)",
    )
    parser.add_argument(
        "--emissivity",
        type=number_between(0.5, 1),
        default=0.98,
        metavar="SHARE",
        help="emissivity of the black body (default: %(default)s)",
    )
    parser.add_argument(
        "--for",
        type=duration_up_to("1d"),
        default="60s",
        dest="for_s",
        metavar="TIME",
        help="how long to look (default: %(default)s)",
    )


def look(
    config: NodeConfig, channel: Channel, args: argparse.Namespace, bench: Bench, say: Callable[[str], None]
) -> Outcome:
    """Look at a black body, and judge what the node would show of it."""
    assert isinstance(channel, Post)
    thermometer = _thermometer(channel, bench)
    profile = thermometer.read_profile() if isinstance(thermometer, Thermometer) else None
    say(f"looking at {args.reference:.2f} °C for {args.for_s:.0f} s; hold it still, filling the whole view")
    readings, failed = _look_for(thermometer, args.for_s, bench, say)
    if failed > MOST_FAILED * (failed + len(readings)):
        raise DriverError(
            f"{failed} of {failed + len(readings)} looks failed; see to that first: `kuzet edge check`"
        )
    emissivity_set = profile.emissivity if profile is not None and profile.emissivity else 0.98
    ambient_c = fmean(reading.ambient_c for _, reading in readings) if readings else args.reference
    expected_c = seen_c(args.reference, ambient_c, args.emissivity, emissivity_set)
    shown = [(t_s, reading.object_c + channel.offset_c) for t_s, reading in readings]
    try:
        check = check_post(shown, expected_c, args.reference_error)
    except ValueError as error:
        raise DriverError(str(error)) from error
    now = to_milliseconds(bench.clock.now())
    summary = f"offset {check.offset_c:+.2f} ±{check.uncertainty_c:.2f} °C at {args.reference:.1f} °C"
    keep = Checked(
        kind="black-body",
        channel=channel.channel,
        at=now,
        passed=check.verdict is PostVerdict.PASS,
        summary=summary,
        offset=round(check.offset_c, 3),
        uncertainty=round(check.uncertainty_c, 3),
    )
    return Outcome(
        is_good=check.verdict is PostVerdict.PASS,
        lines=[*_figures(check, channel, ambient_c, profile), *_advice(check, channel)],
        document=_document(check, channel, ambient_c),
        # A black body that had not settled says nothing of the sensor.
        keep=None if check.verdict is PostVerdict.UNSETTLED else keep,
    )


def _thermometer(channel: Post, bench: Bench) -> Any:
    if channel.driver == "thermometer-adafruit":
        from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

        return ThermometerAdafruit(channel.thermometer, open_blinka_bus(), bench.clock.monotonic)
    bus = bench.open_bus(channel.thermometer.bus)
    return Thermometer(channel.thermometer, bus, bench.clock.monotonic)


def _look_for(
    thermometer: Any, for_s: float, bench: Bench, say: Callable[[str], None]
) -> tuple[list[tuple[float, Reading]], int]:
    readings: list[tuple[float, Reading]] = []
    failed = 0
    started_s = said_s = bench.clock.monotonic()
    while (now_s := bench.clock.monotonic()) < started_s + for_s:
        try:
            readings.append((now_s, thermometer.read()))
        except DriverError as error:
            failed += 1
            if failed == 1:
                say(f"a look failed: {error}")
        if readings and now_s >= said_s + SAY_S:
            said_s = now_s
            say(f"{now_s - started_s:4.0f} s  object {readings[-1][1].object_c:.2f} °C")
        bench.sleep(LOOK_S)
    return readings, failed


def _figures(check: PostCheck, channel: Post, ambient_c: float, profile: Profile | None) -> list[str]:
    added = f", offset_c = {channel.offset_c:+.2f} added" if channel.offset_c else ""
    lines = [
        f"mean {check.mean_c:.2f} °C of {check.readings} looks in {check.took_s:.0f} s{added}, "
        f"scatter {check.sd_c:.3f} °C, drift {check.drift_c:+.3f} °C, sensor's case {ambient_c:.1f} °C",
        f"a right sensor shows {check.expected_c:.2f} °C: offset {check.offset_c:+.2f} "
        f"±{check.uncertainty_c:.2f} °C (95 %), ±{TOLERANCE_C} °C is allowed: {_WORDS[check.verdict]}"
        + (
            ""
            if check.is_sure or check.verdict is PostVerdict.UNSETTLED
            else ", but so near the limit that it may be otherwise"
        ),
    ]
    if profile is not None and abs(profile.emissivity - 0.98) > 0.005:
        lines.append(f"the sensor is set to emissivity {profile.emissivity:.3f}; skin is 0.98: see `eeprom`")
    return lines


def _advice(check: PostCheck, channel: Post) -> list[str]:
    if check.verdict is PostVerdict.UNSETTLED:
        return [
            "wait until the black body and the sensor have been on for 30 minutes, without draught; repeat"
        ]
    if check.verdict is PostVerdict.PASS:
        return []
    offset_c = round(channel.offset_c - check.offset_c, 2)
    if abs(offset_c) > MOST_OFFSET_C:
        return [
            f"more than {MOST_OFFSET_C} °C would have to be added: clean the lens, then replace the sensor"
        ]
    return [
        "clean the lens, check the supply (3.00 V) and repeat. If it stays the same, write "
        f"`offset_c = {offset_c}` for `{channel.channel}` in the node file and look again: it is added to "
        "every reading alike, and draws none towards normal"
    ]


def _document(check: PostCheck, channel: Post, ambient_c: float) -> dict[str, Any]:
    return {
        "verdict": check.verdict.value,
        "is_sure": check.is_sure,
        "readings": check.readings,
        "took_s": round(check.took_s, 1),
        "mean_c": round(check.mean_c, 3),
        "sd_c": round(check.sd_c, 4),
        "drift_c": round(check.drift_c, 4),
        "ambient_c": round(ambient_c, 2),
        "expected_c": round(check.expected_c, 3),
        "offset_c": round(check.offset_c, 3),
        "uncertainty_c": round(check.uncertainty_c, 3),
        "added_c": channel.offset_c,
    }
