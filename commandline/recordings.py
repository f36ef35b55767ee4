"""Recorded door counts and events to events of nodes: CalIt2 half-hour counts, or one event a line."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from hub.layout import Layout
from protocol.codec import decode_event
from protocol.errors import ConfigError
from protocol.events import AnyEvent, Direction, Passage
from protocol.quantities import ID_PATTERN, to_milliseconds

#: CalIt2: `flow,MM/DD/YY,HH:MM:SS,count`; flow 7 is out, 9 is in (Ihler, Hutchins, Smyth 2006).
CALIT2_FLOWS = {"7": Direction.OUT, "9": Direction.IN}
SLOT = timedelta(minutes=30)
MOST_FAULTS = 20


class Recorded(NamedTuple):
    """An event of a node; its seq is given by that node's outbox."""

    node: str
    event: AnyEvent


class Recording(NamedTuple):
    """A file's events in order of time, and what it says of its own totals."""

    kind: str
    events: list[Recorded]
    ins: int
    outs: int


def read_recording(path: Path, layout: Layout) -> Recording:
    """The recording at `path`. Raises ConfigError with the faults of its lines."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; check the path"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: is a folder, a file is wanted"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not text; counts or one JSON event a line are wanted"]) from None
    written = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not written:
        raise ConfigError([f"{path}: is empty; counts or one JSON event a line are wanted"])
    if written[0][1].startswith("{"):
        return _read_events(path, written)
    return _read_calit2(path, written, layout)


def _read_calit2(path: Path, lines: list[tuple[int, str]], layout: Layout) -> Recording:
    if not layout.entrances():
        raise ConfigError([f"{path}: counts an entrance, and the campus file has none; see --campus"])
    door, zone = layout.entrances()[0], ZoneInfo(layout.timezone)
    totals = {Direction.IN: 0, Direction.OUT: 0}
    events: list[Recorded] = []
    faults: list[str] = []
    for number, line in lines:
        try:
            direction, begins, count = _calit2_line(line, zone)
        except ValueError as error:
            faults.append(f"{path}: line {number}: {error}")
            continue
        totals[direction] += count
        events += [
            Recorded(door.node, passage) for passage in _spread(door.channel, direction, begins, count)
        ]
    _refuse(faults)
    # Counts of one half hour hold no order: spread evenly, in and out mix as they may have.
    events.sort(key=lambda recorded: recorded.event.at)
    return Recording("calit2", events, totals[Direction.IN], totals[Direction.OUT])


def _calit2_line(line: str, zone: ZoneInfo) -> tuple[Direction, datetime, int]:
    fields = line.split(",")
    if len(fields) != 4 or fields[0] not in CALIT2_FLOWS:
        raise ValueError(f"`{line[:60]}` is not `flow,MM/DD/YY,HH:MM:SS,count` with flow 7 (out) or 9 (in)")
    local = datetime.strptime(f"{fields[1]} {fields[2]}", "%m/%d/%y %H:%M:%S").replace(tzinfo=zone)
    count = int(fields[3])
    if count < 0:
        raise ValueError(f"count must be 0 or more, got {count}")
    return CALIT2_FLOWS[fields[0]], local.astimezone(UTC), count


def _spread(channel: str, direction: Direction, begins: datetime, count: int) -> Iterator[Passage]:
    """`count` people evenly over the half hour; those going out half a step after those coming in."""
    shift = 0.75 if direction is Direction.OUT else 0.25
    for i in range(count):
        at = to_milliseconds(begins + SLOT * ((i + shift) / count))
        yield Passage(seq=1, at=at, channel=channel, direction=direction)


def _read_events(path: Path, lines: list[tuple[int, str]]) -> Recording:
    events: list[Recorded] = []
    faults: list[str] = []
    ins = outs = 0
    for number, line in lines:
        try:
            fields = json.loads(line)
            node = fields.pop("node")
            event = decode_event(json.dumps({"seq": 1, **fields}).encode())
        except (ValueError, KeyError, AttributeError, RecursionError, msgspec.MsgspecError) as error:
            hint = 'each line is `{"node": …, "at": …, "kind": …, "channel": …}`'
            faults.append(f"{path}: line {number}: {error}; {hint}")
            continue
        if not isinstance(node, str) or not re.match(ID_PATTERN, node):
            faults.append(f"{path}: line {number}: `{node}` cannot be a node's id; ids match {ID_PATTERN}")
            continue
        events.append(Recorded(node, event))
        if isinstance(event, Passage):
            ins += event.people if event.direction is Direction.IN else 0
            outs += event.people if event.direction is Direction.OUT else 0
    _refuse(faults)
    return Recording("events", events, ins, outs)


def _refuse(faults: list[str]) -> None:
    if len(faults) > MOST_FAULTS:
        faults = [*faults[:MOST_FAULTS], f"… and {len(faults) - MOST_FAULTS} more lines like these"]
    if faults:
        raise ConfigError(faults)
