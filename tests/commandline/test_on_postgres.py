"""Commands over a data folder whose stores are on PostgreSQL: copies go from either kind to either."""

import json
import tarfile
from pathlib import Path

import pytest

import kuzet
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from hub.store.database import hub_url, opened, people_url
from hub.store.decisions import Decisions
from hub.store.journal import count_rows
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.clock import SystemClock
from tests.commandline.test_backup import fill
from tests.postgres import use

CLOCK = SystemClock()


def say(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = kuzet.main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(("source", "target"), [("server", "file"), ("file", "server"), ("server", "server")])
def test_copy_goes_from_either_kind_to_either(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str], source: str, target: str
) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    for folder, kind in ((data, source), (new, target)):
        folder.mkdir()
        if kind == "server":
            use(folder, database)
    fill(data, 50)
    status, out, err = say(capsys, "backup", "--data", data, "--json")
    assert (status, json.loads(out)["events"]) == (0, 50), err
    fill(new, 7)
    status, out, err = say(capsys, "restore", json.loads(out)["copy"], "--data", new, "--json")
    assert status == 0, err
    report = json.loads(out)
    assert report["restored"] == ["hub.db", "people.db"]
    assert len(report["aside"]) == 2
    with opened(hub_url(new), hub_tables, sole=True) as store:
        assert count_rows(store) == (50, 0)
    with opened(people_url(new), people_tables) as store:
        assert [one.name for one in Accounts(store, clock=CLOCK).list()] == ["Айгүл"]
        log = AuditLog(store, CLOCK)
        assert (log.verify(), log.count()) == ([], 3)
        # Behind those that the hub may have carried out since the copy.
        assert Decisions(store).add("ack", "alert-1", "Айгүл", 1000).id > 1_000_000
        assert Accounts(store, clock=CLOCK).add("Әсет", "guard").id == 2
    assert not any("replaced" in name for name in archived(capsys, new))


def archived(capsys: pytest.CaptureFixture[str], data: Path) -> list[str]:
    """What a new copy holds of the data folder."""
    copy = json.loads(say(capsys, "backup", "--data", data, "--json")[1])["copy"]
    with tarfile.open(copy) as archive:
        names = archive.getnames()
    assert not any("database.toml" in name for name in names)
    return names


def test_restore_waits_for_no_running_hub(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    data.mkdir()
    fill(data, 5)
    copy = json.loads(say(capsys, "backup", "--data", data, "--json")[1])["copy"]
    use(new, database)
    with opened(hub_url(new), hub_tables, sole=True) as store:
        status, _, err = say(capsys, "restore", copy, "--data", new)
        assert (status, count_rows(store)) == (1, (0, 0))
    assert "another one writes it" in err


def test_what_looks_at_a_hub_asks_the_server(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(tmp_path, database)
    status, _, err = say(capsys, "handover", "--data", tmp_path)
    assert (status, "has written nothing in its database yet" in err) == (1, True)
    fill(tmp_path, 5)
    status, _, err = say(capsys, "handover", "--data", tmp_path)
    assert (status, "the hub has written no handover yet" in err) == (1, True)
    assert say(capsys, "audit", "verify", "--data", tmp_path)[0] == 0
    status, _, err = say(capsys, "courier", "list", "--data", tmp_path)
    assert (status, "holds no courier.db" in err) == (1, True)


def test_server_is_not_wiped_from_here(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(tmp_path, database)
    (tmp_path / "hub.lock").touch()
    status, _, err = say(capsys, "wipe", "--data", tmp_path, "--yes-wipe", "demo")
    assert (status, "DROP DATABASE" in err) == (1, True)
    assert (tmp_path / "database.toml").exists()
    status, _, err = say(capsys, "restore", "--empty", "--data", tmp_path)
    assert (status, "make an empty database" in err) == (1, True)
