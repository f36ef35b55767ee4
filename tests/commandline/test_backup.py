"""`kuzet backup`, `kuzet restore` and `kuzet wipe`, as somebody types them; and killed while they work."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import kuzet
from hub.backup.recovery import require_sound
from hub.backup.shelf import Shelf
from hub.backup.soundness import examine_hub, examine_people
from hub.backup.taking import verify
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from hub.store.database import hub_url, opened, people_url
from hub.store.decisions import Decisions
from hub.store.journal import Journal
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.clock import SystemClock
from protocol.codec import decode_batch
from tests.builders import EPOCH, a_message, a_passage, at

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KUZET_BACKUP_KILLS", "3"))
CLOCK = SystemClock()


def fill(data: Path, events: int) -> None:
    """So many more events in a hub's store, and somebody who may sign in."""
    with opened(hub_url(data), hub_tables) as store:
        journal = Journal(store)
        known = journal.newest_receipt("a-101", EPOCH)
        first = 1 + (known.received.newest if known is not None else 0)
        for seq in range(first, first + events):
            journal.gather("a-101", decode_batch(a_message(a_passage(seq))), at())
        with store.begin() as connection:
            journal.write(connection)
    with opened(people_url(data), people_tables) as store:
        accounts = Accounts(store, clock=CLOCK)
        if not accounts.list():
            accounts.add("Айгүл", "admin", "correct horse battery staple")
        AuditLog(store, CLOCK).add("Айгүл", "admin", "test", "one")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    fill(folder, 50)
    return folder


