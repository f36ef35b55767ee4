"""A campus of simulated people in real time on the real edge code, for `kuzet run --simulate`.

Lessons are as long as the order has them, and on weekdays those of the demonstration's timetable at that
hour; otherwise, and with --lesson or --break, others. What it shows happens every time: within 45 s a room
is over its limit for some minutes, later somebody with a fever comes to an entrance, later a node is silent.
When the campus is changed, its people begin anew in it; a node that was added is a real one, not simulated.
"""

import argparse
import logging
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from commandline.data_folder import CampusFile, campus_file
from commandline.defaults import DATA
from commandline.lifetime import log_to_stderr, stop_event
from edge.config import Broker
from hub.layout import OUTSIDE, Layout, SpaceKind, read_layout
from protocol.clock import SystemClock
from protocol.errors import ConfigError
from simulator.campus import CampusSettings, Pace, VirtualCampus
from simulator.faults import FaultKind, FaultSettings, Injection
from simulator.nodes import CuttableSession
from simulator.people_settings import PeopleSettings
from simulator.routes import reachable
from simulator.timetable import WEEKDAYS, Crowd, DaySettings

log = logging.getLogger(__name__)

#: Time is let pass in slices of this length, seconds.
SLICE_S = 0.05
#: How often the campus file is looked at, seconds.
LOOK_S = 1.0
#: A wall clock that differs by more than this from ours has been set, or the machine has slept, seconds.
CLOCK_SET_S = 2.0
#: When the demonstration's fevers come, and when its node is silent, seconds after the start.
FEVER_AT_S = (70.0, 900.0, 1800.0)
SILENT_FROM_S, SILENT_FOR_S = 150.0, 90.0
#: The timetable is kept by a simulation that starts on a weekday within these hours, campus time.
TAUGHT_FROM, TAUGHT_UNTIL = 8, 17
#: Otherwise the day began so long ago: lessons are going on, and others are over.
OPENED_BEFORE_S = 2.0 * 3600.0
#: Shorter lessons are for a quick look: nobody is inside at the start, and nobody cleans.
QUICK_LESSON_S = 1200.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the simulated campus."""
    parser.add_argument("--broker-port", type=int, required=True, help="where the broker listens on loopback")
    parser.add_argument("--campus", type=Path, help="campus file (default: campus.toml in --data, if any)")
    parser.add_argument("--data", type=Path, default=DATA, help="outboxes go to its `nodes`")
    parser.add_argument("--seed", type=int, help="the same seed gives the same people")
    parser.add_argument(
        "--intensity", type=_positive, default=1.0, help="how full the campus is; 1 is ordinary"
    )
    parser.add_argument("--lesson", type=_positive, help="length of a lesson, seconds (default 2100)")
    parser.add_argument(
        "--break", dest="break_s", type=_positive, help="between lessons, seconds (default 2400)"
    )
    parser.add_argument("--truth", type=Path, help="write who was really where to this JSON file at the end")


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; every node then says goodbye."""
    log_to_stderr("campus", logging.WARNING)
    file = campus_file(args.campus, args.data)
    layout = read_layout(file.in_use)
    if not layout.doors and args.campus is not None:
        raise ConfigError([f"{args.campus}: $.doors: there are none, so nobody can walk; add a door"])
    ours = frozenset(layout.nodes() if file.shipped is None else read_layout(file.shipped).nodes())
    folder = args.data / "nodes"
    folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    stopping = stop_event()
    follower = _Follower(file, ours)
    truth: Any = None
    while not stopping.is_set():
        layout = follower.layout
        if not layout.doors:
            # A campus that begins empty: nobody can walk until one of our doors is there again.
            while not follower.has_changed() and not stopping.wait(LOOK_S):
                pass
            continue
        campus = _campus(args, layout, folder, clock)
        campus.start()
        began_s = looked_s = clock.monotonic()
        try:
            while not stopping.is_set():
                now_s = clock.monotonic()
                campus.advance(max(0.0, now_s - began_s - campus.t_s))
                if abs((clock.now() - campus.clock.now()).total_seconds()) > CLOCK_SET_S:
                    campus.clock.set_wall(clock.now())
                if now_s - looked_s >= LOOK_S:
                    looked_s = now_s
                    if follower.has_changed():
                        break
                stopping.wait(SLICE_S)
        finally:
            campus.stop()
            truth = campus.truth.report()
    if args.truth is not None:
        args.truth.write_bytes(msgspec.json.encode(truth))
    return 0


class _Follower:
    """The campus file in use, and what of it is simulated: the doors of our own nodes."""

    def __init__(self, file: CampusFile, ours: frozenset[str]) -> None:
        self._file = file
        self._ours = ours
        self._seen = self._look()
        self.layout = simulated(read_layout(file.in_use), ours)

    def has_changed(self) -> bool:
        """Whether the file has changed what is simulated since the last look; `layout` is then new."""
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            layout = simulated(read_layout(self._file.in_use), self._ours)
        except ConfigError as error:
            log.warning("campus=not followed why=%s", error)
            return False
        before, self.layout = self.layout, layout
        parts = ("spaces", "doors", "posts", "sensors", "timezone")
        return any(getattr(before, part) != getattr(layout, part) for part in parts)

    def _look(self) -> tuple[Path, int, int]:
        path = self._file.in_use
        found = path.stat()
        return path, found.st_mtime_ns, found.st_ino


