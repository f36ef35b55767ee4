"""Notifications in, a message in the reader's language out: place, what happened, what to do, clause."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from string import Formatter
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from hub.alerts.notification import Notification, Reason
from hub.receivers.message import Message
from protocol.config import read_struct

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("kk", "ru", "en")
#: The text of a rule that has none of its own yet: better a plain word than none.
ANY_RULE = "any"
#: A digest lists so many; how many more there are it says.
LISTED = 15


class RuleText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said about one rule."""

    #: What it is, as a noun: used when it is over.
    name: str
    #: What to do first, verb first, at most 40 characters.
    title: str
    #: What happened.
    what: str
    #: The same with `{value}` and `{limit}`, where both are known.
    measured: str | None = None
    #: What to do.
    do: str


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said whatever the rule."""

    drill: str
    drill_line: str
    over: str
    over_line: str
    was_and_is_over: str
    since: str
    do: str
    clause: str
    id: str
    #: By reason: a line of its own.
    reasons: dict[str, str]
    digest: str
    more: str
    test_title: str
    test_text: str
    decimal: str


class Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language."""

    words: Words
    rules: dict[str, RuleText]

    def of(self, rule: str) -> RuleText:
        """The text of a rule."""
        return self.rules.get(rule) or self.rules[ANY_RULE]


class Told(NamedTuple):
    """One notification, and whether it also tells of the beginning that nobody has heard of."""

    notification: Notification
    tells_all: bool = False


def read_texts(folder: Path = TEXTS) -> dict[str, Texts]:
    """The texts by language. Raises ConfigError."""
    return {language: read_struct(folder / f"{language}.toml", Texts) for language in LANGUAGES}


class Wording:
    """Makes messages."""

    def __init__(self, texts: dict[str, Texts], base_url: str | None) -> None:
        self._texts = texts
        self._base_url = base_url.rstrip("/") if base_url else None

    def message(self, told: Sequence[Told], language: str, timezone: str) -> Message:
        """One message for one notification, or a digest of several, most urgent first."""
        zone = _zone(timezone)
        ids = tuple(one.notification.id for one in told)
        first = told[0].notification
        is_one = len(told) == 1
        title = self._title(told[0], language) if is_one else self._digest_title(told, language)
        text = self._text(told[0], language, zone) if is_one else self._digest(told, language, zone)
        short = short_id(ids)
        path = f"/alerts/{first.alert}" if is_one else "/board"
        return Message(
            ids=ids,
            short_id=short,
            title=title,
            text=f"{text}\n{self._texts[language].words.id.format(id=short)}",
            link=f"{self._base_url}{path}" if self._base_url else None,
            priority=min(one.notification.priority for one in told),
            language=language,
            is_drill=all(one.notification.is_drill for one in told),
        )

    def test(self, receiver: str, language: str, short: str) -> Message:
        """A message that only asks whether it arrives."""
        words = self._texts[language].words
        return Message(
            ids=(f"test-{short}",),
            short_id=short,
            title=words.test_title,
            text=f"{words.test_text.format(receiver=receiver)}\n{words.id.format(id=short)}",
            link=self._base_url,
            priority=3,
            language=language,
        )

    def _title(self, told: Told, language: str) -> str:
        one, texts = told.notification, self._texts[language]
        rule = texts.of(one.rule)
        said = f"{texts.words.over}: {rule.name}" if one.reason is Reason.RESOLVED else rule.title
        said = f"{said} · {clean(one.label)}"
        is_drill = one.is_drill or one.reason is Reason.DRILL
        return f"{texts.words.drill} · {said}" if is_drill else said

    def _text(self, told: Told, language: str, zone: ZoneInfo) -> str:
        one, words = told.notification, self._texts[language].words
        rule = self._texts[language].of(one.rule)
        is_over = one.reason is Reason.RESOLVED
        lines = [_place(one, language), words.since.format(time=_clock(one.since, one.at, zone))]
        lines.append(self._what(one, rule, words))
        if one.is_drill or one.reason is Reason.DRILL:
            lines.insert(0, words.drill_line)
        if is_over:
            said = words.was_and_is_over if told.tells_all else words.over_line
            lines.append(said.format(time=_clock(one.at, one.at, zone)))
        else:
            lines.append(words.reasons.get(one.reason.value, ""))
            lines.append(f"{words.do}: {rule.do}")
        lines.append(words.clause.format(clause=clean(one.clause)) if one.clause else "")
        return "\n".join(line for line in lines if line)

    def _what(self, one: Notification, rule: RuleText, words: Words) -> str:
        if rule.measured is None or one.value is None or one.limit is None:
            return rule.what
        return rule.measured.format(
            value=_number(one.value, words.decimal), limit=_number(one.limit, words.decimal)
        )

    def _digest_title(self, told: Sequence[Told], language: str) -> str:
        words = self._texts[language].words
        return f"{words.digest.format(count=len(told))} · {self._title(told[0], language)}"

    def _digest(self, told: Sequence[Told], language: str, zone: ZoneInfo) -> str:
        words = self._texts[language].words
        lines = []
        for one in told[:LISTED]:
            at = _clock(one.notification.since, one.notification.at, zone)
            lines.append(f"• {at} {self._title(one, language)}")
        if len(told) > LISTED:
            lines.append(words.more.format(count=len(told) - LISTED))
        return "\n".join(lines)


def short_id(ids: Sequence[str]) -> str:
    """Eight letters and digits that stay the same for the same notifications."""
    return blake2b("\n".join(ids).encode(), digest_size=4).hexdigest()


def clean(text: str) -> str:
    """One line without signs that steer a terminal, a header or the direction of writing."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _place(one: Notification, language: str) -> str:
    label = clean(one.label)
    if one.place is None:
        return label
    name = clean(getattr(one.place, language))
    return name if label in name else f"{label}, {name}"


def _clock(at: datetime, sent_at: datetime, zone: ZoneInfo) -> str:
    """The time of day there; with the date where it was another day."""
    local, today = at.astimezone(zone), sent_at.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == today.date() else "%d.%m %H:%M")


def _number(value: float, decimal: str) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}".replace(".", decimal)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
