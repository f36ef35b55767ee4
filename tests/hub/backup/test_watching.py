"""A hub that runs: whoever has its stores open follows a restore, and damage found elsewhere ends it."""

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hub.backup.recovery import NOTE, note_damaged
from hub.backup.shelf import UNFINISHED, Shelf
from hub.backup.watching import LOOK_S, PAGES_EVERY_S, StoreWatch
from hub.store.board import BoardReader, BoardWriter
from hub.store.database import hub_url, open_database, opened, people_url
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from tests.builders import a_passage, at
from tests.commandline.test_backup import ROOT, fill
from tests.deploy.tls_campus import wait_until
from tests.fakes.hub import SettableClock
from tests.hub.site import Site


def a_watch(data: Path, clock: SettableClock) -> StoreWatch:
    for url, tables in ((hub_url(data), hub_tables), (people_url(data), people_tables)):
        with opened(url, tables):
            pass
    return StoreWatch(data, Shelf(data / "backups", "test"), clock, threading.Event())


def test_note_of_damage_ends_the_hub(tmp_path: Path) -> None:
    watch = a_watch(tmp_path, SettableClock())
    watch.look()
    assert watch.fault is None
    note_damaged(tmp_path / "hub.db", "row 3 is missing from an index")
    watch.look()
    assert watch.fault == f"{tmp_path / 'hub.db'}: row 3 is missing from an index"


def test_every_page_is_looked_at_once_a_day(tmp_path: Path) -> None:
    clock = SettableClock()
    watch = a_watch(tmp_path, clock)
    content = bytearray((tmp_path / "hub.db").read_bytes())
    content[4096:8192] = b"\xff" * 4096
    (tmp_path / "hub.db").write_bytes(content)
    clock.pass_by(PAGES_EVERY_S - 1)
    watch.look()
    assert watch.fault is None
    clock.pass_by(2)
    watch.look()
    assert watch.fault is not None
    assert (tmp_path / f"hub.db{NOTE}").is_file()


@pytest.mark.parametrize("where", ["position = 1", "position IN (4, 7)", "position > 8", "1"])
def test_events_deleted_behind_the_hubs_back_end_it_at_the_next_look(tmp_path: Path, where: str) -> None:
    site = Site(tmp_path)
    site.send("room-node", *[a_passage(seq) for seq in range(1, 11)])
    watch = StoreWatch(tmp_path, Shelf(tmp_path / "backups", "test"), site.clock, threading.Event())
    watch.look()
    assert watch.fault is None
    with closing(sqlite3.connect(tmp_path / "hub.db")) as intruder:
        gone = intruder.execute(f"DELETE FROM journal WHERE {where}").rowcount
        intruder.commit()
    watch.look()
    assert watch.fault == f"{tmp_path / 'hub.db'}: {gone} of 10 events are gone from the journal"
    assert LOOK_S <= 60.0
    site.kill()


def test_newest_events_that_were_gone_before_any_look_show_at_the_next_event(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.send("room-node", *[a_passage(seq) for seq in range(1, 11)])
    watch = StoreWatch(tmp_path, Shelf(tmp_path / "backups", "test"), site.clock, threading.Event())
    with closing(sqlite3.connect(tmp_path / "hub.db")) as intruder:
        intruder.execute("DELETE FROM journal WHERE position = 10")
        intruder.commit()
    watch.look()
    assert watch.fault is None
    site.send("room-node", a_passage(11))
    watch.look()
    assert watch.fault is not None
    site.kill()


def test_reader_follows_a_store_that_was_put_in_place_of_another(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, body in ((old, b"before"), (new, b"after")):
        folder.mkdir()
        with opened(hub_url(folder), hub_tables) as store, store.begin() as connection:
            BoardWriter(store).write(connection, [("hub", "hub", body)])
    reading = open_database(hub_url(old), hub_tables)
    reader = BoardReader(reading)
    assert [row.body for row in reader.read()] == [b"before"]
    (old / "hub.db").rename(old / "hub.db.damaged")
    (new / "hub.db").replace(old / "hub.db")
    assert [row.body for row in reader.read()] == [b"after"]
    reading.dispose()


def test_figures_say_when_a_copy_was_made_and_whether_its_audit_log_holds(tmp_path: Path) -> None:
    watch = a_watch(tmp_path, SettableClock())
    watch.look()
    assert watch.figures == {"copied_at_s": 0.0, "audit_broken": 0.0}
    shelf = Shelf(tmp_path / "backups", "test")
    for second, is_broken in ((0, False), (60, True)):
        made = shelf.begin() / "copy"
        made.write_bytes(b"copy")
        shelf.put(made, "test", at(second), is_sealed=False, is_broken=is_broken)
    watch.look()
    assert watch.figures == {"copied_at_s": at(60).timestamp(), "audit_broken": 1.0}


def test_backup_that_is_killed_leaves_nothing_once_the_hub_has_looked(tmp_path: Path) -> None:
    """Kill -9 while the unstripped copy lies there; one that is at work is let be."""
    fill(tmp_path, 20_000)
    watch = a_watch(tmp_path, SettableClock())
    shelf = tmp_path / "backups"
    command = [sys.executable, "-m", "kuzet", "backup", "--data", str(tmp_path)]
    backup = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(shelf.glob(f"{UNFINISHED}*/hub.db")), "the copy of the store")
    backup.send_signal(signal.SIGSTOP)
    watch.look()
    assert [path.name for path in shelf.glob(f"{UNFINISHED}*/hub.db")] == ["hub.db"]
    backup.kill()
    backup.wait()
    assert [path.name for path in shelf.glob(f"{UNFINISHED}*/hub.db")] == ["hub.db"]
    watch.look()
    assert list(shelf.iterdir()) == []
