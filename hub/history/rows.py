"""The journal read row by row: durable events in, lines and the place after them out."""

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from hub.history.points import Points
from hub.history.source import HubFile, Piece
from hub.layout import PEOPLE
from hub.store.schema import journal, source
from protocol.codec import decode_event


class Mark(Struct, frozen=True):
    """A row of the journal: its position, and its identity to know another journal by."""

    #: 0 before the first row.
    position: int = 0
    node: str = ""
    epoch: str = ""
    seq: int = 0

    def place(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


class JournalRows:
    """The events of nodes; what people decided is no reading and stays behind."""

    name = "journal"

    def __init__(self, file: HubFile, points: Points) -> None:
        """Raises StoreError when it cannot be read."""
        self._file, self._points = file, points
        self.after("", 1)

    def after(self, place: str, limit: int) -> Piece | None:
        """At most `limit` events after the place; None when its row is not in this journal."""
        mark = _mark(place)
        columns = (journal.c.position, source.c.node, source.c.epoch, journal.c.seq, journal.c.body)
        query = select(*columns).join(source, source.c.id == journal.c.source)
        query = query.where(journal.c.position >= mark.position, source.c.node != PEOPLE)
        query = query.order_by(journal.c.position).limit(limit + 1)
        try:
            with self._file.connect() as connection:
                rows = [(Mark(*row[:4]), bytes(row.body)) for row in connection.execute(query)]
        except DatabaseError as error:
            raise self._file.unreadable(error) from error
        if mark.position == 0:
            rows = rows[:limit]
        elif not rows or rows[0][0] != mark:
            return None
        else:
            del rows[0]
        if not rows:
            return Piece([], place)
        lines = [self._points.line(one.node, decode_event(body)) for one, body in rows]
        return Piece([line for line in lines if line], rows[-1][0].place(), len(rows))


def _mark(place: str) -> Mark:
    try:
        return msgspec.json.decode(place, type=Mark) if place else Mark()
    except msgspec.DecodeError:
        return Mark()
