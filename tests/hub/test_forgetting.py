"""Within a day nothing measured on a person is left in any file of the hub; what was counted stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, select

from hub.store import forgetting
from hub.store.database import hub_url, open_database, opened
from hub.store.facts import Facts
from hub.store.forgetting import AFTER, LATE, ROWS, Forgetting, without_readings
from hub.store.journal import Journal
from hub.store.schema import hub as hub_tables
from hub.store.schema import journal, rejected, snapshot
from protocol.codec import decode_batch, decode_event, encode_event
from protocol.events import Screening, Verdict
from protocol.topics import Topics
from tests.builders import a_message, a_passage, at
from tests.hub.site import Site

#: Readings that occur nowhere else: what is looked for in the files.
CANARY = Screening(
    seq=1,
    at=at(0),
    channel="post",
    verdict=Verdict.ELEVATED,
    index_c=2.7182818,
    skin_c=36.1415926,
    ambient_c=21.4142135,
    spread_c=0.5772156,
    samples=31337,
    attempt=2,
)
READINGS = (b"2.7182818", b"36.1415926", b"21.4142135", b"0.5772156", b"31337")
TOPICS = Topics("test")
HOUR_S = 3600.0


def a_screening(seq: int, **changed: Any) -> Screening:
    return replace(CANARY, seq=seq, **changed)


def found_in(folder: Path) -> set[str]:
    """The files that still hold one of the readings."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(reading in path.read_bytes() for reading in READINGS)
    }


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(hub_url(tmp_path), hub_tables)
    yield engine
    engine.dispose()


def bodies(store: Engine) -> list[bytes]:
    with store.connect() as connection:
        return [row.body for row in connection.execute(select(journal.c.body).order_by(journal.c.position))]


def test_reading_is_in_no_file_a_day_later(site: Site, tmp_path: Path) -> None:
    """What the promise says, looked for byte by byte: the database, its log, whatever lies beside them."""
    for seq in range(1, 400, 2):
        site.send("room-node", a_screening(seq), a_passage(seq + 1))
    bad = a_message(a_screening(401)).replace(b'"attempt":2', b'"attempt":0')
    site.deliver(TOPICS.events("room-node"), bad)
    site.tick()
    assert "hub.db" in "".join(found_in(tmp_path))
    for _ in range(24):
        site.clock.pass_by(HOUR_S)
        site.engine.tick()
    assert found_in(tmp_path) == set()
    assert (site.rows("journal"), site.rows("rejected")) == (400, 1)


def test_reading_stays_until_it_is_old(site: Site) -> None:
    site.send("room-node", a_screening(1))
    site.tick((AFTER - timedelta(minutes=1)).total_seconds())
    assert bodies(site.store) == [encode_event(CANARY)]
    site.tick(120)
    assert bodies(site.store) != [encode_event(CANARY)]


def test_verdict_instant_and_identity_stay(site: Site) -> None:
    site.send("room-node", a_screening(1))
    site.tick(AFTER.total_seconds() + 60)
    (body,) = bodies(site.store)
    assert decode_event(body) == Screening(
        seq=1, at=at(0), channel="post", verdict=Verdict.ELEVATED, attempt=2
    )
    site.send("room-node", a_screening(1))
    assert (site.rows("journal"), site.engine.journal.duplicates) == (1, 1)


def test_fold_is_the_same_from_what_is_left(site: Site) -> None:
    site.send("room-node", *(a_screening(seq) for seq in range(1, 30)), a_passage(30))
    before = site.engine.campus.state
    site.tick(AFTER.total_seconds() + 60)
    site.kill()
    with opened(hub_url(site.folder), hub_tables) as store, store.begin() as connection:
        connection.execute(snapshot.delete())
    site.start()
    again = site.engine.campus.state
    assert (again.posts, again.spaces, again.unplaced) == (before.posts, before.spaces, before.unplaced)


