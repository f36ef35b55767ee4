"""`kuzet report` and its verbs: files, figures, an export that is checked, and what is refused in words."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from kuzet import main
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.report.weeks import W47, ZONE, whole_campus


@pytest.fixture
def data(tmp_path: Path) -> Path:
    board = CampusBoard(tmp_path, W47.ends(ZONE) + timedelta(hours=5))
    board.pulse()
    whole_campus(board.engine, rooms=4)
    board.engine.dispose()
    return tmp_path


def test_report_writes_the_form_asked_for(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = data / "w.csv"
    assert main(["report", "2026-W47", "--data", str(data), "--format", "csv", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbfsummary,")
    assert "bytes" in capsys.readouterr().out


def test_report_json_is_one_document(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "2026-W47", "--data", str(data), "--json", "--language", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["week"] == "2026-W47"
    assert len(told["tables"]["rooms"]["rows"]) == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["2026-W54"], "2026 has no week 54"),
        (["2099-W01"], "has not begun"),
        (["2026-W47", "--format", "csv", "--out", "/nowhere/x.csv"], "there is no such folder"),
    ],
)
def test_report_refuses_in_words(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["report", *words, "--data", str(data)]) == 1
    assert says in capsys.readouterr().err


def test_report_without_a_hub_names_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "2026-W47", "--data", str(tmp_path)]) == 1
    assert "hub.db: there is no such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_export_is_checked_and_stands_in_the_log(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = data / "e.zip"
    period = ["--from", "2026-11-16", "--to", "2026-11-22"]
    assert main(["report", "export", *period, "--data", str(data), "--out", str(out), "--json"]) == 0
    seal = json.loads(capsys.readouterr().out)["manifest_sha256"]
    assert main(["report", "verify", str(out), "--manifest", seal]) == 0
    assert "whole" in capsys.readouterr().out
    assert main(["audit", "export", "--data", str(data)]) == 0
    assert seal in capsys.readouterr().out


def test_verify_names_what_was_changed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = data / "e.zip"
    period = ["--from", "2026-11-16", "--to", "2026-11-22"]
    assert main(["report", "export", *period, "--data", str(data), "--out", str(out)]) == 0
    body = bytearray(out.read_bytes())
    body[len(body) // 2] ^= 0xFF
    out.write_bytes(bytes(body))
    capsys.readouterr()
    assert main(["report", "verify", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["is_whole"] is False


def test_mail_that_was_never_sent_is_not_sent_again(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "mail", "--data", str(data), "--again", "2026-W47", "rector-mail"]) == 1
    assert "was never sent to `rector-mail`" in capsys.readouterr().err
    assert not (data / "courier.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["verify", "none.zip"], "none.zip: there is no such file; `kuzet report export` makes one"),
        (["mail", "--data", "none"], "none: there is no such folder; name the courier's with --data"),
        (["2026-W46", "--data", "none"], "none/hub.db: there is no such file; name the hub's folder"),
    ],
    ids=["verify", "mail", "week"],
)
def test_what_is_missing_is_said_with_what_to_do(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *words]) == 1
    assert says in capsys.readouterr().err
