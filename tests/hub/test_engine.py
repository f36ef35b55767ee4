"""The hub from a delivery to what it says, over a real store."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.announcer import Announcer
from hub.engine import Engine
from hub.inbox import Delivery
from hub.store.board import BoardReader
from hub.store.database import hub_url, open_database, people_url
from hub.store.decisions import Decisions
from hub.store.schema import hub as hub_tables
from hub.store.schema import journal, rejected, snapshot
from hub.store.schema import people as people_tables
from protocol.codec import encode
from protocol.events import AnyEvent
from protocol.messages import Health
from protocol.topics import Topics
from tests.builders import EPOCH, OTHER_EPOCH, a_layout, a_message, a_passage, a_profile, an_exit, at
from tests.fakes.hub import SettableClock, Voice

TOPICS = Topics("test")


class Site:
    """A hub over a folder; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SettableClock()
        self.voice = Voice()
        self._ids = count(1)
        self.start()

    def start(self) -> None:
        self.store = open_database(hub_url(self.folder), hub_tables)
        self.people = open_database(people_url(self.folder), people_tables)
        self.decisions = Decisions(self.people)
        self.engine = Engine(
            store=self.store,
            decisions=self.decisions,
            layout=a_layout(),
            profile=a_profile(),
            announcer=Announcer(self.voice, TOPICS, "1", self.clock.now()),
            clock=self.clock,
            new_id=lambda: f"alert-{next(self._ids)}",
            version="1",
            allowance_valid_s=60.0,
            snapshot_every_s=30.0,
        )
        self.engine.greet()

    def kill(self) -> None:
        self.store.dispose()
        self.people.dispose()

    def restart(self) -> None:
        self.kill()
        self.start()

    def send(self, node: str, *events: AnyEvent, epoch: str = EPOCH) -> None:
        self.deliver(TOPICS.events(node), a_message(*events, epoch=epoch))

    def deliver(self, topic: str, payload: bytes, retained: bool = False) -> None:
        self.engine.take([Delivery(topic, payload, retained)])

    def tick(self, seconds: float = 0.2) -> None:
        self.clock.pass_by(seconds)
        self.engine.tick()

    def rows(self, table: str) -> int:
        with self.store.connect() as connection:
            return int(
                connection.execute(select(func.count()).select_from(hub_tables.tables[table])).scalar() or 0
            )

    def room(self) -> dict[str, object]:
        return self.voice.last("space/room/state") or {}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.kill()


def test_passage_is_stored_believed_and_acknowledged(site: Site) -> None:
    site.send("room-node", a_passage())
    assert site.rows("journal") == 1
    assert site.room()["occupancy"] == 1
    assert site.voice.last("node/room-node/ack") == {"epoch": EPOCH, "seq": 1, "missing": []}


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
    assert site.voice.last("ack") == {"epoch": EPOCH, "seq": 4, "missing": []}


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


def test_restart_believes_what_was_stored_without_a_snapshot(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2), an_exit(3))
    site.restart()
    site.deliver(
        TOPICS.health("room-node"), encode(Health(at=site.clock.now(), epoch=EPOCH, seq=3, outbox_depth=0))
    )
    site.tick()
    assert site.room()["occupancy"] == 1


def test_restart_from_a_snapshot_equals_a_restart_from_nothing(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    site.tick(31)
    assert site.rows("snapshot") == 1
    site.send("room-node", a_passage(3))
    site.restart()
    with_snapshot = site.engine.campus.state
    with site.store.begin() as connection:
        connection.execute(snapshot.delete())
    site.restart()
    assert site.engine.campus.state == with_snapshot
    assert site.engine.journal.state.receipts[1].received.prefix == 3


def test_repeat_after_a_restart_is_still_a_repeat(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(3))
    site.restart()
    site.send("room-node", a_passage(1), a_passage(2), a_passage(3))
    assert site.rows("journal") == 3
    assert site.room()["occupancy"] == 3


def test_room_is_unknown_after_a_restart_until_its_door_speaks(site: Site) -> None:
    site.send("room-node", a_passage())
    site.voice = Voice()
    site.restart()
    site.tick()
    assert site.room()["state"] == "unknown"
    assert site.room()["occupancy"] is None


def test_crowd_fires_an_alert_with_its_clause_and_an_acknowledgement_is_told_to_all(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    told = site.voice.last("alert/alert-1") or {}
    assert (told["state"], told["value"], told["limit"], told["clause"]) == ("firing", 17, 15, "§71, §69.3")
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Aset"


def test_alert_and_its_owner_survive_a_restart(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    site.voice = Voice()
    site.restart()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Aset"


def test_topic_of_a_closed_alert_is_emptied(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.send("room-node", an_exit(2, people=5))
    site.tick()
    site.tick(31)
    emptied = [one.payload for one in site.voice.said if one.topic.endswith("alert/alert-1")]
    assert emptied[-1] == b""


def test_retained_alert_of_another_life_is_emptied(site: Site) -> None:
    site.deliver(TOPICS.alert("01OLD"), b'{"id":"01OLD"}', retained=True)
    assert [one.payload for one in site.voice.said if one.topic.endswith("01OLD")] == [b""]


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
    assert kinds == {"space", "node", "ledger", "hub"}
    newest = everything[-1].version
    site.send("room-node", a_passage(2))
    site.tick()
    changed = reader.changes_since(newest)
    assert {(change.kind, change.key) for change in changed} == {("space", "room"), ("ledger", "ledger")}


def test_ledger_line_closes_and_shows_what_is_pending(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    site.deliver(TOPICS.events("room-node"), a_message(a_passage(3)).replace(b'"in"', b'"up"'))
    site.deliver(TOPICS.health("room-node"), encode(Health(at=at(), epoch=EPOCH, seq=7, outbox_depth=4)))
    site.tick()
    (row,) = [one for one in BoardReader(site.store).read() if one.kind == "ledger"]
    assert row.body == b'{"produced":7,"stored":2,"rejected":1,"pending":4,"dropped":0,"unreadable":0}'


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
