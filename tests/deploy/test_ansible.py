"""The playbook: sound to Ansible and its linter; every file and command of ours that it names is there.

It was run against real machines by hand; docs/operations/install.md says which.
"""

import argparse
import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import kuzet

ROOT = Path(__file__).parents[2]
ANSIBLE = ROOT / "deploy/ansible"
BOOKS = sorted(ANSIBLE.glob("*.yml"))
TASKS = sorted((ANSIBLE / "roles").rglob("*.yml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in TASKS)
#: It carries no types.
YAML: Any = importlib.import_module("yaml")
DEFAULTS: dict[str, Any] = YAML.safe_load(
    (ANSIBLE / "roles/settings/defaults/main.yml").read_text(encoding="utf-8")
)
INSTALL = "python3 -m venv DIR && DIR/bin/pip install ansible-core ansible-lint"


def found(name: str) -> str:
    """The program; without it the test is skipped, but fails where CI=true."""
    program = shutil.which(name)
    if program is not None:
        return program
    missing = f"{name} is not on the PATH: {INSTALL}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def run(name: str, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    program = found(name)
    environment = os.environ | {"ANSIBLE_HOME": str(home), "HOME": str(home), "NO_COLOR": "1"}
    environment["PATH"] = f"{Path(program).parent}:{environment['PATH']}"
    command = [program, *words]
    return subprocess.run(
        command, cwd=ANSIBLE, env=environment, capture_output=True, text=True, check=False, timeout=110
    )


def test_playbooks_are_sound_to_ansible(tmp_path: Path) -> None:
    books = [path.name for path in BOOKS if path.name != "inventory.example.yml"]
    words = ["-i", "inventory.example.yml", "--syntax-check", *books]
    done = run("ansible-playbook", *words, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_playbooks_are_sound_to_the_strictest_profile_of_the_linter(tmp_path: Path) -> None:
    done = run("ansible-lint", "--nocolor", "--format", "pep8", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_that_is_used_has_a_default() -> None:
    facts = set(re.findall(r"^ +(kuzet_\w+):", TEXT, re.MULTILINE))
    templates = [path.read_text(encoding="utf-8") for path in (ANSIBLE / "roles").rglob("*.j2")]
    used = set(re.findall(r"\bkuzet_\w+", "\n".join([TEXT, *templates])))
    assert used - facts - set(DEFAULTS) == set()


def test_every_file_of_ours_that_is_copied_is_there() -> None:
    named = re.findall(r"kuzet_repository (?:\}\}|\+ ')(/[\w./-]+)", TEXT)
    assert named
    missing = [one for one in named if not one.endswith("/") and not (ROOT / one.strip("/")).exists()]
    assert missing == []
    boot = re.findall(r"\{from: ([\w.-]+)", TEXT)
    assert [one for one in boot if not (ROOT / "firmware_config/boot" / one).exists()] == []
    units = re.findall(r"\bkuzet-[a-z]+\.(?:service|timer)\b", TEXT)
    assert [one for one in units if not (ROOT / "deploy/systemd" / one).exists()] == []


def test_every_command_of_ours_that_is_run_is_understood() -> None:
    run_by_it = re.findall(r"/bin/kuzet ((?:\{\{.*?\}\}|[^\"\n]|\n +(?=[-{/]))+)", TEXT)
    assert len(run_by_it) >= 6
    for line in run_by_it:
        # An expression is one word, or as many as its setting holds.
        # A store of a loop is any store.
        words = re.sub(r"\{\{.*?\}\}", "x", line.replace("{{ item.key }}", "hub.db")).split()
        name = next((one for one in (tuple(words[:2]), tuple(words[:1])) if one in kuzet.COMMANDS), None)
        assert name is not None or words == ["--version"], words
        if name is not None and name != ("broker", "config"):
            parser = argparse.ArgumentParser(exit_on_error=False)
            importlib.import_module(f"commandline.{kuzet.COMMANDS[name]}").add_arguments(parser)
            parser.parse_args(words[len(name) :])


@pytest.mark.parametrize("words", ["--require-hashes", "serial: [1, 25%]", "max_fail_percentage: 0"])
def test_promise_of_the_waves_stands_in_the_playbook(words: str) -> None:
    assert words in TEXT + (ANSIBLE / "site.yml").read_text(encoding="utf-8")
