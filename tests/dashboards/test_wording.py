"""Three catalogues that agree: every key said, every placeholder kept, every letter in the font."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2] / "dashboards"
LANGUAGES = ("kk", "ru", "en")
RULES = ("over-capacity", "elevated-screening", "silent-node", "unscreened-entrance")
REASONS = ("over-capacity", "silent-node", "never-heard", "faulty-door", "no-door", "silent-hub")
LIMITS = ("area", "desks", "group-cap", "fill")


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
def test_words_have_no_percent_sign(language: str) -> None:
    # Templates would take it for a placeholder.
    assert [key for key, text in words(language).items() if "%" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    folder, compiled = ROOT / f"translations/{language}/LC_MESSAGES", io.BytesIO()
    with (folder / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    assert (folder / "messages.mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_labels_keep_their_length(language: str) -> None:
    said = words(language)
    assert [text for key, text in said.items() if key.startswith("rule.") and len(text) > 40] == []
    shown = {"n": "120", "time": "14:20", "age": "59 мин"}
    labels = {key: text.format_map(shown) for key, text in said.items() if key.startswith("tile.")}
    assert [label for label in labels.values() if len(label) > 12] == []


@pytest.mark.parametrize(
    "key",
    [
        *(f"rule.{rule}" for rule in RULES),
        *(f"rule.{rule}.do" for rule in RULES),
        *(f"tile.{reason}" for reason in REASONS),
        *(f"limit.{limit}" for limit in LIMITS),
    ],
)
def test_code_of_the_hub_has_a_word(key: str) -> None:
    assert key in words("kk")


def test_every_key_that_is_used_is_in_the_catalogue() -> None:
    used = set()
    for path in [*ROOT.rglob("*.html"), *ROOT.rglob("*.py"), *ROOT.rglob("*.js")]:
        text = path.read_text()
        used |= set(re.findall(r"""(?:_|word)\(f?["']([a-z_]+(?:\.[a-z_-]+)+)["']""", text))
    assert len(used) > 50
    assert used - set(words("kk")) == set()


def test_font_has_every_letter_that_is_said() -> None:
    listed = re.search(r'U="([^"]+)"', (ROOT / "static/fonts/README.md").read_text())
    assert listed is not None
    in_font: set[int] = set()
    for part in listed[1].split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        in_font |= set(range(int(first, 16), int(last or first, 16) + 1))
    said = "".join(text for language in LANGUAGES for text in words(language).values())
    assert {letter for letter in said if ord(letter) not in in_font} == set()
