"""Hashes and judges passwords: argon2id, at most two at a time so that sign-ins cannot stall the board."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
#: Longer ones only make hashing slow.
LONGEST = 200
#: Words that guessers try first; a password built around one, with little more, is refused.
_COMMON = (
    "password",
    "qwerty",
    "йцукен",
    "пароль",
    "құпиясөз",
    "кітап",
    "123456",
    "111111",
    "000000",
    "abc123",
    "iloveyou",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "guard",
    "kuzet",
    "күзет",
    "campus",
    "кампус",
    "university",
    "университет",
    "qazaqstan",
    "kazakhstan",
    "казахстан",
    "қазақстан",
    "almaty",
    "алматы",
    "astana",
    "астана",
)
#: Letters and digits a password must have beyond a common word or the account's name.
_BEYOND = 6

# 19 MiB, two passes: 42 ms on a desktop core, 128 ms at a quarter of one; the library's 64 MiB: 0.9 s there.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two = threading.BoundedSemaphore(2)
#: Compared with when there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash("nobody has this password")


def fault_in(password: str, name: str) -> str | None:
    """Why a new password is refused (`short`, `long`, `common`); None when it may be taken."""
    normal = _normal(password)
    if len(normal) < SHORTEST:
        return "short"
    if len(normal) > LONGEST:
        return "long"
    folded = normal.casefold()
    rest = min((folded.replace(word, "") for word in (*_COMMON, _normal(name).casefold())), key=len)
    if len(set(folded)) < 5 or len(rest) < _BEYOND:
        return "common"
    return None


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _two:
        return _hasher.hash(_normal(password))


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long when nothing is stored."""
    if len(password) > LONGEST:
        return False
    with _two:
        try:
            return _hasher.verify(stored or _NOBODY, _normal(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
