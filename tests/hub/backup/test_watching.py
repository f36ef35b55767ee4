"""A hub that runs: whoever has its stores open follows a restore, and damage found elsewhere ends it."""

import threading
from pathlib import Path

from hub.backup.recovery import NOTE, note_damaged
from hub.backup.watching import PAGES_EVERY_S, StoreWatch
from hub.store.board import BoardReader, BoardWriter
from hub.store.database import hub_url, open_database, opened, people_url
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from tests.fakes.hub import SettableClock


def a_watch(data: Path, clock: SettableClock) -> StoreWatch:
    for url, tables in ((hub_url(data), hub_tables), (people_url(data), people_tables)):
        with opened(url, tables):
            pass
    return StoreWatch(data, clock, threading.Event())


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
