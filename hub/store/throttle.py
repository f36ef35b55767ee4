"""Makes guessing slow: failures per account, browser and address, kept in the store over restarts."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select

from hub.errors import HubError
from hub.store.schema import attempt

_WINDOW_MS = 3_600_000


class _Patience(NamedTuple):
    #: Failures within the window that cost nothing.
    free: int
    #: The longest wait, seconds: a guard who mistypes is not locked out of the shift.
    longest_s: int
    #: Whether being right once forgives every failure before.
    forgives: bool = False
    #: Failures after which nothing is judged until an hour after the last; None: only ever longer waits.
    most: int | None = None


#: By the first word of whom failures are counted for.
_PATIENCE = {
    # One account tried from one address: what a guesser does and what a guard who mistypes does.
    "pair": _Patience(5, 300, forgives=True),
    # A browser that account has signed in with before: guessers elsewhere do not make it wait.
    "browser": _Patience(10, 300, forgives=True),
    # One address, whatever the account.
    "address": _Patience(20, 300),
    # One account from anywhere, for guessers with many addresses.
    "name": _Patience(100, 300),
    # One-time codes have 99 bits: nobody guesses one, and they must let in while passwords are guessed.
    "code": _Patience(20, 5),
    # A code of an app or of the recovery sheet, after a right password.
    "second": _Patience(5, 300, forgives=True),
    # Few digits: one account's PIN tried by one account or from one address; ten, and it is dead there for
    # an hour. Whose PIN it is signs on elsewhere meanwhile.
    "pin": _Patience(3, 900, forgives=True, most=10),
    "pin-address": _Patience(20, 300),
}


class Throttled(HubError):
    """Too many failures; try again after `wait_s`."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many failed sign-ins; try again in {wait_s} s")
        self.wait_s = wait_s


class Attempt:
    """One try; a failure unless `succeed` is called."""

    def __init__(self) -> None:
        self.is_right = False

    def succeed(self) -> None:
        """It was no failure."""
        self.is_right = True


class Throttle:
    """Counts failed tries in the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def attempt(self, whom: list[str], now_ms: int) -> Iterator[Attempt]:
        """One try by or about each of `whom` (`pair:…`, `address:…`); raises Throttled before it begins."""
        # Who must wait is told without a write: a flood of guesses does not hold the store.
        with self._engine.connect() as connection:
            _require_patience(connection, whom, now_ms)
        # Counted before it is judged, so that many tries at once do not share one chance.
        with self._engine.begin() as connection:
            connection.execute(delete(attempt).where(attempt.c.at_ms < now_ms - _WINDOW_MS))
            _require_patience(connection, whom, now_ms)
            connection.execute(insert(attempt), [{"who": who, "at_ms": now_ms} for who in whom])
        one = Attempt()
        try:
            yield one
        finally:
            if one.is_right:
                self._forgive(whom, now_ms)

    def _forgive(self, whom: list[str], now_ms: int) -> None:
        """What is the asker's own starts anew; what is shared with others only loses this one try."""
        own = [who for who in whom if _PATIENCE[who.partition(":")[0]].forgives]
        mine = attempt.c.who.in_(whom) & (attempt.c.at_ms == now_ms)
        with self._engine.begin() as connection:
            connection.execute(delete(attempt).where(attempt.c.who.in_(own) | mine))


def pair(name: str, address: str) -> str:
    """One account tried from one address."""
    both = name.encode() + b"\0" + address.encode()
    return f"pair:{hashlib.sha256(both).hexdigest()[:40]}"


def _require_patience(connection: Connection, whom: list[str], now_ms: int) -> None:
    query = select(attempt.c.who, func.count(), func.max(attempt.c.at_ms)).group_by(attempt.c.who)
    query = query.where(attempt.c.who.in_(whom), attempt.c.at_ms >= now_ms - _WINDOW_MS)
    waits = [_wait_ms(who, failures, newest - now_ms) for who, failures, newest in connection.execute(query)]
    if max(waits, default=0) > 0:
        raise Throttled(-(-max(waits) // 1000))


def _wait_ms(who: str, failures: int, newest_ms: int) -> int:
    """How much longer `who` must wait; the more failures in the last hour, the longer.

    `newest_ms` is when the newest of them was, from now: below zero.
    """
    patience = _PATIENCE[who.partition(":")[0]]
    if patience.most is not None and failures >= patience.most:
        return newest_ms + _WINDOW_MS
    beyond = failures - patience.free
    if beyond < 0:
        return 0
    return newest_ms + min(1 << min(beyond, 20), patience.longest_s) * 1000
