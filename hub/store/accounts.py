"""Who may use the dashboards: people, their sign-ins and one-time codes, over the tables in `people.db`."""

import hashlib
import secrets
import unicodedata
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select, update

from hub.errors import HubError
from hub.store.passwords import fault_in, hash_password, is_right
from hub.store.schema import login, one_time_code, user
from hub.store.throttle import Throttle, Throttled
from protocol.clock import Clock

__all__ = ["AccountError", "Accounts", "Role", "Throttled", "User", "Visitor", "clean_name"]

#: A sitting ends after this, whatever is done in it: one shift.
_ABSOLUTE = timedelta(hours=12)
#: … and then may still read, so that the guard's board is never blank at the change of shifts.
_READING = timedelta(hours=12)
#: A browser unseen for so long is signed out; an open board is seen twice a minute.
_IDLE = timedelta(minutes=30)
_CODE_LIVES = timedelta(hours=24)
#: `seen_ms` is written at most so often, milliseconds.
_SEEN_EVERY_MS = 20_000
#: Letters of a code: no 0/O, 1/I/L to mix up when it is typed.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Role(Enum):
    """What a person may do."""

    GUARD = "guard"
    MANAGER = "manager"
    ADMIN = "admin"
    #: Reads everything, changes nothing.
    AUDITOR = "auditor"


