"""Who has which task: what people said about it, kept in `people.db` and only added to.

A table of the dashboards' own, not a decision: no rule of the hub depends on who goes, and the hub's order of
carrying decisions out must not wait for it. That a treatment was begun or done is a decision besides.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, Row, select
from sqlalchemy.exc import IntegrityError

from hub.store.database import asking, writing
from hub.store.schema import errand


class Errand(NamedTuple):
    """One thing somebody said about one task."""

    #: Unique: a tap that is sent again carries the same one.
    key: str
    at_ms: int
    who: str
    space: str
    task: str
    #: `take`, `start`, `done`, `abort`, `give`.
    verb: str
    #: The role it was handed to; None but for `give`.
    to_role: str | None = None
    note: str = ""
    #: The number of the decision that tells the hub; None for `take` and `give`.
    decision: int | None = None

    @property
    def at(self) -> datetime:
        """When the button was pressed."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


class Errands:
    """What people said about tasks; any number of readers and writers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Errand) -> Errand:
        """Keep it; one with a key that is known is the first again."""
        known = self.find(one.key)
        if known is not None:
            return known
        try:
            with writing(self._engine) as connection:
                connection.execute(errand.insert().values(one._asdict()))
        except IntegrityError:
            # The same tap by another connection, a moment sooner.
            return self.find(one.key) or one
        return one

    def find(self, key: str) -> Errand | None:
        """The row of this tap."""
        with asking(self._engine) as connection:
            row = connection.execute(select(errand).where(errand.c.key == key)).first()
        return None if row is None else _errand(row)

    def since(self, at_ms: int, space: str | None = None, task: str | None = None) -> list[Errand]:
        """What was said since then, in the order of the taps; of one task, or of all."""
        query = select(errand).where(errand.c.at_ms >= at_ms)
        if space is not None:
            query = query.where(errand.c.space == space)
        if task is not None:
            query = query.where(errand.c.task == task)
        with asking(self._engine) as connection:
            return [_errand(row) for row in connection.execute(query.order_by(errand.c.at_ms, errand.c.id))]


def _errand(row: Row[tuple[int, str, int, str, str, str, str, str | None, str, int | None]]) -> Errand:
    said = (row.space, row.task, row.verb, row.to_role, row.note, row.decision)
    return Errand(row.key, row.at_ms, row.who, *said)