def simulated(layout: Layout, ours: frozenset[str]) -> Layout:
    """The campus with the doors, posts and sensors of our nodes only: the others are real."""
    doors = tuple(door for door in layout.doors if door.node in ours)
    there = {door.id for door in doors}
    posts = tuple(post for post in layout.posts if post.node in ours and post.door in there)
    sensors = tuple(
        one for one in layout.sensors if one.node in ours and (one.door is None or one.door in there)
    )
    return replace(layout, doors=doors, posts=posts, sensors=sensors)


def _campus(args: argparse.Namespace, layout: Layout, folder: Path, clock: SystemClock) -> VirtualCampus:
    start = clock.now()
    return VirtualCampus(
        layout,
        secrets.randbelow(2**31) if args.seed is None else args.seed,
        start=start,
        data=folder,
        connect=CuttableSession,
        broker=Broker(port=args.broker_port),
        settings=demonstration(layout, args.intensity, args.lesson, args.break_s, start),
    )


def demonstration(
    layout: Layout,
    intensity: float = 1.0,
    lesson_s: float | None = None,
    break_s: float | None = None,
    start: datetime | None = None,
) -> CampusSettings:
    """The people and faults of the demonstration: quick walkers, and a script that never fails.

    `start`: now, to keep the timetable at its hours; None: lessons of its own.
    """
    crowded = crowded_room(reachable(layout))
    silent = silent_node(layout)
    until_s = SILENT_FROM_S + SILENT_FOR_S
    script = Injection(kind=FaultKind.SILENT_NODE, target=silent, from_s=SILENT_FROM_S, until_s=until_s)
    usual = DaySettings()
    lesson_s, break_s = lesson_s or usual.lesson_s, break_s or usual.break_s
    is_quick = lesson_s < QUICK_LESSON_S
    is_usual = (lesson_s, break_s) == (usual.lesson_s, usual.break_s)
    keeps_timetable = start is not None and is_usual and is_taught(layout, start)
    own_first_s = 55.0 if is_quick else usual.first_lesson_s
    day = DaySettings(
        opens_s=usual.opens_s if keeps_timetable else None,
        opened_before_s=0.0 if is_quick else OPENED_BEFORE_S,
        open_for_s=usual.open_for_s if keeps_timetable else 2 * 3600.0 if is_quick else 12 * 3600.0,
        first_lesson_s=usual.first_lesson_s if keeps_timetable else own_first_s,
        lesson_s=lesson_s,
        break_s=break_s,
        stagger_s=break_s / 2.0 if is_quick else usual.stagger_s,
        lead_most_s=min(usual.lead_most_s, break_s / 2.0),
        lead_least_s=min(usual.lead_least_s, break_s / 4.0),
        linger_s=min(usual.linger_s, break_s / 4.0),
        intensity=intensity,
        visitors_per_h=150.0 if is_quick else 25.0,
        crowd=None if crowded is None else Crowd(space=crowded, size=19, arrive_within_s=6.0),
    )
    people = PeopleSettings(
        day=day,
        walk_s=2.5,
        headway_s=0.9,
        least_headway_s=0.75,
        turn_back_share=0.02,
        patience_s=3.0,
        show_s=1.6,
        post_gap_s=1.0,
        repeat_after_s=1.5,
        # Nobody has a fever by chance, so that an elevated screening is the one of the script.
        skin_spread_c=0.15,
        attempt_spread_c=0.1,
        febrile_share=0.0,
        fever_at_s=FEVER_AT_S,
    )
    return CampusSettings(
        people=people,
        faults=FaultSettings(script=(script,)),
        pace=Pace(busy_s=0.3, idle_s=1.5, woken_s=0.15),
        hours=24.0 * 365.0,
    )


def is_taught(layout: Layout, now: datetime) -> bool:
    """Whether the timetable has lessons now and for an hour to come."""
    here = now.astimezone(ZoneInfo(layout.timezone))
    return here.weekday() < WEEKDAYS and TAUGHT_FROM <= here.hour < TAUGHT_UNTIL


def crowded_room(layout: Layout) -> str | None:
    """The classroom that too many go to: the first on floor 2 of the first building, else the first."""
    rooms = [space for space in layout.spaces if space.kind is SpaceKind.CLASSROOM]
    first = layout.buildings[0].id if layout.buildings else None
    upstairs = [room for room in rooms if room.building == first and room.floor == 2]
    return next((room.id for room in [*upstairs, *rooms]), None)


def silent_node(layout: Layout) -> str:
    """The node that falls silent: the last that counts into rooms alone, else the last one."""
    ways = {space.id for space in layout.spaces if space.kind in (SpaceKind.CORRIDOR, SpaceKind.HALL)}
    through = {
        door.node for door in layout.doors if door.inner in ways or OUTSIDE in (door.inner, door.outer)
    }
    rooms = [door.node for door in layout.doors if door.node not in through]
    return rooms[-1] if rooms else layout.nodes()[-1]


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value <= 86400.0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}; try 1")
    return value


def main() -> int:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m commandline.simulate_live")
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
