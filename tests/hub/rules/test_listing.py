"""Every rule is a small module of its own, listed once by its name."""

from pathlib import Path

import pytest

from hub.rules import CHECKS, subjects_of
from tests.builders import a_layout
from tests.hub.rules.day import Day

RULES = Path(__file__).parents[3] / "hub" / "rules"


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_rule_is_a_module_of_its_own_name(rule: str) -> None:
    module = RULES / f"{rule.replace('-', '_')}.py"
    assert f'RULE = "{rule}"' in module.read_text(encoding="utf-8")


def test_every_kind_of_subject_is_listed() -> None:
    subjects = subjects_of(a_layout())
    assert {rule.subject for rule in CHECKS.values()} <= subjects.keys()
    assert sorted(sum(subjects.values(), ())) == [
        "a",
        "campus",
        "entrance",
        "entrance",
        "hall",
        "post",
        "room",
        "room-door",
        "room-node",
    ]


def test_everything_is_found_at_once() -> None:
    day = Day()
    apart = [one for rule in CHECKS for one in day.find(rule, 91)]
    assert day.find_all(91) == apart
    assert {one.rule for one in apart if one.starts} == {"silent-node", "unscreened-entrance"}
