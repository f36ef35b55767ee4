"""The table of alerts: each alert is one row, whichever hub wrote it first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from hub.alerts.alert import Alert
from hub.alerts.outcome import Outcome
from hub.store.alert_book import AlertBook
from hub.store.database import hub_url, opened, writing
from hub.store.schema import hub as hub_tables
from protocol.messages import AlertState
from tests.builders import at

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    with opened(hub_url(tmp_path), hub_tables) as store:
        yield store


def an_alert(id: str, value: float = 12.0) -> Alert:
    return Alert(
        id=id,
        rule="over-capacity",
        subject=id,
        label=id,
        priority=1,
        space=id,
        node=None,
        state=AlertState.FIRING,
        since=at(0),
        found_at=at(0),
        value=value,
    )


def write(store: Engine, book: AlertBook, *alerts: Alert) -> None:
    with writing(store) as connection:
        book.write(connection, Outcome(list(alerts), [], [], None))


def test_alert_that_changes_stays_one_row(store: Engine) -> None:
    book = AlertBook(store)
    write(store, book, an_alert("a"), an_alert("b"))
    write(store, book, an_alert("a", 13.0), an_alert("c"))
    assert [(one.id, one.value) for one in book.open()] == [("a", 13.0), ("b", 12.0), ("c", 12.0)]


def test_alert_of_an_earlier_hub_is_found_and_changed(store: Engine) -> None:
    write(store, AlertBook(store), an_alert("a"))
    write(store, AlertBook(store), an_alert("a", 14.0), an_alert("b"))
    assert [(one.id, one.value) for one in AlertBook(store).open()] == [("a", 14.0), ("b", 12.0)]


def test_closed_alert_that_is_corrected_stays_one_row(store: Engine) -> None:
    book = AlertBook(store)
    write(store, book, an_alert("a"))
    closed = replace(an_alert("a"), state=AlertState.RESOLVED, closed_at=at(60))
    write(store, book, closed)
    write(store, book, replace(closed, value=15.0))
    assert book.open() == []
    assert [one.value for one in book.all()] == [15.0]
