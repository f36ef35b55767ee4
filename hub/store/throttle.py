"""Makes guessing slow: failures per account and per address, kept in the store over restarts."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, delete, func, insert, select

from hub.errors import HubError
from hub.store.schema import attempt

#: Failures within the window that cost nothing, by the first word of whom they are counted for.
_FREE = {"name": 5, "address": 20}
_WINDOW_MS = 3_600_000
#: The longest wait, seconds: a guard who mistypes is not locked out of the shift.
_LONGEST_S = 300


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
        """One try by or about each of `whom` (`name:…`, `address:…`); raises Throttled before it begins."""
        # Counted before it is judged, so that many tries at once do not share one chance.
        with self._engine.begin() as connection:
            connection.execute(delete(attempt).where(attempt.c.at_ms < now_ms - _WINDOW_MS))
            wait_ms = max(_wait_ms(connection, who, now_ms) for who in whom)
            if wait_ms <= 0:
                connection.execute(insert(attempt), [{"who": who, "at_ms": now_ms} for who in whom])
        if wait_ms > 0:
            raise Throttled(-(-wait_ms // 1000))
        one = Attempt()
        try:
            yield one
        finally:
            if one.is_right:
                self._forgive(whom, now_ms)

    def _forgive(self, whom: list[str], now_ms: int) -> None:
        """The account starts anew; the address only loses this one try."""
        names = [who for who in whom if who.startswith("name:")]
        mine = attempt.c.who.in_(whom) & (attempt.c.at_ms == now_ms)
        with self._engine.begin() as connection:
            connection.execute(delete(attempt).where(attempt.c.who.in_(names) | mine))


def _wait_ms(connection: Connection, who: str, now_ms: int) -> int:
    """How much longer `who` must wait; the more failures in the last hour, the longer."""
    query = select(func.count(), func.max(attempt.c.at_ms)).where(attempt.c.who == who)
    failures, newest_ms = connection.execute(query).one()
    beyond = int(failures) - _FREE[who.partition(":")[0]]
    if beyond < 0 or newest_ms is None:
        return 0
    wait_s = min(1 << min(beyond, 20), _LONGEST_S)
    return int(newest_ms) + wait_s * 1000 - now_ms
