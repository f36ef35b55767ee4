"""What a timetable writes about a class in, its code out: the words that name no person. Pure.

Titles such as `CS-101 Networks, Prof. A. Person` carry names; codes carry digits and names do not. So the
words with a digit are kept, e-mail and web addresses and telephone numbers are not, and the rest is
forgotten: a title without a code becomes "".
"""

import re

#: Words of a code; what follows is no longer a code.
_MOST_WORDS = 3
#: Characters of a code.
_MOST_LETTERS = 40
#: Ten characters of digits and what people write between them.
_TELEPHONE = re.compile(r"(?<!\w)\+?\d[\d\s()\-]{8,}\d(?!\w)")
_NUMBERS = re.compile(r"\b(enrolled|capacity|group)\s*[=:]\s*([^;\n]+)", re.IGNORECASE)


def class_code(title: str) -> str:
    """The code in `title`, for example `CS-101` of `CS-101 Networks, A. Person`."""
    words = _TELEPHONE.sub(" ", title).split()
    coded = [
        word.strip(",;:.()[]\"'«»")
        for word in words
        if any(letter.isdigit() for letter in word) and "@" not in word and "//" not in word
    ]
    return " ".join(coded[:_MOST_WORDS])[:_MOST_LETTERS]


def read_description(text: str) -> tuple[int | None, int | None, str | None]:
    """`enrolled`, `capacity` and the code of the `group` in an event's description; the rest is not kept.

    Raises ValueError where one is written but is no whole number.
    """
    found = {key.lower(): value.strip() for key, value in _NUMBERS.findall(text)}
    group = class_code(found["group"]) if "group" in found else None
    return read_people(found.get("enrolled", ""), "enrolled"), _seats(found), group or None


def read_people(text: str, name: str) -> int | None:
    """A number of people or seats, "" as None. Raises ValueError where it is no whole number from 0 on."""
    word = text.strip()
    if not word:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= 6):
        raise ValueError(f"{name}: `{word[:40]}` is not a number of people; write for example 24, or nothing")
    return int(word)


def _seats(found: dict[str, str]) -> int | None:
    return read_people(found.get("capacity", ""), "capacity")
