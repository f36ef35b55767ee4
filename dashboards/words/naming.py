"""What people call what has an id: ids of the campus in, names in the reader's language out.

Where there is no name the id itself is given, as code, so that nobody takes it for a word.
"""

from collections.abc import Mapping

from flask_babel import gettext
from markupsafe import Markup

from dashboards.administration.campus_edits import layout
from dashboards.words.wording import known_word, language, said
from hub.store.campus_rows import DutyView, LayoutRow

_CODE = Markup("<code>{}</code>")
#: The other side of a door that leads out of the campus.
_OUTSIDE = "outside"


def as_code(id: str) -> Markup:
    """An id that has no name."""
    return _CODE.format(id)


def word_or_code(table: str, code: str) -> str:
    """The word for a code of the hub; one that has none, as code."""
    return said(table, code) if known_word(f"{table}.{code}") else as_code(code)


class Names:
    """The names of one campus; without one, every id is code."""

    def __init__(self, campus: LayoutRow | None) -> None:
        self._buildings: Mapping[str, dict[str, str]] = {}
        self._codes: Mapping[str, str] = {}
        self._doors: Mapping[str, tuple[str, str]] = {}
        if campus is not None:
            self._buildings = {one.id: one.names for one in campus.buildings}
            self._codes = {one.id: one.code for one in campus.spaces}
            self._doors = {one.id: (one.outer, one.inner) for one in campus.doors}

    def building(self, id: str) -> str:
        """`А корпусы`."""
        return self._buildings.get(id, {}).get(language()) or as_code(id)

    def space(self, id: str) -> str:
        """`A-204`."""
        return self._codes.get(id) or as_code(id)

    def id_of(self, typed: str) -> str:
        """The id of the space called so; what is no space's code, as it is."""
        return next((id for id, code in self._codes.items() if code.lower() == typed.lower()), typed)

    def place(self, id: str) -> str:
        """A space, a building or a door by what it is called; anything else is code."""
        if id in self._doors:
            outer, inner = (self._side(one) for one in self._doors[id])
            return Markup("{} → {}").format(outer, inner)
        return self._codes.get(id) or self.building(id)

    def shift(self, id: str) -> str:
        """A word for the shifts that most campuses have."""
        return word_or_code("shift", id)

    def duty(self, one: DutyView) -> str:
        """A duty is called after what it does: `Күзетші · А корпусы · күндізгі`."""
        where = ", ".join(self.building(id) for id in one.buildings) or gettext("people.everywhere")
        when = Markup(", ").join(self.shift(id) for id in one.shifts)
        return Markup(" · ").join(part for part in (gettext(f"role.{one.role}"), where, when) if part)

    def _side(self, id: str) -> str:
        return gettext("doors.outside") if id == _OUTSIDE else self.space(id)


def names_now() -> Names:
    """The names of the campus in force."""
    return Names(layout())