class AccountError(HubError, ValueError):
    """A name, role or password that cannot be taken; `code` says which rule it breaks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class User(NamedTuple):
    """An account."""

    id: int
    name: str
    role: Role
    has_password: bool
    is_disabled: bool


class Visitor(NamedTuple):
    """A signed-in browser."""

    user: User
    #: The name read beside what is done in this sitting.
    shown_name: str
    #: False once the sitting is over and may only read.
    may_act: bool
    #: When it may only read, milliseconds since 1970 UTC.
    ends_ms: int
    by_code: bool


class Accounts:
    """The people and their sittings."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._throttle = Throttle(engine)

    def add(self, name: str, role: str, password: str | None = None) -> User:
        """A new account. Raises AccountError when the name is taken or a rule is broken."""
        kind, name = _role(role), clean_name(name)
        hashed = None if password is None else _hashed(password, name)
        with self._engine.begin() as connection:
            if _find(connection, name) is not None:
                raise AccountError("taken", f"`{name}`: there is such an account; choose another name")
            values = {"name": name, "role": kind.value, "password_hash": hashed, "created_ms": self._now_ms()}
            connection.execute(insert(user).values(values))
            added = _find(connection, name)
        assert added is not None
        return added

    def disable(self, name: str) -> None:
        """Let the account in no more; its sittings end at once. Raises AccountError when there is none."""
        with self._engine.begin() as connection:
            found = _find(connection, name)
            if found is None:
                raise AccountError("name", f"there is no account `{name}`")
            values = {"disabled_ms": self._now_ms()}
            connection.execute(update(user).where(user.c.id == found.id).values(values))
            connection.execute(delete(login).where(login.c.user_id == found.id))

    def list(self) -> list[User]:
        """Every account, by name."""
        with self._engine.connect() as connection:
            return [_user(row) for row in connection.execute(select(user).order_by(user.c.name))]

    def issue_one_time_code(self, name: str = "admin", role: str = "admin") -> str:
        """A code that lets `name` in once within a day; the account is made when missing, older codes die."""
        kind, name = _role(role), clean_name(name)
        code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
        now = self._now_ms()
        with self._engine.begin() as connection:
            found = _find(connection, name)
            if found is None:
                values = {"name": name, "role": kind.value, "created_ms": now}
                connection.execute(insert(user).values(values))
                found = _find(connection, name)
            assert found is not None
            if found.is_disabled:
                raise AccountError("disabled", f"`{name}` is disabled; add another account")
            connection.execute(delete(one_time_code).where(one_time_code.c.user_id == found.id))
            values = {
                "code_hash": _digest(_typed(code)),
                "user_id": found.id,
                "expires_ms": now + _ms(_CODE_LIVES),
            }
            connection.execute(insert(one_time_code).values(values))
        return code

    def sign_in_by_code(self, code: str, address: str, shown_name: str | None = None) -> str | None:
        """A sitting's token for a code nobody used yet; None when it is no such code.

        Raises Throttled, and AccountError when the shown name cannot be taken (the code stays good).
        """
        now = self._now_ms()
        with (
            self._throttle.attempt([f"address:{address}"], now) as attempt,
            self._engine.begin() as connection,
        ):
            row = connection.execute(
                select(one_time_code.c.user_id).where(
                    one_time_code.c.code_hash == _digest(_typed(code)),
                    one_time_code.c.used_ms.is_(None),
                    one_time_code.c.expires_ms > now,
                )
            ).first()
            found = None if row is None else _by_id(connection, row.user_id)
            if found is None or found.is_disabled:
                return None
            attempt.succeed()
            shown = self._free_name(connection, shown_name, found)
            used = update(one_time_code).where(
                one_time_code.c.code_hash == _digest(_typed(code)), one_time_code.c.used_ms.is_(None)
            )
            if connection.execute(used.values(used_ms=now)).rowcount != 1:
                return None
            return self._sit_down(connection, found, shown, by_code=True)

    def sign_in(self, name: str, password: str, address: str) -> str | None:
        """A sitting's token; None for a wrong name or password, which look the same. Raises Throttled."""
        name = _folded(name)
        now = self._now_ms()
        with self._throttle.attempt([f"name:{name[:80]}", f"address:{address}"], now) as attempt:
            with self._engine.connect() as connection:
                rows = connection.execute(select(user)).all()
            row = next((one for one in rows if _folded(one.name) == name), None)
            if not is_right(None if row is None else row.password_hash, password):
                return None
            assert row is not None
            if row.disabled_ms is not None:
                return None
            attempt.succeed()
            with self._engine.begin() as connection:
                return self._sit_down(connection, _user(row), None, by_code=False)

    def visitor(self, token: str) -> Visitor | None:
        """Who holds the token; None when nobody does, or no longer."""
        now = self._now_ms()
        query = select(login, user).join(user, user.c.id == login.c.user_id)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(login.c.token_hash == _digest(token))).mappings().first()
        if row is None or row["disabled_ms"] is not None:
            return None
        if now >= row["expires_ms"] + _ms(_READING) or now >= row["seen_ms"] + _ms(_IDLE):
            return None
        if now - row["seen_ms"] >= _SEEN_EVERY_MS:
            with self._engine.begin() as connection:
                where = login.c.token_hash == _digest(token)
                connection.execute(update(login).where(where).values(seen_ms=now))
        found = User(row["user_id"], row["name"], Role(row["role"]), row["password_hash"] is not None, False)
        return Visitor(
            user=found,
            shown_name=row["shown_name"] or found.name,
            may_act=now < row["expires_ms"],
            ends_ms=row["expires_ms"],
            by_code=bool(row["by_code"]),
        )

    def sign_out(self, token: str) -> None:
        """End the sitting."""
        with self._engine.begin() as connection:
            connection.execute(delete(login).where(login.c.token_hash == _digest(token)))

    def set_password(self, visitor: Visitor, new: str, current: str | None, address: str) -> None:
        """Set the visitor's own password and end every sitting of the account.

        Raises AccountError (`short`, `long`, `common`, `wrong`) and Throttled.
        """
        found = visitor.user
        if found.has_password and not visitor.by_code:
            with self._throttle.attempt(
                [f"name:{_folded(found.name)}", f"address:{address}"], self._now_ms()
            ) as go:
                with self._engine.connect() as connection:
                    row = connection.execute(select(user.c.password_hash).where(user.c.id == found.id)).one()
                if not is_right(row.password_hash, current or ""):
                    raise AccountError("wrong", "the current password is not right")
                go.succeed()
        hashed = _hashed(new, found.name)
        with self._engine.begin() as connection:
            connection.execute(update(user).where(user.c.id == found.id).values(password_hash=hashed))
            connection.execute(delete(login).where(login.c.user_id == found.id))

    def sit_down_again(self, visitor: Visitor) -> str:
        """A new sitting for a visitor whose password has just changed."""
        shown = None if visitor.shown_name == visitor.user.name else visitor.shown_name
        with self._engine.begin() as connection:
            return self._sit_down(connection, visitor.user, shown, by_code=False)

    def _sit_down(self, connection: Connection, found: User, shown: str | None, *, by_code: bool) -> str:
        token, now = secrets.token_urlsafe(32), self._now_ms()
        connection.execute(delete(login).where(login.c.expires_ms + _ms(_READING) < now))
        values = {
            "token_hash": _digest(token),
            "user_id": found.id,
            "shown_name": shown,
            "by_code": int(by_code),
            "created_ms": now,
            "seen_ms": now,
            "expires_ms": now + _ms(_ABSOLUTE),
        }
        connection.execute(insert(login).values(values))
        return token

    def _free_name(self, connection: Connection, shown: str | None, found: User) -> str | None:
        """The shown name, cleaned; None for the account's own. Nobody may show another account's name."""
        if shown is None or not shown.strip():
            return None
        clean = clean_name(shown)
        names = connection.execute(select(user.c.id, user.c.name)).all()
        if any(_folded(row.name) == _folded(clean) and row.id != found.id for row in names):
            raise AccountError("taken", f"`{clean}` is another's account; choose another name")
        return None if clean == found.name else clean

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def clean_name(name: str) -> str:
    """The name as it is stored and shown. Raises AccountError when it is empty, long or cannot be printed."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(clean) <= 40:
        raise AccountError("name", f"a name has 1 to 40 characters, got {len(clean)}")
    if not all(letter.isalnum() or letter in " .-" for letter in clean):
        raise AccountError("name", "a name has letters, digits, spaces, dots and dashes only")
    return clean


def _hashed(password: str, name: str) -> str:
    fault = fault_in(password, name)
    if fault is not None:
        says = {
            "short": "a password has at least 12 characters",
            "long": "a password has at most 200 characters",
            "common": "this password is easily guessed; put four unrelated words together",
        }
        raise AccountError(fault, says[fault])
    return hash_password(password)


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(one.value for one in Role)
        raise AccountError("role", f"there is no role `{role}`; the roles are {known}") from None


def _find(connection: Connection, name: str) -> User | None:
    rows = connection.execute(select(user)).all()
    return next((_user(row) for row in rows if _folded(row.name) == _folded(name)), None)


def _by_id(connection: Connection, key: int) -> User | None:
    row = connection.execute(select(user).where(user.c.id == key)).first()
    return None if row is None else _user(row)


def _user(row: object) -> User:
    fields = row._mapping  # type: ignore[attr-defined]  # SQLAlchemy's public name for a row as a mapping
    return User(
        fields["id"],
        fields["name"],
        Role(fields["role"]),
        fields["password_hash"] is not None,
        fields["disabled_ms"] is not None,
    )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _typed(code: str) -> str:
    """A code as a person may type it: small letters, no dashes."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _ms(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)
