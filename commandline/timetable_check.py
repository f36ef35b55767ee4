"""Check a week of a timetable against the regime before it begins: caps of rooms, lengths, breaks, starts.

FILE is iCalendar, or CSV by weekday (room,day,start,end,enrolled) or by date (room,start,end,enrolled).
Rooms come from --campus, else from --rooms (room,capacity,type), else from `enrolled=N; capacity=N` in an
event's description. Names of people are never read. Exit status 1 means a fault of a file, an unknown
room among them; what is wrong with the lessons is the report and leaves it 0.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from commandline.defaults import REGIME
from hub.layout import Layout, read_layout
from hub.regime.profile import Profile, read_profile, with_variant
from hub.regime.reading import read_regime
from hub.regime.schedule import Regime
from hub.rules import CHECKS
from hub.timetable.checking import LimitsAt, check_week
from hub.timetable.reading import lessons_of_week, monday_of, read_text, read_timetable, week_of
from hub.timetable.rooms import parse_rooms, rooms_of
from hub.timetable.week_report import RoomWeek, WeekFinding, WeekReport, WeekRule
from protocol.clock import SystemClock
from protocol.config import did_you_mean
from protocol.errors import ConfigError
from protocol.quantities import format_instant

#: The profile where neither a campus nor an option names one.
PROFILE = "kz-2020-order-345-381"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet timetable check` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="timetable, .ics or .csv")
    parser.add_argument("--campus", type=Path, metavar="FILE", help="campus.toml: rooms, doors, time zone")
    parser.add_argument("--rooms", type=Path, metavar="FILE", help="rooms as CSV: room,capacity,type")
    parser.add_argument(
        "--profile", help=f"id of a regime profile, or its path (default: the campus's, else {PROFILE})"
    )
    parser.add_argument("--variant", help="format of the profile, for example in-person")
    parser.add_argument("--regime", type=Path, default=REGIME, metavar="FOLDER", help="where profiles are")
    parser.add_argument(
        "--week",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="a day of the week to check (default: the fuller of the file's first two weeks)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Check the week and print what is wrong; 1 where a file has a fault or a room is unknown."""
    try:
        layout = read_layout(args.campus) if args.campus else None
        listed = parse_rooms(read_text(args.rooms), str(args.rooms)) if args.rooms else {}
        profile, variant, limits = _limits(args, layout)
        timetable = read_timetable(args.file, ZoneInfo(layout.timezone) if layout else None)
        today = SystemClock().now().astimezone(timetable.zone).date()
        monday = monday_of(args.week) if args.week else week_of(timetable, today)
        lessons, notes = lessons_of_week(timetable, monday)
    except ConfigError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    found = rooms_of(lessons, layout, listed)
    for room in found.unmatched:
        print(f"{args.file}: {room}", file=sys.stderr)
    if found.unmatched and not (layout or listed):
        print("name the rooms: --campus campus.toml or --rooms rooms.csv", file=sys.stderr)
    report = check_week(found.lessons, found.rooms, limits)
    notes = (*notes, *found.notes)
    zone = timetable.zone
    if args.json:
        document = {
            "file": str(args.file),
            "profile": profile,
            "variant": variant,
            "week": monday.isoformat(),
            "timezone": str(zone),
            "lessons": len(lessons),
            "findings": [_finding(one, zone) for one in report.findings],
            "totals": _fields(report.totals),
            "rooms": [_fields(one) for one in report.rooms],
            "unmatched": found.unmatched,
            "notes": notes,
        }
        print(json.dumps(document, ensure_ascii=False))
    else:
        named = f"{profile}, {variant}" if variant else profile
        print(f"{args.file}: week of Monday {monday}, {zone}; regime {named}")
        print("\n".join(_lines(report, zone)))
        for note in notes:
            print(f"note: {note}")
        if not lessons:
            print(f"note: no lessons in this week; the file begins {timetable.first_day()}, see --week")
    return 1 if found.unmatched else 0


def _limits(args: argparse.Namespace, layout: Layout | None) -> tuple[str, str | None, LimitsAt]:
    """The profile's id and variant, and the limits of a room at a time."""
    if layout is not None and args.profile is None and args.variant is None:
        regime = read_regime(args.regime, layout, tuple(CHECKS), campus_file=args.campus)
        return layout.profile, layout.variant, regime.limits
    profile = _find_profile(args.profile or (layout.profile if layout else PROFILE), args.regime)
    if args.variant is not None and args.variant not in profile.variants:
        hint = did_you_mean(args.variant, profile.variants) or f"; it has {', '.join(profile.variants)}"
        raise ConfigError([f"{profile.id}: there is no variant `{args.variant}`{hint}"])
    if layout is None:
        always = with_variant(profile, args.variant)
        return profile.id, args.variant, lambda room, at: always
    # What-if: the campus with its overrides, under this profile throughout.
    other = replace(layout, profile=profile.id, variant=args.variant, switches=())
    return profile.id, args.variant, Regime({profile.id: profile}, other).limits


def _find_profile(name: str, folder: Path) -> Profile:
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not path.exists():
        known = sorted(one.stem for one in folder.glob("*.toml"))
        hint = did_you_mean(name, known) or f"; known here: {', '.join(known) or 'none'}"
        raise ConfigError([f"{path}: no such regime profile{hint}"])
    return read_profile(path, tuple(CHECKS))


