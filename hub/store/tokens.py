"""Tokens of programs that call the API: made once, stored hashed, with a scope, an end and a last use."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Row, insert, select, update

from hub.store.access_tables import program_token
from hub.store.names import AccountError, clean_name, digest, in_ms
from hub.store.schema import audit
from hub.store.sittings import Visitor
from hub.store.users import Role, User
from protocol.clock import Clock
from protocol.config import did_you_mean

#: What every token begins with, so that one that leaked is recognised.
PREFIX = "kz_"
#: A program is looked at again once a year.
LONGEST = timedelta(days=366)
#: `used_ms` is written at most so often, milliseconds.
_USED_EVERY_MS = 60_000


class Scope(Enum):
    """What a program may do: `read`, `act`, `manage`, `admin`, each holding those before it; or `audit`."""

    READ = "read"
    ACT = "act"
    MANAGE = "manage"
    ADMIN = "admin"
    #: Reads, the audit log too, and does nothing.
    AUDIT = "audit"


#: A scope lets a program do what this role may; one that only reads sees what a guard sees.
ROLES = {
    Scope.READ: Role.GUARD,
    Scope.ACT: Role.GUARD,
    Scope.MANAGE: Role.MANAGER,
    Scope.ADMIN: Role.ADMIN,
    Scope.AUDIT: Role.AUDITOR,
}
_READING = frozenset({Scope.READ, Scope.AUDIT})


class Token(NamedTuple):
    """A token as it is listed; itself it was shown once."""

    id: int
    name: str
    scope: Scope
    #: Ids of the buildings it may act in; empty: all.
    buildings: frozenset[str]
    made_by: str
    made_ms: int
    expires_ms: int
    used_ms: int | None
    revoked_ms: int | None

    def is_good(self, now_ms: int) -> bool:
        """Whether it still lets in."""
        return self.revoked_ms is None and now_ms < self.expires_ms


class Tokens:
    """The programs' tokens."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def add(
        self, name: str, scope: str, until: datetime, made_by: str, buildings: Iterable[str] = ()
    ) -> tuple[Token, str]:
        """A new token and its secret, kept nowhere. Raises AccountError (`name`, `scope`, `until`)."""
        name, kind, now = clean_name(name), _scope(scope), self._now_ms()
        expires_ms = int(until.timestamp() * 1000)
        if not now < expires_ms <= now + in_ms(LONGEST):
            raise AccountError(
                "until", f"a token ends within {LONGEST.days} days from now, got {until.isoformat()}"
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        values = {
            "name": name,
            "token_hash": digest(secret),
            "scope": kind.value,
            "buildings": " ".join(sorted(set(buildings))),
            "made_by": made_by,
            "made_ms": now,
            "expires_ms": expires_ms,
        }
        with self._engine.begin() as connection:
            key = connection.execute(insert(program_token).values(values)).inserted_primary_key
            assert key is not None
            row = connection.execute(select(program_token).where(program_token.c.id == key[0])).one()
        return _token(row), secret

    def list(self) -> list[Token]:
        """Every token, the newest first; revoked and ended ones too."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(program_token).order_by(program_token.c.id.desc()))
            return [_token(row) for row in rows]

    def revoke(self, key: int) -> Token:
        """Let it in no more. Raises AccountError (`token`) when there is no such token."""
        mine = program_token.c.id == key
        with self._engine.begin() as connection:
            still = update(program_token).where(mine, program_token.c.revoked_ms.is_(None))
            connection.execute(still.values(revoked_ms=self._now_ms()))
            row = connection.execute(select(program_token).where(mine)).first()
        if row is None:
            raise AccountError("token", f"there is no token {key}; `kuzet user token list` shows them")
        return _token(row)

    def revoke_made_by(self, connection: Connection, account: User) -> None:
        """Let in no more what the account has made.

        Older tokens say who made them by the name that was shown then: the audit log knows the account.
        """
        made = select(audit.c.detail).where(audit.c.action == "token.add", audit.c.account == account.id)
        keys = [json.loads(row.detail).get("token") for row in connection.execute(made)]
        is_theirs = (program_token.c.made_by == account.name) | program_token.c.id.in_(keys)
        still = update(program_token).where(is_theirs, program_token.c.revoked_ms.is_(None))
        connection.execute(still.values(revoked_ms=self._now_ms()))

    def visitor(self, secret: str) -> Visitor | None:
        """The program that holds the token; None when it is none of ours, revoked or ended."""
        if not secret.startswith(PREFIX) or len(secret) > 100:
            return None
        now = self._now_ms()
        mine = program_token.c.token_hash == digest(secret)
        with self._engine.connect() as connection:
            row = connection.execute(select(program_token).where(mine)).first()
        found = None if row is None else _token(row)
        if found is None or not found.is_good(now):
            return None
        if found.used_ms is None or now - found.used_ms >= _USED_EVERY_MS:
            with self._engine.begin() as connection:
                connection.execute(update(program_token).where(mine).values(used_ms=now))
        # No account may have such a name: a program cannot be taken for a person.
        name = f"{found.name} (API)"
        user = User(-found.id, name, ROLES[found.scope], False, False, found.buildings)
        return Visitor(
            user=user,
            shown_name=name,
            may_act=found.scope not in _READING,
            ends_ms=found.expires_ms,
            by_code=False,
            is_program=True,
        )

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _scope(word: str) -> Scope:
    try:
        return Scope(word)
    except ValueError:
        known = [one.value for one in Scope]
        raise AccountError(
            "scope",
            f"there is no scope `{word}`; the scopes are {', '.join(known)}{did_you_mean(word, known)}",
        ) from None


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        row.id,
        row.name,
        Scope(row.scope),
        frozenset(row.buildings.split()),
        row.made_by,
        row.made_ms,
        row.expires_ms,
        row.used_ms,
        row.revoked_ms,
    )
