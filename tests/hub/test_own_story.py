"""Stores that were put back from a copy: said on the board and by an alert, until somebody has read it."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from hub.backup.recovery import ready
from hub.backup.shelf import Copy
from hub.store.board import HubRow
from hub.store.orders import Acknowledge, Order, ReadRestored, encode_order
from hub.store.schema import board
from tests.hub.site import Site

HOUR = timedelta(hours=1)


def hub_row(site: Site) -> HubRow:
    site.tick(1.5)
    with site.store.connect() as connection:
        body = connection.execute(board.select().where(board.c.kind == "hub")).one().body
    return msgspec.json.decode(body, type=HubRow)


def put_back(site: Site, *names: str) -> datetime:
    """As if these stores had just come from a copy of an hour ago."""
    site.kill()
    now = site.clock.now()
    for name in names:
        copy = Copy(now - HOUR, Path("kuzet-test.tar.gz"), "test", False)
        ready(site.folder / name, name, now, "it was damaged", copy)
    site.start()
    return now


def decide(site: Site, order: Order, subject: str) -> None:
    kind, detail = encode_order(order)
    site.decisions.add(kind, subject, "Admin", int(site.clock.now().timestamp() * 1000), detail)


def open_restored(site: Site) -> list[dict[str, object]]:
    return [one for one in site.alerts() if one["rule"] == "store-restored"]


def test_nothing_is_said_of_a_store_that_was_never_put_back(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert hub_row(site).restored == ()
    assert open_restored(site) == []
    site.kill()


def test_both_stores_are_named_with_what_they_lack(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.tick()
    at = put_back(site, "hub.db", "people.db")
    row = hub_row(site)
    assert {one.store for one in row.restored} == {"hub.db", "people.db"}
    assert {one.since for one in row.restored} == {at - HOUR}
    assert row.counters["restored_at_s"] == at.timestamp()
    assert len(open_restored(site)) == 2
    site.kill()


def test_people_alone_are_told_of_too(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.tick()
    put_back(site, "people.db")
    assert [one.store for one in hub_row(site).restored] == ["people.db"]
    site.kill()


def test_it_is_said_until_it_is_read_and_not_again_after_a_restart(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.tick()
    put_back(site, "hub.db", "people.db")
    newest = hub_row(site).restored[0].at
    site.restart()
    assert len(hub_row(site).restored) == 2
    decide(site, ReadRestored(), newest.isoformat())
    assert hub_row(site).restored == ()
    site.restart()
    assert hub_row(site).restored == ()
    for alert in open_restored(site):
        decide(site, Acknowledge(), str(alert["id"]))
    for _ in range(2):
        site.tick(120)
    assert open_restored(site) == []
    site.kill()


def test_store_that_is_put_back_again_is_said_again(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.tick()
    put_back(site, "people.db")
    decide(site, ReadRestored(), hub_row(site).restored[0].at.isoformat())
    assert hub_row(site).restored == ()
    site.tick(600)
    at = put_back(site, "people.db")
    (again,) = hub_row(site).restored
    assert abs(again.at - at) < timedelta(seconds=1)
    site.kill()


def test_word_that_names_no_instant_reads_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.tick()
    put_back(site, "hub.db")
    decide(site, ReadRestored(), "whenever")
    assert len(hub_row(site).restored) == 1
    site.kill()
