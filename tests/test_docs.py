"""The documents say what the code does: every kind, message, rule, reason and command appears."""

import importlib
import re
from pathlib import Path

import pytest
from msgspec import Struct

import kuzet
from hub.rules import CHECKS
from protocol import messages
from protocol.events import KINDS

ROOT = Path(__file__).parents[1]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = {"Channel", "Allowance", "ScreeningLimits", "TaskState"}
MESSAGES = [
    name
    for name, one in vars(messages).items()
    if isinstance(one, type) and issubclass(one, Struct) and one is not Struct and name not in PARTS
]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_event_is_documented_with_its_fields(kind: str) -> None:
    (row,) = [
        line for line in PROTOCOL.splitlines() if line.startswith("|") and f"`{kind}`" in line.split("|")[1]
    ]
    own = set(KINDS[kind].__struct_fields__) - {"seq", "at", "channel", "clock"}
    assert {field for field in own if f"`{field}`" not in row} == set()


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_documented(name: str) -> None:
    assert f"`{name}`" in PROTOCOL


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_every_rule_has_its_section(rule: str) -> None:
    assert f"## `{rule}`" in RULES


@pytest.mark.parametrize("command", sorted(kuzet.COMMANDS), ids=" ".join)
def test_every_command_exists_has_help_and_is_in_the_readme(command: tuple[str, ...]) -> None:
    module = importlib.import_module(f"commandline.{kuzet.COMMANDS[command]}")
    assert callable(module.add_arguments)
    assert callable(module.run)
    assert (module.__doc__ or "").strip()
    assert kuzet.HELP[command]
    assert f"kuzet {' '.join(command)}" in README


def test_links_of_the_documents_lead_somewhere() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert dead == []
