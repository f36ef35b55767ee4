"""What people decided: dashboards add rows, the hub carries them out in order."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Row, select

from hub.store.database import asking, claim
from hub.store.schema import decision, decision_book

#: The same decision again within this is a repeat, milliseconds; later it is meant anew.
REPEAT_MS = 60_000
#: Kinds in which everybody speaks for themselves: two people who count the same have counted twice, and both
#: who hand a shift over and take it sign.
OF_EACH = frozenset({"recount", "shift"})


class Decision(NamedTuple):
    """One decision of one person; `id` grows."""

    id: int
    at_ms: int
    who: str
    kind: str
    subject: str
    #: JSON of what the kind needs beside; b"" when it needs nothing.
    detail: bytes = b""

    @property
    def at(self) -> datetime:
        """When it was decided."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


class Decisions:
    """The people's decisions, written by dashboards and read by the hub."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        kind: str,
        subject: str,
        who: str,
        at_ms: int,
        detail: bytes = b"",
        *,
        beside: Callable[[Connection, Decision], object] | None = None,
    ) -> Decision:
        """Store a decision; the same again within a minute returns the first, which stands.

        Of kinds in `OF_EACH` only the same person's word is the same again: a double tap.
        `beside` is called with a decision that is new: what it writes stands or falls with it.
        """
        with self._engine.begin() as connection:
            # Two taps at once are one decision.
            claim(connection)
            query = select(decision).where(decision.c.kind == kind, decision.c.subject == subject)
            query = query.where(decision.c.at_ms.between(at_ms - REPEAT_MS + 1, at_ms + REPEAT_MS - 1))
            if kind in OF_EACH:
                query = query.where(decision.c.who == who)
            # Only the newest: held, let go and held again within a minute are three decisions.
            row = connection.execute(query.order_by(decision.c.id.desc())).first()
            if row is None or (row.detail or b"") != detail:
                _name_book(connection)
                values = {
                    "at_ms": at_ms,
                    "who": who,
                    "kind": kind,
                    "subject": subject,
                    "detail": detail or None,
                }
                added = connection.execute(decision.insert().values(values))
                key = added.inserted_primary_key
                assert key is not None
                made = Decision(key[0], at_ms, who, kind, subject, detail)
                if beside is not None:
                    beside(connection, made)
                return made
            return _decision(row)

    def book(self) -> str | None:
        """What tells this file from another that may come in its place; None before the first decision."""
        with asking(self._engine) as connection:
            return connection.execute(select(decision_book.c.name)).scalar()

    def since(self, last: int, limit: int = 500) -> list[Decision]:
        """The decisions after number `last`, oldest first."""
        query = select(decision).where(decision.c.id > last).order_by(decision.c.id).limit(limit)
        with asking(self._engine) as connection:
            return [_decision(row) for row in connection.execute(query)]

    def about(self, kind: str, subjects: list[str]) -> dict[str, Decision]:
        """The decision of `kind` about each of the subjects that has one."""
        query = select(decision).where(decision.c.kind == kind, decision.c.subject.in_(subjects))
        # The first stands: written last, it is the one that stays in the dictionary.
        query = query.order_by(decision.c.id.desc())
        with asking(self._engine) as connection:
            return {row.subject: _decision(row) for row in connection.execute(query)}


def _decision(row: Row[tuple[int, int, str, str, str, bytes | None]]) -> Decision:
    return Decision(row.id, row.at_ms, row.who, row.kind, row.subject, row.detail or b"")


def _name_book(connection: Connection) -> None:
    if connection.execute(select(decision_book.c.name)).scalar() is None:
        connection.execute(decision_book.insert().values(id=1, name=secrets.token_hex(16)))
