"""The second step of signing in: codes of an app (TOTP, RFC 6238) or of a recovery sheet, each good once."""

import hmac

import pyotp
from sqlalchemy import Connection, Engine, delete, insert, select, update

from hub.store.access_tables import recovery_code, second_step
from hub.store.codes import new_code, typed
from hub.store.names import AccountError, digest
from hub.store.throttle import Throttle
from protocol.clock import Clock

RECOVERY_CODES = 8
#: Seconds a code of the app stands.
_PERIOD_S = 30
#: Codes before and after the present one that are taken: phones' clocks differ.
_DRIFT = 1


class SecondStep:
    """The apps and recovery sheets of the accounts that have one."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._throttle = Throttle(engine)

    def begin(self, key: int) -> str:
        """A secret to show to the app, the same until it is confirmed. Raises AccountError (`is-on`)."""
        with self._engine.begin() as connection:
            row = connection.execute(select(second_step).where(second_step.c.user_id == key)).first()
            if row is not None and row.since_ms is not None:
                raise AccountError("is-on", "the second step is on already; end it first")
            if row is not None:
                return str(row.secret)
            secret = pyotp.random_base32()
            connection.execute(insert(second_step).values(user_id=key, secret=secret, used_step=0))
        return secret

    def confirm(self, key: int, code: str) -> list[str] | None:
        """Turn it on by a first right code; the recovery codes, shown once. None: the code is wrong.

        Raises Throttled.
        """
        now_ms = self._now_ms()
        with self._throttle.attempt([f"second:{key}"], now_ms) as attempt, self._engine.begin() as connection:
            if not self._is_of_app(connection, key, code):
                return None
            attempt.succeed()
            connection.execute(
                update(second_step).where(second_step.c.user_id == key).values(since_ms=now_ms)
            )
            connection.execute(delete(recovery_code).where(recovery_code.c.user_id == key))
            codes = [new_code(2) for _ in range(RECOVERY_CODES)]
            rows = [{"code_hash": _hash(key, code), "user_id": key} for code in codes]
            connection.execute(insert(recovery_code), rows)
        return codes

    def is_right(self, key: int, code: str) -> bool:
        """Whether the code lets this account in; it is used up. Raises Throttled."""
        with (
            self._throttle.attempt([f"second:{key}"], self._now_ms()) as attempt,
            self._engine.begin() as connection,
        ):
            if self._is_of_app(connection, key, code) or self._is_of_sheet(connection, key, code):
                attempt.succeed()
                return True
        return False

    def end(self, connection: Connection, key: int) -> None:
        """Ask this account for it no more."""
        connection.execute(delete(recovery_code).where(recovery_code.c.user_id == key))
        connection.execute(delete(second_step).where(second_step.c.user_id == key))

    def sheet_left(self, key: int) -> int:
        """How many recovery codes are left."""
        with self._engine.connect() as connection:
            mine = select(recovery_code.c.code_hash).where(recovery_code.c.user_id == key)
            return len(connection.execute(mine).all())

    def _is_of_app(self, connection: Connection, key: int, code: str) -> bool:
        digits = "".join(code.split())
        row = connection.execute(select(second_step).where(second_step.c.user_id == key)).first()
        if row is None or not (digits.isascii() and digits.isdigit() and len(digits) == 6):
            return False
        app, step = pyotp.TOTP(row.secret), int(self._clock.now().timestamp()) // _PERIOD_S
        near = range(step - _DRIFT, step + _DRIFT + 1)
        fitting = [one for one in near if hmac.compare_digest(app.generate_otp(one), digits)]
        if not fitting:
            return False
        # Used once: in the same transaction, so that two browsers cannot share a code.
        unused = update(second_step).where(
            second_step.c.user_id == key, second_step.c.used_step < fitting[-1]
        )
        return connection.execute(unused.values(used_step=fitting[-1])).rowcount == 1

    def _is_of_sheet(self, connection: Connection, key: int, code: str) -> bool:
        mine = (recovery_code.c.code_hash == _hash(key, code)) & (recovery_code.c.user_id == key)
        return connection.execute(delete(recovery_code).where(mine)).rowcount == 1

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def address_of(secret: str, name: str, site: str) -> str:
    """What the QR code says to the app: `otpauth://…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=site)


def _hash(key: int, code: str) -> str:
    return digest(f"{key}:{typed(code)}")
