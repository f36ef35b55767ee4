"""Door signs: a token for each screen, over the table in `people.db`; it shows one room's state, no more."""

import secrets
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from hub.store.database import asking, writing
from hub.store.schema import sign
from protocol.clock import Clock

#: Bytes of chance in a token: it stands in an address that anybody in front of the screen may read.
_TOKEN_BYTES = 16


class Sign(NamedTuple):
    """A screen at a door."""

    token: str
    space: str
    #: Where it hangs, in the words of whoever made it; may be empty.
    note: str
    created_ms: int


class Signs:
    """The screens there are."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, space: str, note: str = "") -> Sign:
        """A new screen for a space; its address holds the token."""
        now_ms = int(self._clock.now().timestamp() * 1000)
        added = Sign(secrets.token_urlsafe(_TOKEN_BYTES), space, note, now_ms)
        with writing(self._engine) as connection:
            connection.execute(insert(sign).values(added._asdict()))
        return added

    def find(self, token: str) -> Sign | None:
        """The screen of a token; None when there is none, or no longer."""
        with asking(self._engine) as connection:
            row = connection.execute(select(sign).where(sign.c.token == token)).first()
        return None if row is None else Sign(*row)

    def list(self) -> list[Sign]:
        """Every screen, by space."""
        with asking(self._engine) as connection:
            rows = connection.execute(select(sign).order_by(sign.c.space, sign.c.created_ms)).all()
        return [Sign(*row) for row in rows]

    def remove(self, token: str) -> bool:
        """The token shows nothing from now on; False when it already did not."""
        with writing(self._engine) as connection:
            return connection.execute(delete(sign).where(sign.c.token == token)).rowcount > 0
