"""Accounts that sign in at the university's identity provider: who they are there, and journeys under way."""

from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from hub.store.access_tables import identity, identity_journey
from hub.store.names import digest, in_ms
from protocol.clock import Clock

#: A journey to the provider and back.
_LIVES = timedelta(minutes=10)


def account_of(connection: Connection, issuer: str, subject: str) -> tuple[int, bool] | None:
    """The number of the account that is `subject` there, and whether the provider made it."""
    query = select(identity).where(identity.c.issuer == issuer, identity.c.subject == subject)
    row = connection.execute(query).first()
    return None if row is None else (int(row.user_id), bool(row.is_made))


def is_bound(connection: Connection, issuer: str, key: int) -> bool:
    """Whether the account is somebody there already."""
    query = select(identity.c.subject).where(identity.c.issuer == issuer, identity.c.user_id == key)
    return connection.execute(query).first() is not None


def bind(connection: Connection, issuer: str, subject: str, key: int, *, is_made: bool) -> None:
    """From now on the account is `subject` there."""
    values = {"issuer": issuer, "subject": subject, "user_id": key, "is_made": int(is_made)}
    connection.execute(insert(identity).values(values))


class Journeys:
    """What is remembered of a sign-in until it returns, in the form Authlib asks of a cache."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def get(self, key: str) -> str | None:
        """What was set, while it lives; taken out: it returns once."""
        mine = identity_journey.c.key_hash == digest(key)
        with self._engine.begin() as connection:
            row = connection.execute(select(identity_journey).where(mine)).first()
            taken = connection.execute(delete(identity_journey).where(mine)).rowcount == 1
        if row is None or not taken or row.expires_ms <= self._now_ms():
            return None
        return str(row.value)

    def set(self, key: str, value: str, _expires_in: int | None = None) -> None:
        """Remember it for ten minutes, whatever is asked."""
        now = self._now_ms()
        with self._engine.begin() as connection:
            connection.execute(delete(identity_journey).where(identity_journey.c.expires_ms <= now))
            values = {"key_hash": digest(key), "value": value, "expires_ms": now + in_ms(_LIVES)}
            connection.execute(insert(identity_journey).values(values))

    def delete(self, key: str) -> None:
        """Forget it."""
        with self._engine.begin() as connection:
            connection.execute(delete(identity_journey).where(identity_journey.c.key_hash == digest(key)))

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
