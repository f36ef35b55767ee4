"""The documents say what the code does: every kind, message, rule, fault and command appears."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

import kuzet
from edge.drivers.errors import DriverError
from edge.errors import OutboxError
from edge.life.last_life import Code
from edge.signals.zones import ZoneFault
from hub.rules import CHECKS
from protocol import messages
from protocol.events import KINDS
from tests.dashboards.screens import SCREENS, Screen

ROOT = Path(__file__).parents[1]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
FAULTS = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
EDGE = sorted((ROOT / "edge").rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = {"Channel", "Allowance", "PostLevel", "ScreeningLimits", "TaskState"}
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


def names_in(path: Path) -> dict[str, str]:
    """The module's own string constants."""
    return {
        node.targets[0].id: node.value.value
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def components_and_codes() -> tuple[set[str], set[str]]:
    """What the edge calls its components where it says a fault or opens hardware, and codes written there."""
    components: set[str] = set()
    codes: set[str] = set()
    constants = {name: text for path in EDGE for name, text in names_in(path).items()}
    for path in EDGE:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr not in {"fault", "sensor", "line"} or len(call.args) < 3:
                continue
            component, code = call.args[1], call.args[2]
            if isinstance(component, ast.Constant):
                components.add(str(component.value))
            elif isinstance(component, ast.Name) and component.id in constants:
                components.add(constants[component.id])
            if call.func.attr == "fault" and isinstance(code, ast.Constant):
                codes.add(str(code.value))
    return components, codes


def codes_of(error: type[DriverError] | type[OutboxError]) -> Iterator[str]:
    yield error.code
    for child in error.__subclasses__():
        yield from codes_of(child)


def test_every_fault_of_a_node_is_documented() -> None:
    components, codes = components_and_codes()
    codes |= {*codes_of(DriverError), *codes_of(OutboxError)}
    codes |= {one.value for enum in (Code, ZoneFault) for one in enum}
    assert {"beams", "thermometer", "relay", "hub", "outbox", "press"} <= components
    assert {"obstructed", "stands-still", "away", "low"} <= codes
    assert {name for name in components | codes if f"`{name}`" not in FAULTS} == set()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_screen_is_in_the_docs(screen: Screen) -> None:
    shown = (ROOT / "docs/screens.md").read_text(encoding="utf-8")
    for language, width in screen.pictures:
        name = f"screens/{screen.name}-{language}-{width}.png"
        assert f"]({name})" in shown
        assert (ROOT / "docs" / name).is_file(), "KUZET_SCREENSHOTS=docs/screens makes it"
