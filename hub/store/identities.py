"""Accounts that sign in at the university's identity provider: who they are there, and journeys under way."""

from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from hub.store.access_tables import identity, identity_journey, identity_link
from hub.store.names import AccountError, digest, in_ms
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


def is_made(connection: Connection, key: int) -> bool:
    """Whether a provider made the account: then only it lets in, and the account ends with its word."""
    query = select(identity.c.subject).where(identity.c.user_id == key, identity.c.is_made == 1)
    return connection.execute(query).first() is not None


def provided() -> AccountError:
    """Why such an account gets neither password nor PIN."""
    return AccountError(
        "provider", "the identity provider made this account: sign in there; it has no password or PIN here"
    )


def allow_link(connection: Connection, key: int, until_ms: int) -> None:
    """An administrator says that whoever has this name at the provider is this account."""
    connection.execute(delete(identity_link).where(identity_link.c.user_id == key))
    connection.execute(insert(identity_link).values(user_id=key, expires_ms=until_ms))


def take_link(connection: Connection, key: int, now_ms: int) -> bool:
    """Whether an administrator has said so; it counts once."""
    mine = delete(identity_link).where(identity_link.c.user_id == key, identity_link.c.expires_ms > now_ms)
    return connection.execute(mine).rowcount == 1


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
