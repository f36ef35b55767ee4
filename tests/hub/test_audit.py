"""The audit log is one chain, whoever writes at once, and every change made behind its back shows."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from hub.store import schema
from hub.store.audit import FIRST, AuditLog, Entry, Head, seal
from hub.store.database import open_database, people_url
from hub.store.decisions import Decisions
from hub.store.schema import audit
from tests.fakes.edge import FakeClock

LENGTH = int(os.environ.get("KUZET_AUDIT", "30"))
#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(people_url(tmp_path), schema.people)
    yield engine
    engine.dispose()


@pytest.fixture
def log(people: Engine) -> AuditLog:
    return AuditLog(people, FakeClock())


@pytest.fixture
def filled(log: AuditLog) -> AuditLog:
    for number in range(LENGTH):
        log.add("Айгүл", "manager", "alert.ack", f"alert-{number}", {"n": number}, account=1)
    return log


def test_empty_log_is_whole(log: AuditLog) -> None:
    assert (log.verify(), log.head(), log.page(None, 10)) == ([], Head(0, FIRST), [])


def test_entry_keeps_what_was_done(log: AuditLog) -> None:
    added = log.add("Әсет", "guard", "space.recount", "a-204", {"count": 12, "a": "б"}, account=7)
    assert log.page(None, 10) == [added]
    assert (added.id, added.who, added.role, added.account) == (1, "Әсет", "guard", 7)
    assert (added.detail, added.prev_hash) == ('{"a":"б","count":12}', FIRST)
    assert log.head() == Head(1, added.hash)


def test_hash_is_that_of_the_canonical_words(log: AuditLog) -> None:
    added = log.add("A", "guard", "sign_in", "")
    words = [FIRST, 1, added.at_ms, "A", None, "guard", "sign_in", "", "{}"]
    text = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
    assert added.hash == hashlib.sha256(text.encode()).hexdigest()


def test_pages_are_newest_first_and_filtered(filled: AuditLog) -> None:
    filled.add("Әсет", "guard", "alert.shelve", "alert-3")
    filled.add("Әсет", "guard", "alerted", "alert-3")
    newest = filled.page(None, 2)
    assert [one.id for one in newest] == [LENGTH + 2, LENGTH + 1]
    assert filled.page(newest[-1].id, 1)[0].id == LENGTH
    assert {one.who for one in filled.page(None, 100, actor="Әсет")} == {"Әсет"}
    assert [one.action for one in filled.page(None, 100, subject="alert-3")] == [
        *("alerted", "alert.shelve", "alert.ack"),
    ]
    assert len(filled.page(None, 100, action="alert")) == LENGTH + 1
    assert len(filled.page(None, 100, action="alert.shelve")) == 1


def test_whole_chain_has_no_fault(filled: AuditLog) -> None:
    assert filled.verify() == []
    assert filled.verify(filled.head()) == []


def _change(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(audit).where(audit.c.id == 12).values(who="Ерлан"))


def _remove(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.id == 12))


def _insert(engine: Engine) -> None:
    """One more entry between 11 and 12; the later ones are numbered anew."""
    with engine.begin() as connection:
        rows = connection.execute(select(audit).where(audit.c.id >= 12).order_by(audit.c.id.desc()))
        for row in rows.all():
            connection.execute(update(audit).where(audit.c.id == row.id).values(id=row.id + 1))
        forged = dict(connection.execute(select(audit).where(audit.c.id == 13)).mappings().one())
        forged |= {"id": 12, "subject": "forged", "prev_hash": "f" * 64}
        connection.execute(insert(audit).values(forged))


def _reorder(engine: Engine) -> None:
    with engine.begin() as connection:
        for old, new in ((12, 1000), (13, 12), (1000, 13)):
            connection.execute(update(audit).where(audit.c.id == old).values(id=new))


def _replace_and_seal(engine: Engine) -> None:
    """Change an entry and give it the hash of its new words: the next one still follows the old."""
    log = AuditLog(engine, FakeClock())
    with engine.begin() as connection:
        row = dict(connection.execute(select(audit).where(audit.c.id == 12)).mappings().one())
    sealed = seal(Entry(**{**row, "who": "Ерлан"}))
    assert log.count() == LENGTH
    with engine.begin() as connection:
        connection.execute(update(audit).where(audit.c.id == 12).values(sealed._asdict()))


@pytest.mark.parametrize(
    ("tamper", "first"),
    [(_change, 12), (_remove, 13), (_insert, 12), (_reorder, 12), (_replace_and_seal, 13)],
    ids=["changed", "removed", "inserted", "reordered", "changed with a new hash"],
)
def test_tampering_is_found_at_the_entry(
    filled: AuditLog, people: Engine, tamper: Callable[[Engine], None], first: int
) -> None:
    tamper(people)
    assert filled.verify()[0].id == first


def test_every_entry_changed_is_found(filled: AuditLog, people: Engine) -> None:
    found = []
    for number in range(1, LENGTH + 1):
        with people.begin() as connection:
            connection.execute(update(audit).where(audit.c.id == number).values(at_ms=audit.c.at_ms + 1))
        found.append(filled.verify()[0].id)
        with people.begin() as connection:
            connection.execute(update(audit).where(audit.c.id == number).values(at_ms=audit.c.at_ms - 1))
    assert (found, filled.verify()) == (list(range(1, LENGTH + 1)), [])


def test_cut_at_the_end_shows_against_the_head_noted(filled: AuditLog, people: Engine) -> None:
    noted = filled.head()
    with people.begin() as connection:
        connection.execute(delete(audit).where(audit.c.id > LENGTH - 3))
    assert filled.verify() == []
    (fault,) = filled.verify(noted)
    assert (fault.id, "cut off" in fault.what) == (LENGTH, True)


def test_cut_and_written_on_shows_against_the_head_noted(filled: AuditLog, people: Engine) -> None:
    noted = filled.head()
    with people.begin() as connection:
        connection.execute(delete(audit).where(audit.c.id == LENGTH))
    filled.add("Әсет", "guard", "alert.ack", "x")
    (fault,) = filled.verify(noted)
    assert (fault.id, fault.what) == (LENGTH, "is not the entry that was noted")


def test_threads_write_one_chain(log: AuditLog, people: Engine) -> None:
    decisions = Decisions(people)

    def write(number: int) -> None:
        log.add("A", "guard", "sign_in", str(number))
        decisions.add(
            *("hold", f"s-{number}", "A", 1000),
            beside=lambda connection, made: log.add(
                made.who, "guard", "space.hold", made.subject, connection=connection
            ),
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert (log.verify(), log.head().id) == ([], 80)


_WRITER = """
import sys
from pathlib import Path
from hub.store import schema
from hub.store.audit import AuditLog
from hub.store.database import open_database, people_url
from protocol.clock import SystemClock
log = AuditLog(open_database(people_url(Path(sys.argv[1])), schema.people), SystemClock())
for number in range(40):
    log.add("A", "guard", "sign_in", str(number))
"""


def test_processes_write_one_chain(log: AuditLog, tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert (log.verify(), log.head().id) == ([], 120)


def test_entry_stands_or_falls_with_its_decision(log: AuditLog, people: Engine) -> None:
    def fail(connection: object, made: object) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk"):
        Decisions(people).add("hold", "a-204", "A", 1000, beside=fail)
    assert (Decisions(people).since(0), log.head().id) == ([], 0)


def test_repeated_decision_is_one_entry(log: AuditLog, people: Engine) -> None:
    for at_ms in (1000, 2000):
        Decisions(people).add(
            *("ack", "x", "A", at_ms),
            beside=lambda connection, made: log.add("A", "guard", "alert.ack", "x", connection=connection),
        )
    assert log.head().id == 1