def say(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = kuzet.main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out, said.err


def made(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    status, out, err = say(capsys, *words, "--json")
    assert status == 0, err
    report: dict[str, object] = json.loads(out)
    return report


def test_copy_is_restored_on_a_new_machine(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, away, new = tmp_path / "key", tmp_path / "share", tmp_path / "new"
    assert say(capsys, "backup", "key", key)[0] == 0
    report = made(capsys, "backup", "--data", data, "--copy-to", away, "--key", key)
    assert report["events"] == 50
    assert "sealed" in report
    restored = made(capsys, "restore", "--data", new, "--from", away, "--key", key)
    assert restored["restored"] == ["hub.db", "people.db"]
    assert examine_hub(new / "hub.db", thorough=True).position == 50
    assert examine_people(new / "people.db", thorough=True).accounts == 1
    assert (new / "restored" / "regime" / "kz-season.toml").is_file()
    assert say(capsys, "audit", "verify", "--data", new)[0] == 0


def test_restore_puts_what_is_there_aside(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys, "backup", "--data", data)
    fill(data, 7)
    made(capsys, "restore", "--data", data, "--only", "hub.db")
    (aside,) = data.glob("hub.db.damaged-*Z")
    assert examine_hub(data / "hub.db", thorough=True).position == 50
    assert examine_hub(aside, thorough=True).position == 57


def test_decision_after_a_restore_has_a_number_that_the_hub_has_not_carried_out(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(capsys, "backup", "--data", data)
    with opened(people_url(data), people_tables) as store:
        lost = Decisions(store).add("hold", "a-101", "Айгүл", at_ms=1)
    made(capsys, "restore", "--data", data, "--only", "people.db")
    with opened(people_url(data), people_tables) as store:
        assert Decisions(store).add("hold", "a-101", "Айгүл", at_ms=10**9).id > lost.id + 1


def test_wrong_key_is_refused_in_words(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other, away = tmp_path / "key", tmp_path / "other", tmp_path / "share"
    for path in (key, other):
        say(capsys, "backup", "key", path)
    report = made(capsys, "backup", "--data", data, "--copy-to", away, "--key", key)
    status, _, err = say(capsys, "restore", report["sealed"], "--data", data, "--key", other)
    assert (status, "the key is another than it was sealed with" in err) == (1, True)
    assert say(capsys, "restore", report["sealed"], "--data", data)[2].endswith("name its key with --key\n")


def test_what_leaves_the_machine_is_sealed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = say(capsys, "backup", "--data", data, "--copy-to", tmp_path / "share")
    assert (status, "--copy-to and --key go together" in err) == (1, True)


def test_damaged_store_is_no_copy_and_the_hub_is_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys, "backup", "--data", data)
    _set_back(Shelf(data / "backups"))
    content = bytearray((data / "hub.db").read_bytes())
    content[4096 * 3 : 4096 * 12] = bytes(4096 * 9)
    (data / "hub.db").write_bytes(content)
    status, out, err = say(capsys, "backup", "--data", data)
    assert (status, out, "the hub restores it" in err) == (1, "", True)
    assert (data / "hub.db.is-damaged").is_file()
    (restored,) = require_sound(data, Shelf(data / "backups"), CLOCK.now())
    assert restored.store == "hub.db"
    assert not (data / "hub.db.is-damaged").exists()
    assert examine_hub(data / "hub.db", thorough=True).position == 50


def test_empty_stores_are_begun_only_when_asked(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys, "backup", "--data", data)
    (data / "hub.db").write_bytes(b"")
    made(capsys, "restore", "--empty", "--data", data)
    assert require_sound(data, Shelf(data / "backups"), CLOCK.now()) == []
    assert examine_hub(data / "hub.db", thorough=True).position == 0


def test_broken_audit_log_is_said_with_every_copy_and_blocks_none(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(data / "people.db")) as database:
        database.execute("UPDATE audit SET subject = 'another' WHERE id = 1")
        database.commit()
    status, out, err = say(capsys, "backup", "--data", data, "--json")
    assert (status, json.loads(out)["audit_broken_at"]) == (1, 1)
    assert "entry 1 of the audit log was changed" in err
    # Neither store is damaged: the hub has nothing to restore.
    assert list(data.glob("*.is-damaged")) == []
    status, out, _ = say(capsys, "backup", "list", "--data", data, "--verify")
    assert (status, out.endswith("  sound  AUDIT LOG BROKEN\n")) == (0, True)
    restored = made(capsys, "restore", "--data", data, "--only", "people.db")
    assert restored["restored"] == ["people.db"]


def test_list_verifies_each_copy(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys, "backup", "--data", data)
    assert "  sound\n" in say(capsys, "backup", "list", "--data", data, "--verify")[1]
    (copy,) = Shelf(data / "backups").copies()
    copy.path.write_bytes(copy.path.read_bytes()[:-100])
    status, out, err = say(capsys, "backup", "list", "--data", data, "--verify")
    assert (status, "CANNOT BE USED" in out, "is cut short or changed" in err) == (1, True, True)


def test_running_hub_is_not_restored_over(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys, "backup", "--data", data)
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(data / "hub.lock")], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert held.stdout is not None
    held.stdout.readline()
    status, _, err = say(capsys, "restore", "--data", data)
    held.communicate()
    assert (status, "in use by another run" in err) == (1, True)


def test_wipe_leaves_nothing_of_the_campus(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, away = tmp_path / "key", tmp_path / "share"
    say(capsys, "backup", "key", key)
    made(capsys, "backup", "--data", data, "--copy-to", away, "--key", key)
    (data / "ca").mkdir()
    (data / "ca" / "key.pem").write_text("secret")
    status, _, err = say(capsys, "wipe", "--data", data, "--yes-wipe", "elsewhere")
    assert (status, "which is `demo`; nothing was erased" in err) == (1, True)
    assert (data / "ca" / "key.pem").read_text() == "secret"
    report = made(capsys, "wipe", "--data", data, "--copies", away, "--yes-wipe", "demo")
    assert report["erased"] == "campus demo"
    assert not data.exists()
    assert list(away.iterdir()) == []
    assert say(capsys, "wipe", "--data", tmp_path, "--yes-wipe", "demo")[0] == 1


def test_wipe_writes_over_what_it_erases(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second name of the same file shows what is left on the disk."""
    for name in ("hub.db", "people.db"):
        os.link(data / name, tmp_path / name)
    assert b"passage" in (tmp_path / "hub.db").read_bytes()
    made(capsys, "wipe", "--data", data, "--yes-wipe", "demo")
    assert set((tmp_path / "hub.db").read_bytes() + (tmp_path / "people.db").read_bytes()) == {0}


@pytest.mark.kill
def test_backup_killed_at_any_moment_costs_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(data, 30_000)
    made(capsys, "backup", "--data", data)
    chance = random.Random(20261123)
    for _ in range(KILLS):
        _killed(chance, "backup", "--data", data)
        assert examine_hub(data / "hub.db", thorough=True).position == 30_050
    made(capsys, "backup", "--data", data)
    assert [path.name for path in (data / "backups").iterdir() if path.is_dir()] == []
    for number, copy in enumerate(Shelf(data / "backups").copies()):
        verify(copy.path, data / f"{number}")


@pytest.mark.kill
def test_restore_killed_at_any_moment_leaves_a_whole_store(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(data, 30_000)
    made(capsys, "backup", "--data", data)
    shelf = Shelf(data / "backups", "demo")
    chance = random.Random(20261124)
    for number in range(KILLS):
        with closing(sqlite3.connect(data / "hub.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = bytearray((data / "hub.db").read_bytes())
        content[8192:20_000] = bytes(20_000 - 8192)
        (data / "hub.db").write_bytes(content)
        _killed(chance, "restore", "--data", data)
        require_sound(data, shelf, CLOCK.now())
        assert examine_hub(data / "hub.db", thorough=True).position == 30_050
        assert examine_people(data / "people.db", thorough=True).accounts == 1
        for aside in data.glob("*.damaged-*"):
            shutil.move(aside, data.parent / f"{number}-{aside.name}")


def _killed(chance: random.Random, *words: object) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kuzet", *map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        # Loading takes about half of it.
        process.wait(0.3 + chance.random() * 0.9)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _set_back(shelf: Shelf) -> None:
    """An hour passes."""
    for copy in shelf.copies():
        name = copy.path.name.replace(f"{copy.at:%Y%m%d}", "20260101")
        copy.path.rename(copy.path.with_name(name))


_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
