"""The newest fold of the journal, so that a restart replays minutes and not years."""

import hashlib

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from hub.campus_state import CampusState
from hub.layout import Layout
from hub.store.journal import JournalState
from hub.store.schema import snapshot

#: What a snapshot begins with, before the SHA-256 of the rest: a bit that falls over must not be believed.
MARK = b"KZF1"
_HEAD = len(MARK) + 32
#: Grows when the fold's meaning changes: an older snapshot is then ignored and the journal replayed.
FORMAT = 3


class Snapshot(Struct):
    """The fold as it was at `journal.position`."""

    format: int
    #: Which spaces, doors, posts and sensors events were placed by; with others the journal is folded anew.
    layout: str
    campus: CampusState
    journal: JournalState


def layout_mark(layout: Layout) -> str:
    """What of the campus file the fold depends on, shortened to a mark."""
    spaces = [(space.id, space.building, space.kind.value) for space in layout.spaces]
    placed_by = (layout.doors, layout.posts, layout.sensors, spaces, layout.timezone)
    return hashlib.sha256(msgspec.json.encode(placed_by)).hexdigest()


def read_snapshot(engine: Engine, layout: str | None = None) -> Snapshot | None:
    """The newest snapshot; None when there is none, or it is of another format or of another layout."""
    with engine.connect() as connection:
        body = connection.execute(select(snapshot.c.body).where(snapshot.c.id == 1)).scalar()
    found = None if body is None or not is_whole(body) else unpack(body)
    if found is None or layout not in (None, found.layout):
        return None
    return found


def unpack(body: bytes) -> Snapshot | None:
    """The snapshot; None when it cannot be read or is of another format."""
    try:
        found = msgspec.msgpack.decode(body[_HEAD:] if body.startswith(MARK) else body, type=Snapshot)
    except msgspec.DecodeError:
        return None
    return found if found.format == FORMAT else None


def is_whole(body: bytes) -> bool:
    """Whether a snapshot is as it was written; one of an older version carries no sum."""
    return not body.startswith(MARK) or hashlib.sha256(body[_HEAD:]).digest() == body[len(MARK) : _HEAD]


def write_snapshot(
    connection: Connection, layout: str, campus: CampusState, journal: JournalState, taken_ms: int
) -> None:
    """Replace the snapshot inside the hub's transaction."""
    packed = msgspec.msgpack.encode(Snapshot(FORMAT, layout, campus, journal))
    body = MARK + hashlib.sha256(packed).digest() + packed
    values = {"position": journal.position, "taken_ms": taken_ms, "body": body}
    updated = connection.execute(snapshot.update().where(snapshot.c.id == 1).values(values))
    if updated.rowcount == 0:
        connection.execute(snapshot.insert().values(id=1, **values))
