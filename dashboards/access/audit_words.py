"""What an entry of the audit log says, in the reader's language: its subject and detail in, text out.

What a person typed stands as it was typed; what has neither a name nor a word is code.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
from flask_babel import gettext
from markupsafe import Markup

from dashboards.access.auditing import AuditView
from dashboards.duty.handover import campus_hour
from dashboards.words.naming import Names, as_code, word_or_code
from dashboards.words.wording import known_word

#: Words of a detail that are one of a table's.
_TABLES = {
    "rule": "rule",
    "role": "role",
    "to": "role",
    "task": "task",
    "scope": "tokens.scope",
    "way": "audit.way",
    "step": "audit.way",
    "what": "alerts.drill",
    "outcome": "receivers.outcome",
}
#: What a person typed.
_TYPED = ("reason", "note", "starts", "source")
#: Of a treatment: its action is the entry's own.
_SAID_BEFORE = ("action",)
_DIGEST = 12


class AuditWords:
    """Of one page of the log."""

    def __init__(self, names: Names, alert_label: Callable[[str], str | None], offset: timedelta) -> None:
        self._names, self._alert_label = names, alert_label
        self._offset_min = int(offset.total_seconds() // 60)

    def subject(self, one: AuditView) -> str:
        """What it is about, by its name."""
        kind, subject = one.action.partition(".")[0], one.subject
        if kind in ("sign_in", "account", "token") or not subject:
            return subject
        if kind == "alert":
            return self._alert_label(subject) or as_code(subject)
        if kind == "shift":
            return self._names.shift(subject)
        if kind == "campus":
            return gettext("audit.campus") if subject == "campus" else as_code(subject)
        if kind == "plan":
            building, _, floor = subject.partition("/")
            level = gettext("board.floor").format(n=floor)
            return Markup("{} · {}").format(self._names.building(building), level)
        if kind == "report":
            return " – ".join(_day(part) for part in subject.split(".."))
        return self._names.place(subject)

    def detail(self, one: AuditView) -> str:
        """Everything beside, in one line."""
        parts = [
            Markup("{}: {}").format(self._key(name), self._value(one.action, name, value))
            for name, value in one.detail.items()
            if value not in ("", None, []) and not (one.action.startswith("task.") and name in _SAID_BEFORE)
        ]
        return Markup(" · ").join(parts)

    def _key(self, name: str) -> str:
        key = f"audit.key.{name}"
        return gettext(key) if known_word(key) else as_code(name)

    def _value(self, action: str, name: str, value: Any) -> str:
        if isinstance(value, bool):
            if action == "space.hold":
                return gettext("audit.closed" if value else "audit.opened")
            return gettext("audit.yes" if value else "audit.no")
        if isinstance(value, list):
            return Markup(", ").join(self._value(action, name, one) for one in value)
        if isinstance(value, (int, float)):
            return str(value)
        if not isinstance(value, str):
            return as_code(msgspec.json.encode(value).decode())
        if name in _TYPED:
            return value
        if name in _TABLES:
            return word_or_code(_TABLES[name], value)
        if name in ("space", "building", "buildings", "added", "removed", "moved"):
            return self._names.place(value)
        if name == "until":
            return campus_hour(value, self._offset_min)
        if name == "edits":
            return word_or_code("campus.edit", value)
        return as_code(value[:_DIGEST] if name.endswith("sha256") else value)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return as_code(text)
