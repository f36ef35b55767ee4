"""Signed-in browsers: a token in, who holds it and what they still may do out, over the table `login`."""

import secrets
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from hub.store.names import digest, in_ms
from hub.store.schema import login
from hub.store.users import Role, User, user_by_id
from protocol.clock import Clock

#: A sitting ends after this, whatever is done in it: one shift.
_ABSOLUTE = timedelta(hours=12)
#: … and then may still read while it is open, so that the guard's board is never blank: shifts go on with a
#: PIN, and after a month somebody signs in anew.
READING = timedelta(days=30)
#: A browser unseen for so long is signed out; an open board is seen twice a minute.
_IDLE = timedelta(minutes=30)
#: `seen_ms` is written at most so often, milliseconds.
_SEEN_EVERY_MS = 20_000


class Way(IntEnum):
    """How a sitting began; stored in `login.by_code`."""

    PASSWORD = 0
    #: A one-time code: a password may be set without knowing the old one.
    CODE = 1
    #: A few digits on a shared computer: enough to act as a guard, not to change an account.
    PIN = 2
    #: The university's identity provider.
    PROVIDER = 3


class Visitor(NamedTuple):
    """Who is asking: a signed-in browser, or a program with a token."""

    user: User
    #: The name read beside what is done in this sitting.
    shown_name: str
    #: False once the sitting is over and may only read.
    may_act: bool
    #: When it may only read, milliseconds since 1970 UTC.
    ends_ms: int
    by_code: bool
    by_pin: bool = False
    #: A program: it has no cookie, so needs no CSRF token, and no account page.
    is_program: bool = False


class Sittings:
    """The signed-in browsers of every account."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def sit_down(self, connection: Connection, key: int, shown: str | None, way: Way) -> str:
        """A new token for the account of that number; every sitting has one of its own."""
        token, now = secrets.token_urlsafe(32), self._now_ms()
        connection.execute(delete(login).where(login.c.expires_ms + in_ms(READING) < now))
        values = {
            "token_hash": digest(token),
            "user_id": key,
            "shown_name": shown,
            "by_code": int(way),
            "created_ms": now,
            "seen_ms": now,
            "expires_ms": now + in_ms(_ABSOLUTE),
        }
        connection.execute(insert(login).values(values))
        return token

    def visitor(self, token: str) -> Visitor | None:
        """Who holds the token; None when nobody does, or no longer."""
        now = self._now_ms()
        with self._engine.connect() as connection:
            row = connection.execute(select(login).where(login.c.token_hash == digest(token))).first()
            found = None if row is None else user_by_id(connection, row.user_id)
        if row is None or found is None or found.is_disabled:
            return None
        if now >= row.expires_ms + in_ms(READING) or now >= row.seen_ms + in_ms(_IDLE):
            return None
        if now - row.seen_ms >= _SEEN_EVERY_MS:
            with self._engine.begin() as connection:
                seen = update(login).where(login.c.token_hash == digest(token))
                connection.execute(seen.values(seen_ms=now))
        if row.by_code == Way.PIN:
            # A few digits are enough for what a guard does, and for no more.
            found = found._replace(role=Role.GUARD)
        return Visitor(
            user=found,
            shown_name=row.shown_name or found.name,
            may_act=now < row.expires_ms,
            ends_ms=row.expires_ms,
            by_code=row.by_code == Way.CODE,
            by_pin=row.by_code == Way.PIN,
        )

    def end(self, token: str) -> None:
        """End one."""
        with self._engine.begin() as connection:
            connection.execute(delete(login).where(login.c.token_hash == digest(token)))

    def end_all(self, connection: Connection, key: int) -> None:
        """End every one of an account."""
        connection.execute(delete(login).where(login.c.user_id == key))

    def count(self) -> dict[int, int]:
        """How many browsers are signed in to each account that has one."""
        now = self._now_ms()
        query = select(login.c.user_id, func.count()).group_by(login.c.user_id)
        query = query.where(login.c.expires_ms + in_ms(READING) > now, login.c.seen_ms + in_ms(_IDLE) > now)
        with self._engine.connect() as connection:
            return {int(key): int(number) for key, number in connection.execute(query)}

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
