"""The newest fold of the journal, so that a restart replays minutes and not years."""

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from hub.campus import CampusState
from hub.store.journal import JournalState
from hub.store.schema import snapshot

#: Grows when the fold's meaning changes: an older snapshot is then ignored and the journal replayed.
FORMAT = 1


class Snapshot(Struct):
    """The fold as it was at `journal.position`."""

    format: int
    campus: CampusState
    journal: JournalState


def read_snapshot(engine: Engine) -> Snapshot | None:
    """The newest snapshot; None when there is none or it is of another format."""
    with engine.connect() as connection:
        body = connection.execute(select(snapshot.c.body).where(snapshot.c.id == 1)).scalar()
    if body is None:
        return None
    try:
        found = msgspec.msgpack.decode(body, type=Snapshot)
    except msgspec.DecodeError:
        return None
    return found if found.format == FORMAT else None


def write_snapshot(connection: Connection, campus: CampusState, journal: JournalState, taken_ms: int) -> None:
    """Replace the snapshot inside the hub's transaction."""
    body = msgspec.msgpack.encode(Snapshot(FORMAT, campus, journal))
    values = {"position": journal.position, "taken_ms": taken_ms, "body": body}
    updated = connection.execute(snapshot.update().where(snapshot.c.id == 1).values(values))
    if updated.rowcount == 0:
        connection.execute(snapshot.insert().values(id=1, **values))
