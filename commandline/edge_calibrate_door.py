"""A door that people walk through on purpose in; how many it saw, and what is wrong with it, out."""

import argparse
import select
import sys
from collections.abc import Callable
from typing import Any

from commandline.edge_bench import Bench, duration_up_to, whole_between
from commandline.edge_eyes import Eyes, open_eyes
from commandline.edge_outcome import Outcome
from edge.calibration.checked import Checked
from edge.calibration.door_trial import DoorTrial, TrialResult, Way
from edge.calibration.figures import crossings_needed, worst_share
from edge.channels import Channel, Door
from edge.config import NodeConfig
from edge.drivers.errors import NotAnswering
from edge.signals.passage import Outcome as Crossed
from edge.watches.door import REREAD_S
from protocol.quantities import to_milliseconds

#: A door must be free for so long before anybody walks, and this is how long it is waited for, seconds.
FREE_S, FREE_WITHIN_S = 1.0, 10.0
#: After the last walker the decoder must have decided, seconds.
AFTER_S = 1.0
_NAMES = {
    Crossed.IN: "in",
    Crossed.OUT: "out",
    Crossed.TURNED_BACK: "turned back",
    Crossed.AMBIGUOUS: "unclear",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge calibrate door` takes."""
    parser.add_argument(
        "--people",
        type=whole_between(1, 100),
        default=10,
        metavar="N",
        help="how many walk each way (default: %(default)s)",
    )
    parser.add_argument(
        "--each",
        type=duration_up_to("1d"),
        default="5min",
        dest="each_s",
        metavar="TIME",
        help="end of each way, unless Enter is pressed before (default: %(default)s)",
    )


def walk(
    config: NodeConfig, channel: Channel, args: argparse.Namespace, bench: Bench, say: Callable[[str], None]
) -> Outcome:
    """Follow people in, then out."""
    assert isinstance(channel, Door)
    until = "press Enter" if _is_typed_to() else f"wait until {args.each_s:g} s have passed"
    return follow(config, channel, args.people, args.each_s, bench, say, _enter_pressed, until)


def follow(
    config: NodeConfig,
    door: Door,
    people: int,
    each_s: float,
    bench: Bench,
    say: Callable[[str], None],
    is_done: Callable[[], bool],
    until: str = "press Enter",
) -> Outcome:
    """Follow people; a way ends when `is_done()` says so, or after `each_s`; `until` says it to them."""
    pins = bench.open_pins(config)
    try:
        with open_eyes(config, door, pins, bench) as eyes:
            trial = DoorTrial(door.spacing_m, _turn_round(door))
            _wait_free(eyes, trial, bench)
            for way in Way:
                trial.begin(way)
                say(f"walk {people} {way.value} through `{door.channel}`, one at a time; then {until}")
                _follow_way(eyes, trial, each_s, bench, say, is_done)
    finally:
        pins.close()
    result = trial.result(people)
    return Outcome(
        is_good=result.is_good,
        lines=_lines(result),
        document=_document(result),
        keep=Checked(
            kind="walk",
            channel=door.channel,
            at=to_milliseconds(bench.clock.now()),
            passed=result.is_good,
            summary=f"{result.walked - min(result.errors, result.walked)} of {result.walked} right",
        ),
    )


def _turn_round(door: Door) -> str:
    if door.beams is not None:
        return "swap outer_pin and inner_pin"
    return "turn `inner_zone` round"


def _wait_free(eyes: Eyes, trial: DoorTrial, bench: Bench) -> None:
    """Wait until nobody is in the door. Raises NotAnswering when it never is free."""
    started_s = free_s = bench.clock.monotonic()
    while (now_s := bench.clock.monotonic()) < free_s + FREE_S:
        eyes.poll(trial)
        broken = eyes.broken()
        if broken:
            free_s = now_s
            if now_s >= started_s + FREE_WITHIN_S:
                cause = (
                    "no supply, or `active_low` is the wrong way round"
                    if broken == "both beams"
                    else "aim sender and receiver at each other, look at its lamp and its wire"
                )
                stays = "stay" if broken == "both beams" else "stays"
                raise NotAnswering(f"{broken} {stays} broken with nobody in the door: {cause}")
        bench.sleep(REREAD_S)


def _follow_way(
    eyes: Eyes,
    trial: DoorTrial,
    each_s: float,
    bench: Bench,
    say: Callable[[str], None],
    is_done: Callable[[], bool],
) -> None:
    ends_s = bench.clock.monotonic() + each_s
    while bench.clock.monotonic() < ends_s:
        if eyes.poll(trial):
            say(" · ".join(f"{name} {trial.counted(outcome)}" for outcome, name in _NAMES.items()))
        if ends_s > bench.clock.monotonic() + AFTER_S and is_done():
            ends_s = bench.clock.monotonic() + AFTER_S
        bench.sleep(REREAD_S)


def _lines(result: TrialResult) -> list[str]:
    lines = [
        f"{way.way.value}: {way.right} of {way.walked} right, {way.wrong} the wrong way, "
        f"{way.turned_back} turned back, {way.ambiguous} unclear"
        for way in result.ways
    ]
    if result.body_m is not None and result.speed_m_s is not None:
        lines.append(f"people: {result.body_m * 100:.0f} cm from chest to back, {result.speed_m_s:.1f} m/s")
    worst = worst_share(result.walked, min(result.errors, result.walked)) if result.walked else 1.0
    word = "good" if result.is_good else "not good"
    lines.append(
        f"{word}: at most {worst:.0%} are miscounted (95 %); to know 98 % to ±1 % takes "
        f"{crossings_needed(0.98, 0.01)} crossings"
    )
    return lines + list(result.advice)


def _document(result: TrialResult) -> dict[str, Any]:
    return {
        "ways": [
            {
                "way": way.way.value,
                "walked": way.walked,
                "right": way.right,
                "wrong": way.wrong,
                "turned_back": way.turned_back,
                "ambiguous": way.ambiguous,
            }
            for way in result.ways
        ],
        "errors": result.errors,
        "body_m": None if result.body_m is None else round(result.body_m, 3),
        "speed_m_s": None if result.speed_m_s is None else round(result.speed_m_s, 2),
        "advice": list(result.advice),
    }


def _enter_pressed() -> bool:
    """Whether a line has been typed; nobody types where there is no terminal."""
    if not _is_typed_to():
        return False
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and bool(sys.stdin.readline())


def _is_typed_to() -> bool:
    # A service may have no standard input at all.
    return sys.stdin is not None and sys.stdin.isatty()
