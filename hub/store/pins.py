"""PINs of named people on a shared computer: four to eight digits, hashed, and dead after ten wrong tries."""

import re

from sqlalchemy import Connection, Engine, delete, insert, select, update

from hub.store.access_tables import shift_pin
from hub.store.names import AccountError, in_order
from hub.store.passwords import hash_password, is_right
from hub.store.schema import user
from hub.store.throttle import Throttle
from hub.store.users import Role
from protocol.clock import Clock

#: Wrong tries in a row, over any time, that kill a PIN: one guess in a thousand at four digits.
MOST_FAILURES = 10
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
        """Set or replace a PIN. Raises AccountError (`pin-role`, `pin-digits`, `pin-easy`)."""
        if role not in ROLES:
            raise AccountError("pin-role", "only guards and managers have a PIN; sign in by password")
        if not re.fullmatch(r"[0-9]{4,8}", pin):
            raise AccountError("pin-digits", f"a PIN has 4 to 8 digits, got {len(pin)} characters")
        if len(set(pin)) < 3 or any(pin in run for run in _RUNS) or pin[: len(pin) // 2] * 2 == pin:
            raise AccountError("pin-easy", "this PIN is the first that is tried; take other digits")
        hashed = hash_password(pin)
        with self._engine.begin() as connection:
            self.end(connection, key)
            connection.execute(insert(shift_pin).values(user_id=key, pin_hash=hashed, failures=0))

    def end(self, connection: Connection, key: int) -> None:
        """The account has no PIN any more."""
        connection.execute(delete(shift_pin).where(shift_pin.c.user_id == key))

    def names(self) -> list[str]:
        """Who may sign on by PIN, by name."""
        query = select(user.c.name).join(shift_pin, shift_pin.c.user_id == user.c.id)
        query = query.where(user.c.disabled_ms.is_(None), shift_pin.c.failures < MOST_FAILURES)
        query = query.where(user.c.role.in_([role.value for role in ROLES]))
        with self._engine.connect() as connection:
            return sorted((row.name for row in connection.execute(query)), key=in_order)

    def is_right(self, key: int, pin: str, address: str) -> bool:
        """Whether it is the account's PIN; a dead one never is. Raises Throttled."""
        with self._throttle.attempt(
            [f"pin:{key}", f"pin-address:{address}"], int(self._clock.now().timestamp() * 1000)
        ) as attempt:
            mine = shift_pin.c.user_id == key
            with self._engine.begin() as connection:
                # Counted before it is judged: ten tries are ten however many come at once.
                counted = update(shift_pin).where(mine, shift_pin.c.failures < MOST_FAILURES)
                alive = connection.execute(counted.values(failures=shift_pin.c.failures + 1)).rowcount == 1
                stored = connection.execute(select(shift_pin.c.pin_hash).where(mine)).scalar()
            if not is_right(stored if alive else None, pin):
                return False
            attempt.succeed()
            with self._engine.begin() as connection:
                connection.execute(update(shift_pin).where(mine).values(failures=0))
            return True
