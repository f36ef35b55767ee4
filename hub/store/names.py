"""Names of people as they are stored, compared and refused, and what is stored of a secret. Pure."""

import hashlib
import unicodedata
from datetime import timedelta

from hub.errors import HubError


class AccountError(HubError, ValueError):
    """A name, role, password, PIN or code that cannot be taken; `code` says which rule it breaks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def clean_name(name: str) -> str:
    """The name as it is stored and shown. Raises AccountError when it is empty, long or cannot be printed."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(clean) <= 40:
        raise AccountError("name", f"a name has 1 to 40 characters, got {len(clean)}")
    if not all(letter.isalnum() or letter in " .-" for letter in clean):
        raise AccountError("name", "a name has letters, digits, spaces, dots and dashes only")
    return clean


def printable(words: str) -> str:
    """What a person wrote, in one line, without letters that control the screen or turn the text around."""
    shown = (
        " " if letter in "\t\n\r\u2028\u2029" else letter
        for letter in unicodedata.normalize("NFC", words)
        if letter in "\t\n\r" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return "".join(shown).strip()


#: Capitals of Cyrillic and Greek, and the Latin ones they look like.
_ALIKE = str.maketrans(
    "АВЕЁКМНОРСТУХІЇЈЅҺҮҰҚҒАΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEEKMHOPCTYXIIJSHYYKFAABEZHIKMNOPTYX",
)
#: Names that speak for the system, the command line or a role; the roles as the screens call them.
_RESERVED = (
    *("command line", "kuzet", "күзет", "кузет", "hub", "api", "system", "-", "chatter-guard"),
    *("guard", "manager", "admin", "auditor", "facility manager", "administrator"),
    *("күзетші", "ғимарат меңгерушісі", "әкімші", "тексеруші"),
    *("охранник", "заведующий зданием", "администратор", "проверяющий", "админ"),
)


def look(name: str) -> str:
    """The name as the eye compares it: whatever its case, and Cyrillic letters that look Latin as Latin."""
    wide = unicodedata.normalize("NFKC", name).casefold().upper().translate(_ALIKE)
    return "".join(letter for letter in wide if letter.isalnum())


def is_reserved(name: str) -> bool:
    """Whether the name looks as if the system or a role spoke."""
    return look(name) in {look(one) for one in _RESERVED}


def folded(name: str) -> str:
    """The name as it is compared: whatever its case and spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def digest(secret: str) -> str:
    """What is stored of a secret that nobody can guess: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def in_ms(length: timedelta) -> int:
    """The length in milliseconds."""
    return int(length.total_seconds() * 1000)


#: The letters as a Kazakh list has them; by their numbers Ә Ғ Қ Ң Ө Ұ Ү Һ І would come after Я.
_ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_PLACES = {letter: (1, place) for place, letter in enumerate(_ALPHABET)}


def in_order(name: str) -> list[tuple[int, int]]:
    """A key that sorts names as Kazakh lists do: digits and Latin letters first."""
    return [_PLACES.get(letter, (0, ord(letter))) for letter in folded(name)]