def _lines(report: WeekReport, zone: ZoneInfo) -> Iterator[str]:
    """The report for people: rooms with the most people without a place first, then places, then sums."""
    of_room: dict[str, list[WeekFinding]] = {}
    for finding in report.findings:
        of_room.setdefault(finding.room, []).append(finding)
    rooms = sorted(report.rooms, key=lambda one: (-_without_place(of_room.get(one.room, [])), one.code))
    for room in rooms:
        if room.room in of_room:
            yield from _room_lines(room, of_room[room.room], zone)
    quiet = [room.code for room in rooms if room.room not in of_room]
    if quiet:
        yield f"\nnothing found in {len(quiet)} rooms: {', '.join(quiet)}"
    yield from _place_lines(of_room.get("", []), zone)
    yield from _total_lines(report)


def _room_lines(room: RoomWeek, findings: list[WeekFinding], zone: ZoneInfo) -> Iterator[str]:
    seats = f", {room.seats} seats" if room.seats is not None else ""
    cap = f", at most {room.cap} by {room.binds} ({room.clause})" if room.cap is not None else ""
    yield f"\n{room.code}: {room.kind}{seats}{cap}; {room.lessons} lessons"
    for finding in findings:
        when = f"  {_when(finding.start, zone)}–{finding.end.astimezone(zone):%H:%M}  {finding.code:<24.24}"
        if finding.rule is WeekRule.OVER_CAPACITY:
            short = f"{finding.value - finding.limit:.0f} without a place"
            yield f"{when}  {finding.value:.0f} enrolled, {short}{_help(finding)}"
        elif finding.rule is WeekRule.CLOSED:
            yield f"{when}  the room is closed ({finding.clause}){_help(finding)}"
        elif finding.rule is WeekRule.DOUBLE_BOOKING:
            others = ", ".join(one or "a lesson" for one in finding.others)
            together = f", {finding.people} people together" if finding.people is not None else ""
            yield f"{when}  at once with {others}{together}"
    long = [one for one in findings if one.rule is WeekRule.LONG_LESSON]
    if long:
        most = max(one.value for one in long)
        one = long[0]
        yield f"  {len(long)} lessons longer than {one.limit:.0f} min, up to {most:.0f} ({one.clause})"
    short_breaks = [one for one in findings if one.rule is WeekRule.SHORT_BREAK]
    if short_breaks:
        one = short_breaks[0]
        least = min(one.value for one in short_breaks)
        yield f"  {len(short_breaks)} breaks under {one.limit:.0f} min, down to {least:.0f} ({one.clause})"


def _place_lines(findings: list[WeekFinding], zone: ZoneInfo) -> Iterator[str]:
    of_place: dict[str, list[WeekFinding]] = {}
    for finding in findings:
        of_place.setdefault(finding.place, []).append(finding)
    for place, some in of_place.items():
        worst = some[0]
        people = f", {worst.people} people" if worst.people is not None else ""
        yield (
            f"\n{place}: groups start under {worst.limit:.0f} min apart {len(some)} times ({worst.clause}); "
            f"worst {_when(worst.start, zone)}: {len(worst.others)} rooms{people}"
        )


def _total_lines(report: WeekReport) -> Iterator[str]:
    sums = report.totals
    yield f"\n{sums.lessons} lessons in {sums.rooms} rooms; not known what {sums.unknown} of them need or may"
    yield f"over the cap: {sums.over_capacity} lessons, {sums.affected} people, {sums.without_place} too many"
    yield f"seats: {sums.seats} offered, {sums.allowed} may be taken, {sums.enrolled} enrolled"
    if sums.fits is not None:
        never = f"; {sums.impossible} cannot be held at all" if sums.impossible else ""
        yield (
            f"a full week: {sums.fits:.1%} of the enrolled have a place; split into groups that fit, "
            f"{sums.checked} lessons become {sums.sittings}{never}"
        )
    found = (f"{rule} {count}" for rule, count in sums.findings.items() if count)
    yield f"findings: {', '.join(found) or 'none'}"


def _help(finding: WeekFinding) -> str:
    help_ = finding.suggestion
    if help_ is None:
        return ""
    if help_.room is not None:
        return f"; free and large enough: {help_.room}"
    return f"; {help_.sittings} groups" if help_.sittings else "; nobody may be there"


def _without_place(findings: list[WeekFinding]) -> float:
    over = (WeekRule.OVER_CAPACITY, WeekRule.CLOSED)
    return sum(one.value - one.limit for one in findings if one.rule in over)


def _when(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local:%H:%M}"


def _finding(finding: WeekFinding, zone: ZoneInfo) -> dict[str, Any]:
    local = finding.start.astimezone(zone)
    return {
        **_fields(finding),
        "rule": finding.rule.value,
        "start": format_instant(finding.start),
        "end": format_instant(finding.end),
        "day": _DAYS[local.weekday()],
        "local": f"{local:%Y-%m-%dT%H:%M}",
        "suggestion": _fields(finding.suggestion) if finding.suggestion else None,
    }


def _fields(one: Any) -> dict[str, Any]:
    """A dataclass as a table; 90.0 as 90."""
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    whole = {key: int(value) for key, value in values.items() if _is_whole(value)}
    return {**values, **whole}


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()
