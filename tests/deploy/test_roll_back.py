"""The hub's way back from a release that wrote the stores anew: the playbook's own steps over real stores.

The whole playbook was run so by hand; docs/operations/growing.md says how it went.
"""

import importlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import kuzet
from hub.backup.soundness import examine_hub
from hub.errors import StoreError
from hub.store.database import hub_url, opened
from hub.store.schema import hub as hub_tables
from tests.commandline.test_backup import fill

ROOT = Path(__file__).parents[2]
TASKS = ROOT / "deploy/ansible/roles/hub/tasks/services.yml"
#: It carries no types.
YAML: Any = importlib.import_module("yaml")


@pytest.fixture(scope="module")
def tasks() -> dict[str, Any]:
    """By name, in the order in which they stand; those of a block too."""
    return {task["name"]: task for task in every(YAML.safe_load(TASKS.read_text(encoding="utf-8")))}


def every(tasks: list[Any]) -> list[Any]:
    found = []
    for task in tasks:
        found += [task, *every(task.get("block", [])), *every(task.get("rescue", []))]
    return found


def test_campus_is_copied_before_the_switch_and_put_back_before_the_old_release_runs(
    tasks: dict[str, Any],
) -> None:
    order = list(tasks)
    wanted = [
        "Copy the campus by the release of before, while it runs",
        "Look at the versions of its stores",
        "Switch",
        "Go back to the release of before",
        "Stop what has the stores open",
        "Look which stores the new release has written anew",
        "Put those back as they were",
        "Run that",
        "See that it is back",
    ]
    assert [name for name in order if name in wanted] == wanted
    for name in (wanted[0], wanted[6]):
        assert "{{ kuzet_before }}/.venv/bin/kuzet" in tasks[name]["ansible.builtin.command"]


def versions(tasks: dict[str, Any], data: Path) -> dict[str, str]:
    """What the playbook reads, without the change of user."""
    say = tasks["Say how the versions of the stores are read"]["ansible.builtin.set_fact"]["hub_say_versions"]
    assert say[:5] == ["runuser", "-u", "kuzet", "--", "python3"]
    script = say[-1].replace("/var/lib/kuzet", str(data))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_store_of_a_newer_release_goes_back_to_the_copy_and_the_old_one_opens_it(
    tasks: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path, 50)
    assert kuzet.main(["backup", "--json", "--data", str(tmp_path)]) == 0
    copy = json.loads(capsys.readouterr().out)["copy"]
    before = versions(tasks, tmp_path)
    assert set(before) == {"hub.db", "people.db"}
    # What came since, and what a newer release then made of it.
    fill(tmp_path, 7)
    with closing(sqlite3.connect(tmp_path / "hub.db")) as store:
        store.execute("UPDATE alembic_version SET version_num = 'newer'")
        store.execute("ALTER TABLE rejected RENAME TO rejected_then")
        store.commit()
    with (
        pytest.raises(StoreError, match="was written by a newer Kuzet"),
        opened(hub_url(tmp_path), hub_tables),
    ):
        pass
    after = versions(tasks, tmp_path)
    anew = [name for name, version in before.items() if version != after[name]]
    assert anew == ["hub.db"]
    assert kuzet.main(["restore", copy, "--data", str(tmp_path), "--only", "hub.db"]) == 0
    with opened(hub_url(tmp_path), hub_tables):
        pass
    # The rest is told again by the nodes: tests/end_to_end/test_restored_hub.py.
    assert examine_hub(tmp_path / "hub.db", thorough=True).position == 50
    assert versions(tasks, tmp_path) == before
