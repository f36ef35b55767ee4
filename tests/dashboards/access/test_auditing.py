"""Every change has its line in the audit log, and every action its words."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from flask import Flask

from dashboards.access import auditing
from dashboards.pages.audit import KINDS
from hub.store.orders import KINDS as ORDERS
from protocol.events import Action
from tests.dashboards.routes import CHANGE
from tests.dashboards.words.test_wording import LANGUAGES, words

ROOT = Path(__file__).parents[3]
#: What notes in the log.
NOTING = {"record", "beside_decision", "note_sign_in"}
#: Asked to be posted, and changes nothing that lasts: a step of a form, or what is only looked at.
CHANGES_NOTHING = {"/account/second-step"}
#: How actions may end whose end is made as they are noted, by how they begin.
ENDINGS = {
    "account.": ("code", "pin", "disable", "enable", "reset-second-step", "end-sittings"),
    "campus.": ("accepted", "refused", "unanswered"),
    "task.": ("take", "give"),
}


def functions_of(view: Callable[..., Any]) -> Iterator[FunctionType]:
    """The view and all of the dashboards that it may call."""
    waiting: list[object] = [view]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        ours = isinstance(one, FunctionType) and one.__module__.startswith("dashboards")
        if not isinstance(one, FunctionType) or not ours or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [cell.cell_contents for cell in one.__closure__ or ()]
        for name in names_in(one.__code__):
            waiting.append(one.__globals__.get(name))
            modules = [found for found in one.__globals__.values() if isinstance(found, ModuleType)]
            waiting += [vars(found).get(name) for found in modules if found.__name__.startswith("dashboards")]


def names_in(code: CodeType) -> set[str]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*(names_in(one) for one in inner))


def actions_in(path: Path) -> Iterator[str]:
    """Every action that a file notes."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            place = {"record": 0, "_note": 0, "add": 2}.get(name)
            is_log = name != "add" or getattr(call.func, "value", None) is not None
            if place is not None and is_log and len(call.args) > place:
                yield from texts(call.args[place])


def texts(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
        yield argument.value
    if isinstance(argument, ast.IfExp):
        yield from texts(argument.body)
        yield from texts(argument.orelse)
    if isinstance(argument, ast.JoinedStr):
        start = argument.values[0]
        assert isinstance(start, ast.Constant)
        begins = str(start.value)
        yield from (f"{begins}{end}" for end in ENDINGS[begins])


def actions() -> set[str]:
    files = [*(ROOT / "dashboards").rglob("*.py"), *(ROOT / "commandline").glob("*.py")]
    noted = {action for path in files for action in actions_in(path)}
    decided = {auditing._ACTIONS.get(kind, kind) for kind in ORDERS.values() if kind != "task"}
    return noted | decided | {f"task.{one.value}" for one in Action}


def test_every_change_is_noted(app: Flask) -> None:
    views = {
        (method, one.rule): app.view_functions[one.endpoint]
        for one in app.url_map.iter_rules()
        for method in one.methods or ()
    }
    silent = {
        change[1]
        for change in CHANGE
        if not any(one.__name__ in NOTING for one in functions_of(views[change]))
    }
    assert silent == CHANGES_NOTHING


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words(language: str) -> None:
    said, used = words(language), actions()
    assert len(used) > 40
    assert sorted(action for action in used if not said.get(f"audit.action.{action}")) == []
    assert [kind for kind in KINDS if not said.get(f"audit.action.{kind}")] == []


def test_every_action_can_be_filtered_for() -> None:
    assert {action.partition(".")[0] for action in actions()} <= set(KINDS)
