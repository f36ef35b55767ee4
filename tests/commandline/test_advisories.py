"""What is said of packages: known weaknesses, and plainly when nobody was asked."""

from pathlib import Path

import pytest

from commandline.advisories import NOT_RUN, judge, look_up

SOUND = {"name": "flask", "version": "3.1.0", "vulns": []}
WEAK = {"name": "pillow", "version": "1.0", "vulns": [{"id": "X-1", "fix_versions": ["1.1"]}]}
SKIPPED = {"name": "zopfli", "skip_reason": "not found"}


def test_known_weakness_fails_and_names_what_mends_it() -> None:
    verdict = judge({"dependencies": [SOUND, WEAK]})
    assert (verdict.lines[0], verdict.status) == ("pillow 1.0: X-1, mended in 1.1", 1)


def test_sound_packages_pass_and_those_not_looked_up_are_named() -> None:
    verdict = judge({"dependencies": [SOUND, SKIPPED]})
    assert verdict.lines == [
        "packages: not looked up: zopfli",
        "packages: 1 looked up, no weakness is known",
    ]
    assert verdict.status == 0


def test_service_that_knows_no_package_was_no_service() -> None:
    """pip-audit itself calls that a success."""
    assert judge({"dependencies": [SKIPPED, SKIPPED]}).lines[0].startswith(NOT_RUN)


@pytest.mark.parametrize("says", ["echo 'cannot connect' >&2; exit 1", "exit 2"])
def test_service_that_is_not_reached_is_said(tmp_path: Path, says: str) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    verdict = look_up(str(program))
    assert (verdict.lines[0].startswith(NOT_RUN), verdict.status) == (True, 0)


def test_missing_program_is_said() -> None:
    assert look_up(None).lines == [f"{NOT_RUN} was asked: pip-audit is not installed (pip install pip-audit)"]
