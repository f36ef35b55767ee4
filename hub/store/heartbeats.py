"""In which minutes of the last three days each node was heard, in slots of ten; for the strip on its page."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, select

from hub.store.database import asking
from hub.store.schema import heartbeat

#: Minutes of a slot.
SLOT_MIN = 10
#: Slots kept: three days, of which two are shown.
KEPT_SLOTS = 3 * 24 * 60 // SLOT_MIN


class Beat(NamedTuple):
    """A node in a slot."""

    node: str
    #: Tens of minutes since 1970 UTC.
    slot: int
    #: Bit i: heard in the slot's minute i.
    mask: int


def slot_of(at: datetime) -> int:
    """The slot an instant is in."""
    return int(at.timestamp()) // 60 // SLOT_MIN


def write_beats(connection: Connection, beats: Iterable[Beat]) -> None:
    """Write a slot's beats over what was there of it, inside the hub's transaction; old slots go."""
    rows = [beat._asdict() for beat in beats]
    if not rows:
        return
    slots = {row["slot"] for row in rows}
    is_past = heartbeat.c.slot < max(slots) - KEPT_SLOTS
    connection.execute(delete(heartbeat).where(heartbeat.c.slot.in_(slots) | is_past))
    connection.execute(heartbeat.insert(), rows)


class Heartbeats:
    """Reads them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, slot: int) -> list[Beat]:
        """Every beat from this slot on, by node and time."""
        query = select(heartbeat).where(heartbeat.c.slot >= slot).order_by(heartbeat.c.node, heartbeat.c.slot)
        with asking(self._engine) as connection:
            return [Beat(*row) for row in connection.execute(query)]
