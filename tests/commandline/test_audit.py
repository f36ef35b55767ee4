import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from commandline import audit as command
from hub.store import schema
from hub.store.audit import AuditLog
from hub.store.database import open_database, people_url
from tests.fakes.edge import FakeClock


def audit(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(people_url(tmp_path), schema.people)
    log = AuditLog(engine, FakeClock())
    for number in range(5):
        log.add("Айгүл", "manager", "alert.ack", f"alert-{number}", {"n": number}, account=1)
    yield engine
    engine.dispose()


def document(capsys: pytest.CaptureFixture[str], status: int, *words: object) -> dict[str, Any]:
    assert audit(*words, "--json") == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_verify_says_that_the_chain_is_whole(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(capsys, 0, "verify", "--data", tmp_path)
    assert (found["is_whole"], found["entries"], found["faults"]) == (True, 5, [])
    assert found["head"]["id"] == 5


def test_verify_names_the_entry_that_does_not_fit(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with people.begin() as connection:
        connection.execute(update(schema.audit).where(schema.audit.c.id == 3).values(who="Ерлан"))
    found = document(capsys, 1, "verify", "--data", tmp_path)
    assert (found["is_whole"], [fault["id"] for fault in found["faults"]]) == (False, [3])


def test_verify_writes_the_fault_for_people(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with people.begin() as connection:
        connection.execute(delete(schema.audit).where(schema.audit.c.id == 2))
    assert audit("verify", "--data", tmp_path) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{tmp_path}/people.db: entry 3 comes after 1: what lay between was removed\n"


def test_head_that_was_noted_finds_a_log_cut_off(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit("head", "--data", tmp_path) == 0
    noted = capsys.readouterr().out.strip()
    assert audit("verify", "--data", tmp_path, "--head", noted) == 0
    with people.begin() as connection:
        connection.execute(delete(schema.audit).where(schema.audit.c.id == 5))
    assert audit("verify", "--data", tmp_path) == 0
    assert audit("verify", "--data", tmp_path, "--head", noted) == 1
    assert "entry 5 was cut off" in capsys.readouterr().err


def test_head_that_is_none_is_a_usage_fault(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        audit("verify", "--data", tmp_path, "--head", "5:abc")
    assert (stopped.value.code, "`5:abc` is not a head" in capsys.readouterr().err) == (2, True)


def test_export_is_a_line_an_entry_oldest_first(
    people: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit("export", "--data", tmp_path, "--out", tmp_path / "audit.jsonl") == 0
    rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]
    assert (rows[0]["at"], rows[0]["who"], rows[0]["detail"]) == (
        "2026-11-23T09:00:00.000Z",
        "Айгүл",
        {"n": 0},
    )
    assert audit("export", "--data", tmp_path) == 0
    assert capsys.readouterr().out == (tmp_path / "audit.jsonl").read_text()


def test_folder_without_a_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"people\.db: there is no such file; name the folder"):
        audit("verify", "--data", tmp_path)
