"""Beats of nodes in, lines out: heard in how many minutes of ten, of those in which the hub listened."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from hub.history.points import line
from hub.history.source import HubFile, Piece, number
from hub.layout import Layout
from hub.store.heartbeats import SLOT_MIN
from hub.store.history_book import awake_of
from hub.store.history_rows import MINUTE_MS
from hub.store.schema import heartbeat, history_awake

_SLOT_MS = SLOT_MIN * MINUTE_MS


class NodeSlots:
    """The heartbeats of every node of the campus file, a slot once it is over."""

    name = "nodes"

    def __init__(self, file: HubFile, layout: Layout) -> None:
        self._file, self._site, self._nodes = file, layout.site, layout.nodes()

    def after(self, place: str, limit: int) -> Piece | None:
        """The slots that follow the place, about `limit` lines of them."""
        try:
            with self._file.connect() as connection:
                return self._after(connection, place, limit)
        except DatabaseError as error:
            raise self._file.unreadable(error) from error

    def _after(self, connection: Connection, place: str, limit: int) -> Piece:
        first = connection.execute(select(func.min(heartbeat.c.slot))).scalar()
        until_ms = connection.execute(select(func.max(history_awake.c.until_ms))).scalar() or 0
        begins, ends = max(number(place), first or 0), int(until_ms) // _SLOT_MS
        if first is None or begins >= ends:
            return Piece([], place)
        ends = min(ends, begins + max(1, limit // max(1, len(self._nodes))))
        chosen = select(heartbeat).where(heartbeat.c.slot >= begins, heartbeat.c.slot < ends)
        heard = {(row.node, row.slot): row.mask.bit_count() for row in connection.execute(chosen)}
        lines = [
            one
            for slot in range(begins, ends)
            if (watched := _watched(connection, slot)) > 0
            for one in self._lines(slot, heard, watched)
        ]
        return Piece(lines, str(ends), len(lines))

    def _lines(self, slot: int, heard: dict[tuple[str, int], int], watched: int) -> list[str]:
        at = datetime.fromtimestamp(slot * SLOT_MIN * 60, UTC)
        nodes = sorted({*self._nodes, *(node for node, of in heard if of == slot)})
        return [
            line(
                "node",
                {"site": self._site, "node": node},
                {"heard": heard.get((node, slot), 0), "watched": watched},
                at,
            )
            for node in nodes
        ]


def _watched(connection: Connection, slot: int) -> int:
    """Minutes of the slot in which the hub was awake."""
    awake = awake_of(connection, slot * _SLOT_MS, (slot + 1) * _SLOT_MS)
    return round(sum(one.until_ms - one.from_ms for one in awake) / MINUTE_MS)
