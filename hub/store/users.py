"""The accounts' rows as values: who there is, in what role, and in which buildings they may act."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from hub.store.access_tables import account_building, account_language, second_step, shift_pin
from hub.store.names import AccountError, folded, in_order, look
from hub.store.schema import user
from protocol.config import did_you_mean


class Role(Enum):
    """What a person may do."""

    GUARD = "guard"
    MANAGER = "manager"
    ADMIN = "admin"
    #: Reads everything, changes nothing.
    AUDITOR = "auditor"


class User(NamedTuple):
    """An account; a program's token is shown as one, its id below zero."""

    id: int
    name: str
    role: Role
    has_password: bool
    is_disabled: bool
    #: Ids of the buildings it may act in; empty: all.
    buildings: frozenset[str] = frozenset()
    #: Whether signing in asks for a code of an app.
    has_second_step: bool = False
    has_pin: bool = False
    #: `kk`, `ru` or `en`; None: nobody has said.
    language: str | None = None


def role_of(word: str) -> Role:
    """The role of that name. Raises AccountError."""
    try:
        return Role(word)
    except ValueError:
        known = [one.value for one in Role]
        hint = did_you_mean(word, known) or ""
        raise AccountError(
            "role", f"there is no role `{word}`; the roles are {', '.join(known)}{hint}"
        ) from None


def read_users(connection: Connection, key: int | None = None) -> list[User]:
    """Every account, by name; or only the one of that number."""
    query = (
        select(user, second_step.c.since_ms, shift_pin.c.user_id.label("pin"), account_language.c.language)
        .outerjoin(second_step, second_step.c.user_id == user.c.id)
        .outerjoin(shift_pin, shift_pin.c.user_id == user.c.id)
        .outerjoin(account_language, account_language.c.user_id == user.c.id)
    )
    wanted = select(account_building)
    if key is not None:
        query = query.where(user.c.id == key)
        wanted = wanted.where(account_building.c.user_id == key)
    buildings: dict[int, set[str]] = {}
    for row in connection.execute(wanted):
        buildings.setdefault(row.user_id, set()).add(row.building)
    found = [
        User(
            row.id,
            row.name,
            Role(row.role),
            row.password_hash is not None,
            row.disabled_ms is not None,
            frozenset(buildings.get(row.id, ())),
            row.since_ms is not None,
            row.pin is not None,
            row.language,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda one: in_order(one.name))


def find_user(connection: Connection, name: str) -> User | None:
    """The account of that name, whatever its case."""
    rows = connection.execute(select(user.c.id, user.c.name)).all()
    key = next((row.id for row in rows if folded(row.name) == folded(name)), None)
    return None if key is None else user_by_id(connection, key)


def alike(connection: Connection, name: str, beside: int | None = None) -> str | None:
    """An account's name that looks the same, of any but the one `beside`."""
    rows = connection.execute(select(user.c.id, user.c.name)).all()
    return next((row.name for row in rows if row.id != beside and look(row.name) == look(name)), None)


def user_by_id(connection: Connection, key: int) -> User | None:
    """The account of that number."""
    return next(iter(read_users(connection, key)), None)


def password_hash_of(connection: Connection, key: int) -> str | None:
    """The stored hash of an account's password; None when it has none."""
    found: str | None = connection.execute(select(user.c.password_hash).where(user.c.id == key)).scalar()
    return found


def set_buildings(connection: Connection, key: int, buildings: Iterable[str]) -> None:
    """Where the account may act from now on; nothing: everywhere."""
    connection.execute(delete(account_building).where(account_building.c.user_id == key))
    rows = [{"user_id": key, "building": one} for one in sorted(set(buildings))]
    if rows:
        connection.execute(insert(account_building), rows)


def set_language(connection: Connection, key: int, language: str | None) -> None:
    """The language of the account; None: nobody has said."""
    connection.execute(delete(account_language).where(account_language.c.user_id == key))
    if language is not None:
        connection.execute(insert(account_language).values(user_id=key, language=language))


def other_admins(connection: Connection, key: int) -> int:
    """How many administrators there are beside that account, disabled ones left out."""
    query = select(func.count()).select_from(user)
    query = query.where(user.c.role == Role.ADMIN.value, user.c.disabled_ms.is_(None), user.c.id != key)
    return int(connection.execute(query).scalar_one())
