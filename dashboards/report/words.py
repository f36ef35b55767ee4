"""The words, numbers and dates of a report in one language, without a request: keys in, text out."""

from datetime import date, datetime, tzinfo
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from dashboards.settings import STATIC

LANGUAGES = ("kk", "ru", "en")
#: The 24 h clock and the day before the month.
_LOCALES = {"kk": "kk", "ru": "ru", "en": "en_GB"}
_OURS = STATIC.parent / "translations"


class Words:
    """One language. `folder` holds other catalogues than ours."""

    def __init__(self, language: str, folder: Path | None = None) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"`{language[:20]}` is no language of ours: write {', '.join(LANGUAGES)}")
        self.language = language
        self._locale = _LOCALES[language]
        self._words: NullTranslations = Translations.load(str(folder or _OURS), [language])

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key, with values in their places."""
        text = str(self._words.gettext(key))
        return text.format(**values) if values else text

    def code(self, table: str, code: str) -> str:
        """The word for a code of the hub; one that has none shows itself."""
        key = f"{table}.{code}"
        said = self(key)
        return code if said == key else said

    def number(self, value: float, places: int = 0) -> str:
        """A number with so many places at most."""
        return str(format_decimal(value, format=f"#,##0.{'#' * places}", locale=self._locale))

    def percent(self, value: float) -> str:
        """A share, 0–1, as a percentage with one place at most; never rounded to a whole it is not."""
        rounded = round(value, 3)
        if rounded == 1 and value < 1:
            rounded = 0.999
        return str(format_percent(rounded, format=self._percent_form(), locale=self._locale))

    def day(self, day: date) -> str:
        """A date in words."""
        return str(format_date(day, format="long", locale=self._locale))

    def instant(self, at: datetime, zone: tzinfo) -> str:
        """A date with the time of the campus, to the minute."""
        local = at.astimezone(zone)
        return f"{self.day(local.date())}, {format_datetime(local, 'HH:mm', locale=self._locale)}"

    def _percent_form(self) -> str:
        return "#,##0.#%" if self.language == "en" else "#,##0.#\u00a0%"
