"""Sign-ins that wait for their second step: password or one-time code were right, the app's code is due."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.access_tables import half_sign_in
from hub.store.names import digest, in_ms

_LIVES = timedelta(minutes=5)
#: Wrong codes after which the password is asked for again.
_MOST_FAILURES = 5


class Half(NamedTuple):
    """What is known of one."""

    user_id: int
    shown_name: str | None
    by_code: bool


def begin(connection: Connection, key: int, shown: str | None, *, by_code: bool, now_ms: int) -> str:
    """A token that stands for the first step."""
    connection.execute(delete(half_sign_in).where(half_sign_in.c.expires_ms <= now_ms))
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": digest(token),
        "user_id": key,
        "shown_name": shown,
        "by_code": int(by_code),
        "expires_ms": now_ms + in_ms(_LIVES),
        "failures": 0,
    }
    connection.execute(insert(half_sign_in).values(values))
    return token


def read(connection: Connection, token: str, now_ms: int) -> Half | None:
    """The first step the token stands for; None when there is none, or too many codes were wrong."""
    query = select(half_sign_in).where(half_sign_in.c.token_hash == digest(token))
    query = query.where(half_sign_in.c.expires_ms > now_ms, half_sign_in.c.failures < _MOST_FAILURES)
    row = connection.execute(query).first()
    return None if row is None else Half(row.user_id, row.shown_name, bool(row.by_code))


def fail(connection: Connection, token: str) -> None:
    """A code was wrong."""
    mine = update(half_sign_in).where(half_sign_in.c.token_hash == digest(token))
    connection.execute(mine.values(failures=half_sign_in.c.failures + 1))


def finish(connection: Connection, token: str) -> bool:
    """Use it up; False when somebody else just did."""
    mine = half_sign_in.c.token_hash == digest(token)
    return connection.execute(delete(half_sign_in).where(mine)).rowcount == 1


def end_all(connection: Connection, key: int) -> None:
    """End every one of an account."""
    connection.execute(delete(half_sign_in).where(half_sign_in.c.user_id == key))
