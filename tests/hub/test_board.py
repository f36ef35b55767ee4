"""What dashboards read: rows that went are told for a while, and then forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from hub.store.board import DROPPED, BoardReader, BoardWriter, Row
from hub.store.database import hub_url, opened
from hub.store.schema import board
from hub.store.schema import hub as hub_tables

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    with opened(hub_url(tmp_path), hub_tables) as store:
        yield store


def write(store: Engine, writer: BoardWriter, *rows: Row) -> None:
    with store.begin() as connection:
        writer.write(connection, rows)


def rows(store: Engine) -> int:
    with store.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(board)).scalar_one())


def pulses(store: Engine, writer: BoardWriter, times: int) -> None:
    for number in range(times):
        write(store, writer, ("hub", "hub", b"%d %d" % (rows(store), number)))


def test_row_that_went_is_told_as_long_as_it_is_kept(store: Engine) -> None:
    writer, reader = BoardWriter(store, keep_gone=10), BoardReader(store)
    write(store, writer, ("alert", "a1", b"{}"))
    write(store, writer, ("alert", "a1", None))
    pulses(store, writer, 9)
    assert [(one.key, one.body) for one in reader.changes_since(1) or ()][:1] == [("a1", None)]


def test_row_that_went_long_ago_is_dropped_and_late_readers_read_anew(store: Engine) -> None:
    writer, reader = BoardWriter(store, keep_gone=10), BoardReader(store)
    write(store, writer, ("alert", "a1", b"{}"))
    write(store, writer, ("alert", "a1", None))
    pulses(store, writer, 10)
    assert rows(store) == 1
    assert reader.changes_since(1) is None
    assert [one.key for one in reader.changes_since(2) or ()] == ["hub"]
    assert [one.key for one in reader.read()] == ["hub"]


def test_row_that_came_back_is_not_dropped(store: Engine) -> None:
    writer = BoardWriter(store, keep_gone=10)
    write(store, writer, ("silence", "s1", None))
    write(store, writer, ("silence", "s1", b"{}"))
    pulses(store, writer, 20)
    assert [one.key for one in BoardReader(store).read()] == ["s1", "hub"]


def test_dropped_row_may_come_again(store: Engine) -> None:
    writer = BoardWriter(store, keep_gone=1)
    write(store, writer, ("gap", "g1", None))
    pulses(store, writer, 3)
    write(store, writer, ("gap", "g1", b"{}"))
    assert [one.key for one in BoardReader(store).read()] == ["hub", "g1"]


def test_rows_that_went_before_a_restart_are_dropped_a_few_at_a_time(store: Engine) -> None:
    writer = BoardWriter(store, keep_gone=1000)
    write(store, writer, *(("alert", f"a{number}", None) for number in range(DROPPED + 5)))
    later = BoardWriter(store, keep_gone=0)
    pulses(store, later, 1)
    assert rows(store) == 5 + 1
    pulses(store, later, 1)
    assert rows(store) == 1
