"""The hub from a delivery to what it says, over a real store."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.errors import StoreError
from hub.inbox import Delivery
from hub.store.board import BoardReader
from hub.store.schema import journal, rejected
from protocol.codec import encode
from protocol.messages import Health
from tests.builders import EPOCH, OTHER_EPOCH, a_message, a_passage, at
from tests.hub.site import TOPICS, Site


def test_passage_is_stored_believed_and_acknowledged(site: Site) -> None:
    site.send("room-node", a_passage())
    assert site.rows("journal") == 1
    assert site.room()["occupancy"] == 1
    assert site.voice.last("node/room-node/ack") == {"epoch": EPOCH, "seq": 1, "missing": [], "wire": [1, 2]}


def test_repeat_is_counted_once_and_acknowledged_again(site: Site) -> None:
    site.send("room-node", a_passage(1))
    site.clock.pass_by(1)
    site.send("room-node", a_passage(1))
    assert site.rows("journal") == 1
    assert site.room()["occupancy"] == 1
    assert site.voice.times("node/room-node/ack") == 2


def test_repeat_within_one_message_is_counted_once(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(1))
    assert site.room()["occupancy"] == 1


def test_gap_is_asked_for_and_closed(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(4))
    assert (site.voice.last("ack") or {})["missing"] == [[2, 3]]
    site.clock.pass_by(1)
    site.send("room-node", a_passage(2), a_passage(3))
    assert site.voice.last("ack") == {"epoch": EPOCH, "seq": 4, "missing": [], "wire": [1, 2]}


def test_same_seq_of_another_epoch_is_another_event(site: Site) -> None:
    site.send("room-node", a_passage(1))
    site.clock.pass_by(1)
    site.send("room-node", a_passage(1), epoch=OTHER_EPOCH)
    assert site.rows("journal") == 2
    assert site.room()["occupancy"] == 2


def test_illegal_event_is_stored_with_its_fault_and_acknowledged(site: Site) -> None:
    bad = a_message(a_passage(1), a_passage(2), a_passage(3)).replace(b'"seq":2', b'"people":0,"seq":2')
    site.deliver(TOPICS.events("room-node"), bad)
    assert (site.rows("journal"), site.rows("rejected")) == (2, 1)
    assert (site.voice.last("ack") or {})["seq"] == 3
    with site.store.connect() as connection:
        (fault,) = connection.execute(select(rejected.c.fault)).scalars()
    assert "people" in fault


@pytest.mark.parametrize("payload", [b"not json", b"{}", b"x" * 16385, b'{"epoch":1,"events":[]}'])
def test_unreadable_message_is_kept_and_the_next_one_is_taken(site: Site, payload: bytes) -> None:
    site.deliver(TOPICS.events("room-node"), payload)
    site.send("room-node", a_passage())
    assert (site.rows("journal"), site.rows("rejected")) == (1, 1)


def test_nothing_is_acknowledged_that_is_not_committed(site: Site) -> None:
    with site.store.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        site.send("room-node", a_passage())
    assert site.voice.times("/ack") == 0


def test_allowance_follows_the_room_and_says_what_it_has_counted(site: Site) -> None:
    site.send("room-node", a_passage(1, people=14))
    signal = site.voice.last("node/room-node/signal") or {}
    assert signal["seq"] == 1
    assert signal["channels"] == {
        "door": {"light": "go", "free": 1, "reason": "few-places", "clause": "§71, §69.3"}
    }
    site.clock.pass_by(1)
    site.send("room-node", a_passage(2))
    signal = site.voice.last("node/room-node/signal") or {}
    assert signal["channels"] == {
        "door": {"light": "stop", "free": 0, "reason": "full", "clause": "§71, §69.3"}
    }


def test_allowance_is_renewed_before_it_grows_stale(site: Site) -> None:
    site.send("room-node", a_passage())
    before = site.voice.times("node/room-node/signal")
    site.tick(20)
    assert site.voice.times("node/room-node/signal") == before + 1


def test_board_shows_what_changed_since(site: Site) -> None:
    reader = BoardReader(site.store)
    site.send("room-node", a_passage())
    site.tick()
    everything = reader.read()
    kinds = {change.kind for change in everything}
    for_guards = {"space", "node", "ledger", "hub", "handover"}
    assert kinds == for_guards | {"layout", "heard", "room", "health", "door"}
    newest = everything[-1].version
    site.send("room-node", a_passage(2))
    site.tick()
    changed = reader.changes_since(newest) or []
    assert {(change.kind, change.key) for change in changed} == {("space", "room")}


def test_ledger_line_closes_and_shows_what_is_pending(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    site.deliver(TOPICS.events("room-node"), a_message(a_passage(3)).replace(b'"in"', b'"up"'))
    site.deliver(TOPICS.health("room-node"), encode(Health(at=at(), epoch=EPOCH, seq=7, outbox_depth=4)))
    site.tick()
    (row,) = [one for one in BoardReader(site.store).read() if one.kind == "ledger"]
    assert row.body == b'{"produced":7,"stored":2,"rejected":1,"pending":4,"dropped":0,"unreadable":0}'


def test_what_a_node_had_no_room_for_is_produced_and_dropped_and_hides_nothing_pending(site: Site) -> None:
    site.send("room-node", *[a_passage(i) for i in range(1, 10)])
    health = Health(at=at(), epoch=EPOCH, seq=10, outbox_depth=1, dropped=5)
    site.deliver(TOPICS.health("room-node"), encode(health))
    site.tick()
    (row,) = [one for one in BoardReader(site.store).read() if one.kind == "ledger"]
    assert row.body == b'{"produced":15,"stored":9,"rejected":0,"pending":1,"dropped":5,"unreadable":0}'


@pytest.mark.parametrize("instant", ["9999-12-31T23:00:00.000Z", "0001-01-01T00:00:00.000Z"])
def test_instant_at_the_end_of_time_is_rejected_and_harms_nobody(site: Site, instant: str) -> None:
    bad = a_message(a_passage(1)).replace(b"2026-11-23T04:00:00.000Z", instant.encode())
    site.deliver(TOPICS.events("room-node"), bad)
    assert (site.rows("journal"), site.rows("rejected")) == (0, 1)
    site.restart()


def test_wall_clock_that_is_set_back_keeps_no_dead_node_alive(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.clock.set_wall(timedelta(hours=-3))
    site.tick(20)
    assert site.voice.times("alert/alert-1") == 1, "patience is a length of time"
    site.tick(91)
    assert site.room()["state"] == "unknown"


def test_retained_health_proves_no_life(site: Site) -> None:
    health = encode(Health(at=at(), epoch=EPOCH, seq=0, outbox_depth=0))
    site.deliver(TOPICS.health("room-node"), health, retained=True)
    site.tick()
    assert site.room()["state"] == "unknown"


def test_full_disk_is_said_in_words(site: Site) -> None:
    with site.store.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    messages = [a_message(*[a_passage(100 * i + k) for k in range(1, 101)]) for i in range(100)]
    deliveries = [Delivery(TOPICS.events("room-node"), payload, False) for payload in messages]
    with pytest.raises(StoreError, match="is there room on its disk"):
        site.engine.take(deliveries)


def test_silence_of_the_broker_loses_nothing_that_is_said_later(site: Site) -> None:
    site.voice.is_up = False
    site.send("room-node", a_passage())
    site.voice.is_up = True
    site.engine.greet()
    site.engine.say()
    assert site.room()["occupancy"] == 1
    assert (site.voice.last("node/room-node/ack") or {})["seq"] == 1


def test_journal_keeps_the_order_in_which_events_became_durable(site: Site) -> None:
    site.send("room-node", a_passage(2))
    site.send("room-node", a_passage(1))
    with site.store.connect() as connection:
        seqs = list(connection.execute(select(journal.c.seq).order_by(journal.c.position)).scalars())
    assert seqs == [2, 1]
