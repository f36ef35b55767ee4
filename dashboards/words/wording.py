"""The words of the screens in three languages: codes in, catalogues out; Kazakh unless the reader chose."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Blueprint, Flask, redirect, request
from flask_babel import Babel, gettext
from werkzeug.wrappers import Response

from dashboards.access.gate import safe_next, visitor
from dashboards.services import services
from dashboards.settings import STATIC

blueprint = Blueprint("wording", __name__)
#: As the switch shows them; Kazakh first.
LANGUAGES = {"kk": "Қаз", "ru": "Рус", "en": "Eng"}
_COOKIE = "kuzet_language"
#: Words the board's scripts need: a code of the API is the last part of its key.
_FOR_SCRIPTS = (
    *("ago.", "board.", "clause.", "corrected.", "limit.", "muted.", "pin.", "reason."),
    *("role.", "rule.", "task.", "tile."),
)


def language() -> str:
    """What was chosen in this browser, else the account's, else Kazakh."""
    chosen, asker = request.cookies.get(_COOKIE, ""), visitor()
    if chosen not in LANGUAGES and asker is not None:
        chosen = asker.user.language or ""
    return chosen if chosen in LANGUAGES else "kk"


def add_wording(app: Flask, translations: Path | None = None) -> None:
    """Teach the app and its templates the words: ours, or those of another folder of catalogues."""
    app.config["BABEL_DEFAULT_LOCALE"] = "kk"
    if translations is not None:
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    Babel(app, locale_selector=language)  # type: ignore[no-untyped-call]  # Flask-Babel carries no types
    app.jinja_env.filters["clause"] = clause_of
    app.jinja_env.globals.update(languages=LANGUAGES, language=language, said=said)


def script_words(*tables: str) -> dict[str, str]:
    """The catalogue for the board's scripts, in the reader's language; or the keys of these tables only."""
    wanted = tuple(f"{table}." for table in tables)
    keys = _keys(wanted) if tables else _script_keys()
    return {key: gettext(key) for key in keys}


def said(table: str, code: str) -> str:
    """The word for a code of the hub; one that has none shows itself."""
    key = f"{table}.{code}"
    return str(gettext(key)) if known_word(key) else code


def known_word(key: str) -> bool:
    """Whether the catalogue has a word of this key."""
    return key in _keys((key,))


def ago(age_s: float) -> str:
    """How long ago, in whole units, rounded down: "7 min ago"."""
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if age_s >= seconds:
            return str(gettext("ago.ago").format(age=gettext(f"ago.{unit}").format(n=int(age_s // seconds))))
    return str(gettext("ago.ago").format(age=gettext("ago.s").format(n=int(age_s))))


def clause_of(source: str | None) -> str:
    """What a limit rests on, as people are told: the clause or the guide, without its English reasons."""
    first = (source or "").partition(";")[0].partition(":")[0].strip()
    return str(gettext("clause.ours")) if first == "ours" or first.startswith("docs/") else first


def known_rules() -> list[str]:
    """Every rule that has a title: those an alert can come from."""
    keys = [key.removeprefix("rule.") for key in _script_keys() if key.startswith("rule.")]
    return [key for key in keys if "." not in key]


@blueprint.get("/language/<chosen>")
def choose(chosen: str) -> Response:
    """Remember the reader's language and go back."""
    answer = redirect(safe_next(request.args.get("next")), 303)
    if chosen in LANGUAGES:
        year_s, https = 365 * 24 * 3600, services().settings.https
        answer.set_cookie(_COOKIE, chosen, max_age=year_s, secure=https, httponly=True, samesite="Lax")
    return answer


def _script_keys() -> tuple[str, ...]:
    return _keys(_FOR_SCRIPTS)


@cache
def _keys(beginnings: tuple[str, ...]) -> tuple[str, ...]:
    with (STATIC.parent / "translations/kk/LC_MESSAGES/messages.po").open("rb") as file:
        keys = [message.id for message in read_po(file) if isinstance(message.id, str)]
    return tuple(sorted(key for key in keys if key.startswith(beginnings)))
