"""An instant and some chance in, the 26 letters and digits of an outbox's epoch out. Pure."""

from collections.abc import Callable
from datetime import datetime

#: Crockford's base 32: no I, L, O, U.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


def new_ulid(now: datetime, chance: Callable[[int], bytes]) -> str:
    """A ULID of `now`. Its time is for people only: a node's clock may be wrong when the outbox is made.

    `chance` gives so many random bytes, as `secrets.token_bytes` does.
    """
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds % 2**48) << 80 | int.from_bytes(chance(10), "big")
    return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
