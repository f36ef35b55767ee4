"""What people read: complete in three languages, short, without temperatures, names or tricks."""

import re
from datetime import UTC, datetime

import pytest

from hub.alerts.notification import Reason
from hub.courier.wording import ANY_RULE, LANGUAGES, Told, Wording, clean, placeholders, read_texts, short_id
from hub.receivers.message import Message
from hub.rules import CHECKS
from tests.hub.courier.desk import make_notification

#: Rules that speak though no check of a subject yields them.
BESIDE_CHECKS = (
    "silent-building",
    "nobody-reachable",
    "timetable-over-cap",
    "expected-against-seen",
    ANY_RULE,
)
TITLE_LENGTH = 40
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TEXTS = read_texts()
WORDING = Wording(TEXTS, "https://kuzet.example.org/")
#: How the first clause of a title begins or ends that tells somebody to act.
ACTS = {
    "kk": re.compile(r"^[^:]*(ңыз|ңіз)(:|$)"),
    "ru": re.compile(r"^[А-Я][а-я]+(те|тесь)\b"),
    "en": re.compile(
        r"^(Stop|Check|End|Clear|Extend|Treat|Air|Disinfect|Screen|Fill|Put|Move|Measure|Look)\b"
    ),
}


def message(language: str, reason: Reason = Reason.FIRED, **changes: object) -> Message:
    one = make_notification("a1-1", AT, reason=reason, **changes)  # type: ignore[arg-type]
    return WORDING.message([Told(one)], language, "Asia/Almaty")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_all_its_texts(language: str) -> None:
    assert {*CHECKS, *BESIDE_CHECKS} - TEXTS[language].rules.keys() == set()
    empty = [
        (rule, field)
        for rule, text in TEXTS[language].rules.items()
        for field in ("name", "title", "what", "do")
        if not getattr(text, field).strip()
    ]
    assert empty == []


def test_languages_have_the_same_rules_words_and_placeholders() -> None:
    def shape(language: str) -> dict[str, set[str] | None]:
        rules = TEXTS[language].rules
        return {rule: placeholders(text.measured) if text.measured else None for rule, text in rules.items()}

    assert shape("kk") == shape("ru") == shape("en")
    words = [TEXTS[language].words for language in LANGUAGES]
    assert len({tuple(sorted(one.reasons)) for one in words}) == 1
    for field in ("since", "clause", "id", "digest", "more", "over_line", "was_and_is_over", "test_text"):
        assert len({frozenset(placeholders(getattr(one, field))) for one in words}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_short_and_tell_what_to_do_first(language: str) -> None:
    titles = {rule: text.title for rule, text in TEXTS[language].rules.items()}
    assert {rule: title for rule, title in titles.items() if len(title) > TITLE_LENGTH} == {}
    assert {rule: title for rule, title in titles.items() if not ACTS[language].search(title)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(language: str, reason: Reason) -> None:
    assert reason is Reason.RESOLVED or reason.value in TEXTS[language].words.reasons


def test_message_has_place_time_what_to_do_clause_id_and_link() -> None:
    said = message("en")
    assert said.title == "Stop entry: the room is too full · A-204"
    assert said.text.splitlines() == [
        "A-204, Room 204",
        "Since 08:58.",
        "34 people counted, 30 allowed.",
        "To do: stop entry and send the extra people out.",
        "Basis: §71",
        f"No. {short_id(['a1-1'])}",
    ]
    assert said.link == "https://kuzet.example.org/alerts/a1"


@pytest.mark.parametrize(
    ("language", "drill"), [("kk", "ОҚУ ДАБЫЛЫ"), ("ru", "УЧЕБНАЯ ТРЕВОГА"), ("en", "DRILL")]
)
@pytest.mark.parametrize("reason", [Reason.DRILL, Reason.FIRED, Reason.ESCALATED, Reason.RESOLVED])
def test_drill_is_labelled_in_every_title(language: str, drill: str, reason: Reason) -> None:
    said = message(language, reason, is_drill=reason is not Reason.DRILL)
    assert said.title.startswith(f"{drill} · ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_screening_tells_neither_value_nor_temperature(language: str) -> None:
    text = TEXTS[language].rules["elevated-screening"]
    assert text.measured is None
    said = message(language, rule="elevated-screening", value=38.4)
    everything = said.title + said.text
    assert "38" not in everything
    assert "°" not in everything
    assert not re.search(r"температур|температура|дене қызуы|temperature|fever", everything, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_without_a_text_is_told_all_the_same(language: str) -> None:
    assert TEXTS[language].rules[ANY_RULE].title in message(language, rule="of-tomorrow").title


def test_end_tells_when_and_says_what_is_over() -> None:
    said = message("ru", Reason.RESOLVED)
    assert said.title == "Закончилось: Превышение вместимости · A-204"
    assert "Закончилось в 09:00." in said.text
    assert "Что делать" not in said.text


def test_time_of_another_day_has_its_date() -> None:
    one = make_notification("a1-1", datetime(2026, 11, 22, 19, 1, tzinfo=UTC))
    said = WORDING.message([Told(one)], "en", "Asia/Almaty")
    assert "Since 22.11 23:59." in said.text


def test_zone_that_is_unknown_is_utc() -> None:
    said = WORDING.message([Told(make_notification("a1-1", AT))], "en", "Mars/Olympus")
    assert "Since 03:58." in said.text


def test_line_breaks_and_signs_of_direction_cannot_come_from_a_name() -> None:
    said = message("en", label="A\r\nBcc: all@example.org\u202e\x1b[31m")
    assert said.title.isprintable()
    assert clean("a\u2028b\tc") == "a b c"


def test_digest_lists_fifteen_and_counts_the_rest() -> None:
    told = [Told(make_notification(f"a{i}-1", AT)) for i in range(20)]
    said = WORDING.message(told, "kk", "Asia/Almaty")
    assert said.text.count("•") == 15
    assert "тағы 5 хабарлама тақтада" in said.text
    assert said.link == "https://kuzet.example.org/board"


def test_short_id_depends_on_what_is_carried_only() -> None:
    assert short_id(["a", "b"]) == short_id(["a", "b"])
    assert short_id(["a", "b"]) != short_id(["ab"])
