"""The hub's plain English sentences about alerts, said in the reader's language; unknown ones as they are."""

import re

from flask_babel import gettext

#: What a correction says, by a part of it; `static/js/rail.js` knows the same.
_CORRECTIONS = {
    "it held after all": "corrected.held",
    "it did not hold": "corrected.not-held",
    "only afterwards": "corrected.missed",
}
_WAS = re.compile(r"was (\S+), not (\S+)")
_REGRADED = re.compile(r"P([123]) to P([123])")
_REASONS = {
    "other limits": "alerts.note.other-limits",
    "no-rule": "alerts.note.no-rule",
    "drill-over": "alerts.note.drill-over",
}


def correction(text: str) -> str:
    """What late data say of an alert."""
    was = _WAS.search(text)
    if was is not None:
        return str(gettext("corrected.was").format(was=was[1], **{"not": was[2]}))
    key = next((key for part, key in _CORRECTIONS.items() if part in text), None)
    return f"{gettext('board.corrected')}: {text}" if key is None else str(gettext(key))


def note(text: str) -> str:
    """What an alert's change of grade or its closing says of itself."""
    grades = _REGRADED.fullmatch(text)
    if grades is not None:
        return " → ".join(str(gettext(f"alerts.priority.{one}")) for one in grades.groups())
    return str(gettext(_REASONS[text])) if text in _REASONS else text
