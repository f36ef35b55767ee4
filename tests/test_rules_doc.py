"""The table of docs/rules.md is complete: every clause, every rule, every scenario."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from hub.rules import CHECKS
from hub.timetable.week_report import WeekRule

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
#: The clauses that ask something of the system, row by row as the regime's table has them.
CLAUSES = (
    "§36.2, §71",
    "§71, §69.3",
    "§36.9, §71",
    "§71",
    "§36.1, §36.4, §36.7",
    "§36.3",
    "§36.4",
    "§36.5",
    "§36.3, §36.6",
    "§36.7",
    "§36.10",
    "§35, §2.1",
    "§34",
    "§28.3, §36.12",
    "§36.2, §36.13",
    "§2.6, §59, §71",
)


class Row(NamedTuple):
    clause: str
    asks: str
    rules: tuple[str, ...]
    scenarios: tuple[str, ...]


def rows() -> list[Row]:
    """The rows of the table under `From clause to rule to test`."""
    table = DOC.split("## From clause to rule to test")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [Row(one[0], one[1], words(one[2]), words(one[3])) for one in cells]


def words(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def scenarios() -> set[str]:
    files = sorted((ROOT / "tests" / "scenarios").glob("test_*.py"))
    return {
        node.name
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_its_row(clause: str) -> None:
    assert clause in [row.clause for row in rows()]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.asks)
def test_every_clause_has_a_rule_and_a_scenario_or_says_why_not(row: Row) -> None:
    assert bool(row.rules) == bool(row.scenarios)
    assert row.rules or row.clause in ("§34", "§28.3, §36.12")


@pytest.mark.parametrize("rule", sorted({rule for row in rows() for rule in row.rules}))
def test_every_rule_of_the_table_exists(rule: str) -> None:
    known = {*CHECKS, *(f"timetable: {one.value}" for one in WeekRule)}
    assert rule in known


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_every_rule_is_in_the_table_and_has_its_section(rule: str) -> None:
    assert rule in {one for row in rows() for one in row.rules}
    assert f"\n## `{rule}`\n" in DOC


@pytest.mark.parametrize("scenario", sorted({one for row in rows() for one in row.scenarios}))
def test_every_scenario_of_the_table_exists(scenario: str) -> None:
    assert scenario in scenarios()
