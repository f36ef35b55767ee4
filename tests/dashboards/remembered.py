"""A day that a hub remembers, without a hub: minutes of a room, a gap in which the hub was down, its row."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Engine

from hub.store.board import BoardWriter
from hub.store.history_rows import Minute
from hub.store.history_writer import HistoryWriter
from hub.store.room_row import RoomRow, ThingRow

#: Hours before now, people, state and reason of the room: two gaps, one of the doors and one of the hub.
DAY = (
    (24.0, 0, "open", "free"),
    (8.0, 9, "open", "free"),
    (7.0, 14, "near", "few-places"),
    (6.5, 18, "full", "over-capacity"),
    (6.25, 12, "open", "free"),
    (5.5, None, "unknown", "silent-node"),
    (5.0, 0, "treatment", "airing"),
    (4.5, 0, "open", "free"),
    (2.0, 11, "due", "airing"),
    (0.5, 15, "full", "full"),
)


def remember_day(engine: Engine, space: str, now: datetime, capacity: int = 15) -> None:
    """Write such a day; the hub was down from four to three hours ago."""
    writer = HistoryWriter(engine)
    rows = []
    for hours, people, state, reason in DAY:
        at = now - timedelta(hours=hours)
        row = Minute(
            minute=int(at.timestamp()) // 60,
            occupancy=people,
            low=None if people is None else max(0, people - 1),
            high=None if people is None else people + 2,
            most=people,
            capacity=capacity,
            state=state,
            reason=reason,
            clause="§71",
            is_corrected=hours == 6.25,
        )
        rows.append((space, row))
    with engine.begin() as connection:
        writer.write_minutes(connection, rows)
        writer.write_awake(connection, *_ms(now - timedelta(hours=30), now - timedelta(hours=4)))
        writer.write_awake(connection, *_ms(now - timedelta(hours=3), now))


def put_in_room(engine: Engine, space: str, node: str, now: datetime, writer: BoardWriter) -> None:
    """Write what is in a room: a door, a post, a window and an air sensor of one node."""
    things = (
        ThingRow(id=f"{space}-1", kind="door", node=node, said_at=now, trust=0.42, why="blind"),
        ThingRow(id="post-1", kind="post", node=node, said_at=None),
        ThingRow(id=f"{space}-air", kind="air", node=node, said_at=now - timedelta(minutes=3), value=812.0),
        ThingRow(id=f"{space}-window", kind="window", node="silent-one", said_at=now, value=1.0),
        ThingRow(id=f"{space}-fan", kind="fan", node=node, said_at=now, value=0.0, is_faulty=True),
    )
    row = RoomRow(space=space, came=41, went=7, things=things)
    with engine.begin() as connection:
        writer.write(connection, [("room", space, msgspec.json.encode(row))])


def _ms(*instants: datetime) -> tuple[int, int]:
    starts, ends = (round(one.timestamp() * 1000) for one in instants)
    return starts, ends