def test_screening_that_comes_late_is_stored_without_its_readings(site: Site, tmp_path: Path) -> None:
    site.clock.pass_by((LATE + timedelta(minutes=1)).total_seconds())
    site.send("room-node", a_screening(1))
    site.tick()
    assert (found_in(tmp_path), site.rows("journal")) == (set(), 1)


def test_other_events_are_left_as_they_came(site: Site) -> None:
    site.send("room-node", a_passage(1))
    before = bodies(site.store)
    site.tick(AFTER.total_seconds() + 60)
    assert (bodies(site.store), site.engine.journal.position) == (before, 1)


def test_field_nobody_knows_goes_with_the_readings() -> None:
    body = encode_event(CANARY).replace(b'"attempt":2', b'"attempt":2,"raw":36.1415926')
    assert b"36.14" not in without_readings(body)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"kind":"screening","skin_c":36.1,"verdict":"odd"}', b'{"kind":"screening","verdict":"odd"}'),
        (b"{broken", b"{}"),
        (b"[" * 10_000, b"{}"),
        (b'{"kind":"of-tomorrow","x":1}', b'{"kind":"of-tomorrow","x":1}'),
    ],
    ids=["verdict of an older version", "no JSON", "too deep", "unknown kind"],
)
def test_illegible_row_loses_its_readings_and_nothing_else(body: bytes, left: bytes) -> None:
    assert without_readings(body) == left


def test_rows_beyond_a_step_wait_for_the_next_turn(store: Engine) -> None:
    log = Journal(store)
    received = at(0)
    for first in range(1, ROWS + 200, 50):
        message = a_message(*(a_screening(seq) for seq in range(first, first + 50)))
        log.gather("room-node", decode_batch(message), received)
    with store.begin() as connection:
        log.write(connection)
    step = Forgetting(store, Facts(store)).step
    now = received + AFTER
    assert (step(now, 0.0), step(now, 0.2), step(now, 0.4)) == (ROWS, 200, 0)


def test_step_is_taken_up_where_it_was_after_a_restart(store: Engine) -> None:
    log = Journal(store)
    log.gather("room-node", decode_batch(a_message(a_screening(1))), at(0))
    with store.begin() as connection:
        log.write(connection)
    assert Forgetting(store, Facts(store)).step(at(0) + AFTER, 0.0) == 1
    assert Facts(store).known_number("forgotten-journal") == 1
    assert Forgetting(store, Facts(store)).step(at(0) + AFTER, 0.0) == 0


def test_row_of_a_clock_far_ahead_is_old_and_stops_nothing(store: Engine) -> None:
    log = Journal(store)
    for seq, when in ((1, at(0)), (2, at(0) + timedelta(days=900)), (3, at(1))):
        log.gather("room-node", decode_batch(a_message(a_screening(seq, at=when))), when)
    with store.begin() as connection:
        log.write(connection)
    assert Forgetting(store, Facts(store)).step(at(1) + AFTER, 0.0) == 3


def test_rejected_row_that_is_young_is_kept_while_an_older_one_is_emptied(store: Engine) -> None:
    with store.begin() as connection:
        for hour in (0, 20):
            ms = int((at(0) + timedelta(hours=hour)).timestamp() * 1000)
            row = {"node": "n", "received_ms": ms, "fault": "f", "body": b"36.6"}
            connection.execute(rejected.insert().values(row))
    Forgetting(store, Facts(store)).step(at(0) + AFTER, 0.0)
    with store.connect() as connection:
        assert [row.body for row in connection.execute(select(rejected.c.body))] == [b"", b"36.6"]


def test_log_that_a_reader_holds_is_emptied_later(store: Engine, tmp_path: Path) -> None:
    log = tmp_path / "hub.db-wal"
    step = Forgetting(store, Facts(store)).step
    with store.begin() as connection:
        connection.execute(rejected.insert().values(node="n", received_ms=0, fault="f", body=b"x"))
    with store.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.execute(select(rejected.c.id)).all()
        step(at(0), 0.0)
        assert log.stat().st_size > 0
    step(at(0), forgetting.EVERY_S)
    assert log.stat().st_size == 0
