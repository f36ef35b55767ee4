"""The page of promises names every promise once, and only tests, variables and commands that are there."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import kuzet

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
PROMISES, REQUIREMENTS = PAGE.split("## The 38 requirements")
TESTS = sorted((ROOT / "tests").rglob("*.py"))
CODE = [
    path for folder in ("commandline", "dashboards", "edge", "hub") for path in (ROOT / folder).rglob("*.py")
]


def numbers(part: str) -> list[int]:
    return [int(found) for found in re.findall(r"^\| (\d+) \|", part, re.MULTILINE)]


def cells(part: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in part.splitlines() if re.match(r"\| \d+ \|", line)]


def found_in(files: Iterable[Path], pattern: str) -> set[str]:
    return {
        one for path in files for one in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize(
    ("part", "most"), [(PROMISES, 25), (REQUIREMENTS, 38)], ids=["promises", "requirements"]
)
def test_every_number_stands_on_the_page_once(part: str, most: int) -> None:
    assert numbers(part) == list(range(1, most + 1))


def test_every_promise_says_who_holds_it_how_often_and_what_is_not_proven() -> None:
    rows = cells(PROMISES)
    assert {len(row) for row in rows} == {5}
    assert [row[0] for row in rows if not all(cell.strip() for cell in row)] == []
    assert [row[0] for row in rows if "`test_" not in row[2]] == []


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 100
    assert named - found_in(TESTS, r"^def (test_\w+)\(") == set()


def test_every_variable_that_is_named_is_read() -> None:
    named = set(re.findall(r"\bKUZET_[A-Z_]+\b", PAGE))
    assert named
    # In quotes: a docstring that mentions one reads none.
    assert named - found_in([*TESTS, *CODE], r'"(KUZET_[A-Z_]+)"') == set()


def test_every_command_that_is_named_is_there() -> None:
    named = [tuple(words.split()) for words in re.findall(r"`kuzet ([a-z][a-z -]*)", PAGE)]
    assert [
        words for words in named if words[:2] not in kuzet.COMMANDS and words[:1] not in kuzet.COMMANDS
    ] == []


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:dashboards|deploy|edge|firmware_config|hub|protocol)/[\w./-]*)`", PAGE)
    assert named
    assert [one for one in named if not (ROOT / one).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "docs/operations/README.md"])
def test_page_is_found_from(page: str) -> None:
    assert "promises.md" in (ROOT / page).read_text(encoding="utf-8")
