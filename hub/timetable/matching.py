"""Room names of a timetable in, spaces of the campus out; what matches none gets a hint. Pure.

`A-204`, `а 204`, `Ауд. А204` (Cyrillic А) are one room: case, spaces, dashes, dots and the letters that look
alike in both alphabets are folded. A dash between two digits stays: `1 - 11` is not `11 - 1`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping

from hub.layout import Space

#: Cyrillic capitals, Kazakh ones too, that look like Latin ones.
_ALIKE = str.maketrans("АВЕКМНОРСТУХІҺЅЈЁ", "ABEKMHOPCTYXIHSJE")
_WORDS = re.compile(r"^(АУДИТОРИЯ|АУД|КАБИНЕТ|КАБ|ДӘРІСХАНА|ДӘР|ROOM|RM|SALA)[\s.№#:]+(?=\S)")
_DASHES = re.compile(r"[\s.]*[-‐‑‒–—−_/]+[\s.]*")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.\-]+(?=\d)")


def fold_room(name: str) -> str:
    """The name as it is compared: `Ауд. а–204` → `A204`, `0 - 25` → `0-25`."""
    upper = _WORDS.sub("", name.strip().upper())
    dashed = _DASHES.sub("-", upper.translate(_ALIKE))
    kept = _BETWEEN_DIGITS.sub("~", dashed)
    return re.sub(r"[\s.\-]", "", kept).replace("~", "-")


class RoomNames:
    """The names of the campus's rooms: id, code on the door, names in the timetable."""

    def __init__(self, spaces: Iterable[Space]) -> None:
        self._levels: tuple[dict[str, set[str]], ...] = ({}, {}, {})
        self._shown: dict[str, str] = {}
        for space in spaces:
            for level, names in zip(
                self._levels, ((space.id,), (space.code,), space.timetable_names), strict=True
            ):
                for name in names:
                    level.setdefault(fold_room(name), set()).add(space.id)
                    self._shown.setdefault(fold_room(name), name)

    def find(self, name: str) -> str | None:
        """The id of the one space called `name`; None: there is none, or more than one."""
        for level in self._levels:
            found = level.get(fold_room(name), set())
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def hint(self, name: str) -> str:
        """Why `name` matches nothing, and the nearest name that would."""
        folded = fold_room(name)
        for level in self._levels:
            if len(level.get(folded, ())) > 1:
                return f"; it may be {' or '.join(f'`{one}`' for one in sorted(level[folded]))}"
        return nearest(folded, self._shown)


def nearest(folded: str, shown: Mapping[str, str]) -> str:
    """`; did you mean x?` for the nearest of the folded names, as it is written, or nothing."""
    near = difflib.get_close_matches(folded, list(shown), n=1)
    return f"; did you mean `{shown[near[0]]}`?" if near else ""
