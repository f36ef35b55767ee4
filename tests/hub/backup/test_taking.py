"""Copies: whole, without readings, and only those that were unpacked and looked through."""

import gzip
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from hub.backup.archive import describe, extract, read_manifest, write_archive
from hub.backup.bare_rows import BLOCK, blank_readings
from hub.backup.errors import CopyRefused, Damaged
from hub.backup.ladder import Ladder
from hub.backup.shelf import Shelf, open_sealed, put_sealed
from hub.backup.taking import take, verify
from hub.store.audit import AuditLog
from hub.store.schema import audit, journal
from tests.builders import a_message, a_screening, at
from tests.hub.backup.campus import SITE, Campus, looks, walk
from tests.hub.site import TOPICS

#: Readings that occur nowhere else.
CANARY = {"index_c": 2.7182818, "skin_c": 36.1415926, "ambient_c": 21.4142135, "spread_c": 0.5772156}
DIGITS = [str(reading).encode() for reading in CANARY.values()]


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[Campus]:
    campus = Campus(tmp_path)
    campus.begin()
    campus.put("room-node", *walk(Random(1), 30))
    campus.put("entrance", *walk(Random(1), 5, "main"), *looks(Random(1), 5))
    campus.settle()
    yield campus
    campus.close()


def test_copy_holds_what_was_there_at_one_instant(campus: Campus, tmp_path: Path) -> None:
    settings = tmp_path / "elsewhere.toml"
    settings.write_text("site = 'test'\n")
    (campus.data / "campus.toml").write_text("edited = true\n")
    copy, manifest = take(
        campus.data, campus.shelf, {"hub.toml": settings}, site=SITE, version="1", at=at(100)
    )
    assert [member.name for member in manifest.members] == [
        "data/campus.toml",
        "files/hub.toml",
        "store/hub.db",
        "store/people.db",
    ]
    assert manifest.hub is not None
    assert manifest.hub.position == 40
    assert copy.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in campus.shelf.folder.iterdir()] == [copy.path.name]


def test_reading_is_in_no_copy_and_in_nothing_left_of_making_it(campus: Campus, tmp_path: Path) -> None:
    """Byte by byte, in the unpacked stores; the living file has it."""
    campus.put("entrance", *(a_screening(1, at=at(number), **CANARY) for number in range(50)))
    campus.settle()
    bad = a_message(a_screening(500, attempt=2, **CANARY)).replace(b'"attempt":2', b'"attempt":0')
    campus.hub.deliver(TOPICS.events("entrance"), bad)
    living = b"".join(path.read_bytes() for path in campus.data.iterdir() if path.is_file())
    assert all(digits in living for digits in DIGITS)
    copy = campus.copy()
    into = tmp_path / "unpacked"
    into.mkdir()
    extract(copy.path, into)
    unpacked = [path for path in into.rglob("*") if path.is_file()]
    assert (into / "store" / "hub.db") in unpacked
    looked = b"".join(path.read_bytes() for path in [*unpacked, *campus.shelf.folder.iterdir()])
    looked += gzip.decompress(copy.path.read_bytes())
    assert [digits for digits in DIGITS if digits in looked] == []
    assert looked.count(b'"kind":"screening"') >= 50


def test_copy_is_taken_while_the_hub_writes(campus: Campus) -> None:
    for number in range(5):
        campus.put("room-node", *walk(Random(number), 20))
        campus.hub.clock.pass_by(60)
        campus.copy()
        campus.settle()
    positions = [read_manifest(copy.path).hub for copy in campus.shelf.copies()]
    assert [one.position for one in positions if one is not None] == [120, 100, 80, 60, 40]


def test_store_whose_old_rows_changed_is_no_copy(campus: Campus) -> None:
    """A letter in an old row: SQLite sees nothing wrong, the copy of before does."""
    campus.copy()
    with campus.hub.store.begin() as connection:
        body = (
            b'{"seq":1,"at":"2026-11-23T04:00:00.000Z","kind":"passage","channel":"door","direction":"out"}'
        )
        connection.execute(journal.update().where(journal.c.position == 3).values(body=body))
    campus.hub.clock.pass_by(60)
    with pytest.raises(Damaged, match="events 1 to 40 are not those of kuzet-test-"):
        campus.copy()
    assert len(campus.shelf.copies()) == 1


def test_copy_goes_on_where_readings_were_forgotten(campus: Campus) -> None:
    campus.copy()
    for _ in range(24):
        campus.hub.clock.pass_by(3600)
        campus.hub.engine.tick()
    campus.copy()
    assert len(campus.shelf.copies()) == 2


def break_the_chain(campus: Campus) -> None:
    AuditLog(campus.hub.people, campus.hub.clock).add("Айгүл", "admin", "test", "one")
    with campus.hub.people.begin() as connection:
        connection.execute(audit.update().values(subject="another"))


