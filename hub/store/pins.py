"""PINs of named people on a shared computer: four to eight digits, hashed, ten wrong tries an hour."""

import re

from sqlalchemy import Connection, Engine, delete, insert, select

from hub.store import identities
from hub.store.access_tables import shift_pin
from hub.store.names import AccountError, digest, in_order
from hub.store.passwords import hash_password, is_right
from hub.store.schema import user
from hub.store.throttle import Throttle
from hub.store.users import Role
from protocol.clock import Clock

#: Who may have one; an administrator signs in by name and password.
ROLES = frozenset({Role.GUARD, Role.MANAGER})
_RUNS = "01234567890", "09876543210"


class Pins:
    """The PINs of those who have one."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._throttle = Throttle(engine)

    def set(self, key: int, role: Role, pin: str) -> None:
        """Set or replace a PIN. Raises AccountError (`pin-role`, `provider`, `pin-digits`, `pin-easy`)."""
        if role not in ROLES:
            raise AccountError("pin-role", "only guards and managers have a PIN; sign in by password")
        if not re.fullmatch(r"[0-9]{4,8}", pin):
            raise AccountError("pin-digits", f"a PIN has 4 to 8 digits, got {len(pin)} characters")
        if len(set(pin)) < 3 or any(pin in run for run in _RUNS) or pin[: len(pin) // 2] * 2 == pin:
            raise AccountError("pin-easy", "this PIN is the first that is tried; take other digits")
        hashed = hash_password(pin)
        with self._engine.begin() as connection:
            if identities.is_made(connection, key):
                raise identities.provided()
            self.end(connection, key)
            connection.execute(insert(shift_pin).values(user_id=key, pin_hash=hashed))

    def end(self, connection: Connection, key: int) -> None:
        """The account has no PIN any more."""
        connection.execute(delete(shift_pin).where(shift_pin.c.user_id == key))

    def names(self) -> list[str]:
        """Who may sign on by PIN, by name."""
        query = select(user.c.name).join(shift_pin, shift_pin.c.user_id == user.c.id)
        query = query.where(user.c.disabled_ms.is_(None))
        query = query.where(user.c.role.in_([role.value for role in ROLES]))
        with self._engine.connect() as connection:
            return sorted((row.name for row in connection.execute(query)), key=in_order)

    def is_right(self, key: int, pin: str, address: str, asker: int | None = None) -> bool:
        """Whether it is the account's PIN. Raises Throttled.

        Wrong tries are counted for the address and for `asker`, whose account the browser is signed in with:
        a colleague who tries my PIN keeps me from it nowhere but there.
        """
        whom = [f"pin:{key}:at:{digest(address)[:20]}", f"pin-address:{address}"]
        if asker is not None:
            whom.append(f"pin:{key}:by:{asker}")
        with self._throttle.attempt(whom, int(self._clock.now().timestamp() * 1000)) as attempt:
            with self._engine.connect() as connection:
                mine = select(shift_pin.c.pin_hash).where(shift_pin.c.user_id == key)
                stored = connection.execute(mine).scalar()
            if not is_right(stored, pin):
                return False
            attempt.succeed()
            return True
