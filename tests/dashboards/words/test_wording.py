"""Three catalogues that agree: every key said, every placeholder kept, every letter in the font."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hub.alerts.alert import Mute
from hub.duties import Role
from hub.reach import Why
from hub.rules import CHECKS
from hub.treatment.view import Phase, TaskStatus
from protocol.events import Task
from protocol.messages import SpaceCondition

ROOT = Path(__file__).parents[3] / "dashboards"
LANGUAGES = ("kk", "ru", "en")
#: The rules of the order, whether or not this hub checks them yet.
RULES = {
    *("over-capacity", "closed-space", "lesson-too-long", "early-entry", "break-too-short"),
    *("treatment-due", "treatment-late", "corridor-airing", "equipment-due", "unscreened-entrance"),
    *("silent-post", "empty-dispenser", "silent-dispenser", "research-schedule", "co2-high"),
    *("co2-too-high", "ventilation-need", "faulty-sensor", "untrusted-door", "silent-node"),
    *("silent-building", "nobody-reachable", "timetable-over-cap", "expected-against-seen"),
    "elevated-screening",
} | set(CHECKS)
#: Why a room cannot be counted: its tile has room for twelve letters.
DOUBTS = (
    "over-capacity",
    "silent-node",
    "never-heard",
    "faulty-door",
    "no-door",
    "silent-hub",
    "untrusted-door",
    "never-counted",
    "catching-up",
    "unread-node",
)
#: Why a room is as it is.
REASONS = {
    *DOUBTS,
    *("free", "few-places", "full", "must-leave", "break", "due", "late", "treatment"),
    *("closed-by-profile", "closed-by-person", "closed-by-timetable", "outside-hours", "research-schedule"),
    *("after-use", "interval", "too-short", "weak-proof", "not-empty", "nobody-entered", "entered-early"),
    *(
        "aborted",
        "dwell",
        "re-entry",
        "swapped",
        "blind",
        "deaf-in",
        "deaf-out",
        "drifting",
        "silent-building",
        "hold",
    ),
    *(one.value for one in Phase),
    *(one.value for one in Task),
    *(one.value for one in Why),
}
LIMITS = ("area", "desks", "group-cap", "fill")
TASKS = [one.value for one in Task]
#: Keys made of a code of the hub.
CODES = [
    *(f"rule.{rule}{end}" for rule in RULES for end in ("", ".do")),
    *(f"tile.{rule}" for rule in RULES),
    *(f"tile.{doubt}" for doubt in DOUBTS),
    *(f"tile.{one.value}" for one in SpaceCondition if one is not SpaceCondition.OPEN),
    *(f"tile.{how}.{task}" for how in ("due", "doing", "part") for task in TASKS),
    *(f"task.{task}" for task in TASKS),
    *(f"task.state.{one.value}" for one in TaskStatus),
    *(f"reason.{reason}" for reason in REASONS),
    *(f"muted.{one.value}" for one in Mute),
    *(f"muted.{word}" for word in ("inhibited", "silenced", "shelved", "chatter")),
    *(f"role.{one.value}" for one in Role),
    *(f"limit.{limit}" for limit in LIMITS),
]


def words(language: str) -> dict[str, str]:
    with (ROOT / f"translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_says_everything(language: str) -> None:
    assert set(words(language)) == set(words("kk"))
    assert [key for key, text in words(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_placeholders_agree_with_kazakh(language: str) -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    other = words(language)
    assert {key: named(text) for key, text in words("kk").items()} == {
        key: named(text) for key, text in other.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_templates_have_no_percent_sign(language: str) -> None:
    # A template's `_()` would take it for a placeholder; code that asks for the word does not.
    templates = "".join(path.read_text() for path in (ROOT / "templates").glob("*.html"))
    in_templates = [
        key for key, text in words(language).items() if "%" in text and f"_('{key}')" in templates
    ]
    assert in_templates == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    folder, compiled = ROOT / f"translations/{language}/LC_MESSAGES", io.BytesIO()
    with (folder / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    assert (folder / "messages.mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_labels_keep_their_length(language: str) -> None:
    said = words(language)
    rules = {key: text for key, text in said.items() if key.startswith("rule.")}
    assert [text for key, text in rules.items() if len(text) > (80 if key.endswith(".do") else 40)] == []
    shown = {"n": "120", "time": "14:20", "age": "59 мин"}
    labels = {key: text.format_map(shown) for key, text in said.items() if key.startswith("tile.")}
    assert [label for label in labels.values() if len(label) > 12] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_hub_has_a_word(language: str) -> None:
    said = words(language)
    assert [key for key in CODES if not said.get(key)] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_words_are_said_in_their_own_language(language: str) -> None:
    own, english = words(language), words("en")
    asked = [key for key in CODES if re.search("[a-z]{3}", own[key].lower()) or own[key] == english[key]]
    assert asked == []


def test_every_key_that_is_used_is_in_the_catalogue() -> None:
    used = set()
    for path in [*ROOT.rglob("*.html"), *ROOT.rglob("*.py"), *ROOT.rglob("*.js")]:
        text = path.read_text()
        used |= set(re.findall(r"""(?:_|word)\(f?["']([a-z_]+(?:\.[a-z_-]+)+)["']""", text))
    assert len(used) > 50
    assert used - set(words("kk")) == set()


def test_font_has_every_letter_that_is_said() -> None:
    lists = re.findall(r'(?:U|--unicodes)="(U\+[^"]+)"', (ROOT / "static/fonts/README.md").read_text())
    assert len(lists) == 3
    # A text may have lines.
    in_font: set[int] = {ord("\n")}
    for part in ",".join(lists).split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        in_font |= set(range(int(first, 16), int(last or first, 16) + 1))
    said = "".join(text for language in LANGUAGES for text in words(language).values())
    assert {letter for letter in said if ord(letter) not in in_font} == set()