def test_copy_of_a_broken_audit_log_is_kept_and_says_so(campus: Campus, tmp_path: Path) -> None:
    break_the_chain(campus)
    copy, key = campus.copy(), bytes(range(32))
    assert copy.path.name.endswith("Z.audit-broken.tar.gz")
    people = verify(copy.path, tmp_path / "unpacked").people
    assert people is not None
    assert (people.broken_at, people.broken_why) == (1, "was changed: its hash is of other words")
    assert put_sealed(copy, Shelf(tmp_path / "share", SITE), key).is_broken
    assert [one.is_broken for one in campus.shelf.copies()] == [True]


def test_ladder_never_removes_the_newest_copy_whose_audit_log_holds(campus: Campus) -> None:
    whole = [campus.copy().path]
    campus.hub.clock.pass_by(60)
    whole.append(campus.copy().path)
    break_the_chain(campus)
    for _ in range(4):
        campus.hub.clock.pass_by(86400)
        newest = campus.copy().path
        campus.shelf.thin(Ladder(1, 0, 0))
        assert [copy.path for copy in campus.shelf.copies()] == [newest, whole[1]]


def test_copy_whose_chain_broke_after_it_was_made_is_refused(campus: Campus, tmp_path: Path) -> None:
    """What its manifest says whole must be whole."""
    AuditLog(campus.hub.people, campus.hub.clock).add("Айгүл", "admin", "test", "one")
    copy = campus.copy()
    into = tmp_path / "unpacked"
    into.mkdir()
    manifest = extract(copy.path, into)
    with closing(sqlite3.connect(into / "store" / "people.db")) as database:
        database.execute("UPDATE audit SET subject = 'another'")
        database.commit()
    members = {member.name: into / member.name for member in manifest.members}
    forged = tmp_path / "forged"
    write_archive(forged, replace(manifest, members=describe(members)), members)
    with pytest.raises(CopyRefused, match="do not hold what its manifest says"):
        verify(forged, tmp_path / "again")


def test_copy_of_which_a_byte_changed_is_refused(campus: Campus, tmp_path: Path) -> None:
    copy = campus.copy()
    whole = copy.path.read_bytes()
    for number in range(0, len(whole), max(1, len(whole) // 40)):
        changed = bytearray(whole)
        changed[number] ^= 32
        copy.path.write_bytes(changed)
        refused = _refused(copy.path, tmp_path / f"{number}")
        # A bit that gzip does not use changes nothing.
        assert refused or gzip.decompress(bytes(changed)) == gzip.decompress(whole)
    copy.path.write_bytes(whole[: len(whole) // 2])
    assert _refused(copy.path, tmp_path / "short")


def test_archive_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kuzet-test-20261123T040000Z.tar.gz"
    (tmp_path / "note").write_text("hello")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(tmp_path / "note", "../../note")
    with pytest.raises(CopyRefused, match=r"it does not begin with manifest\.json"):
        extract(path, tmp_path)


def test_sealed_copy_elsewhere_is_the_same_copy(campus: Campus, tmp_path: Path) -> None:
    copy, key = campus.copy(), bytes(range(32))
    away = Shelf(tmp_path / "share", SITE)
    there = put_sealed(copy, away, key)
    assert (there.is_sealed, there.at) == (True, copy.at)
    assert [path.name for path in away.folder.iterdir()] == [there.path.name]
    open_sealed(there.path, tmp_path / "plain", key)
    assert (tmp_path / "plain").read_bytes() == copy.path.read_bytes()
    with pytest.raises(CopyRefused):
        open_sealed(there.path, tmp_path / "not", bytes(32))
    assert not (tmp_path / "not").exists()


def test_shelf_is_thinned_for_its_own_site_alone(tmp_path: Path) -> None:
    ours, theirs = Shelf(tmp_path, "test"), Shelf(tmp_path, "other")
    for hour in range(5):
        for shelf in (ours, theirs):
            made = shelf.begin() / "copy"
            made.write_bytes(b"copy")
            shelf.put(made, str(shelf.site), at(3600 * hour), is_sealed=False)
    assert len(ours.thin(Ladder(2, 0, 0))) == 3
    assert (len(ours.copies()), len(theirs.copies())) == (2, 5)


def test_readings_are_blanked_across_the_blocks_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    reading = b'"skin_c":36.61234'
    path.write_bytes(bytes(BLOCK - 7) + reading + b"," + reading.replace(b":", b" : -"))
    assert blank_readings(path) == 2
    assert path.stat().st_size == BLOCK - 7 + 2 * len(reading) + 4
    assert b"36.6" not in path.read_bytes()


def _refused(path: Path, into: Path) -> bool:
    try:
        verify(path, into)
    except (CopyRefused, Damaged):
        return True
    return False


def test_copy_is_older_than_what_it_was_restored_over(campus: Campus) -> None:
    """A campus that went on from an older copy is not compared with newer ones: they are of what was lost."""
    campus.copy()
    campus.put("room-node", *walk(Random(4), 10))
    campus.settle()
    campus.hub.clock.pass_by(60)
    newest = campus.copy()
    campus.close()
    newest.path.write_bytes(b"")
    (campus.data / "hub.db").write_bytes(b"")
    again = Campus(campus.folder)
    again.begin(timedelta(hours=1))
    again.settle()
    again.hub.clock.pass_by(60)
    again.copy()
    again.close()
