"""The hub from a delivery to what it says, over a real store."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from hub.announcer import Announcer
from hub.engine import Engine
from hub.errors import StoreError
from hub.inbox import Delivery
from hub.layout import Door, Layout
from hub.reception import Reception
from hub.store.board import BoardReader
from hub.store.database import hub_url, open_database, people_url
from hub.store.decisions import Decisions
from hub.store.schema import board, journal, rejected, snapshot
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.codec import encode
from protocol.events import AnyEvent
from protocol.messages import Health
from protocol.topics import Topics
from tests.builders import EPOCH, OTHER_EPOCH, a_layout, a_message, a_passage, an_exit, at, the_orders
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

    def start(self, layout: Layout | None = None) -> None:
        self.store = open_database(hub_url(self.folder), hub_tables)
        self.people = open_database(people_url(self.folder), people_tables)
        self.decisions = Decisions(self.people)
        self.engine = Engine(
            store=self.store,
            decisions=self.decisions,
            reception=Reception(self.folder),
            orders=the_orders(layout),
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

    def alerts(self) -> list[dict[str, object]]:
        said = {one.topic: one.payload for one in self.voice.said if "/alert/" in one.topic}
        return [msgspec.json.decode(payload) for payload in said.values() if payload]

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


def test_crowd_that_left_while_the_hub_was_away_is_watched_before_it_is_called_resolved(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.clock.pass_by(600)
    site.restart()
    site.send("room-node", an_exit(2, people=10))
    site.tick(1)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "firing"
    site.tick(31)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "resolved"


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
    assert kinds == {"space", "node", "ledger", "hub", "handover"}
    newest = everything[-1].version
    site.send("room-node", a_passage(2))
    site.tick()
    changed = reader.changes_since(newest)
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


def test_row_that_a_new_version_cannot_read_is_passed_over(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    with site.store.begin() as connection:
        connection.execute(journal.update().where(journal.c.seq == 1).values(body=b'{"kind":"levitation"}'))
    site.restart()
    assert site.engine.campus.today("room", at()).count == 1
    assert site.engine.journal.state.receipts[1].received.prefix == 2


def test_wall_clock_that_is_set_back_keeps_no_dead_node_alive(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.clock.set_wall(timedelta(hours=-3))
    site.tick(20)
    assert site.voice.times("alert/alert-1") == 1, "patience is a length of time"
    site.tick(91)
    assert site.room()["state"] == "unknown"


def test_restart_says_nothing_new_of_a_node_that_was_dead_before(site: Site) -> None:
    site.send("room-node", a_passage())
    site.tick()
    site.tick(91)
    (told,) = [one for one in site.alerts() if one["node"] == "room-node"]
    site.decisions.add("ack", str(told["id"]), "Aset", at_ms=0)
    site.tick()
    site.voice = Voice()
    site.restart()
    for _ in range(10):
        site.tick(5)
    again = site.voice.last(f"alert/{told['id']}") or {}
    assert (again["state"], again["acked_by"]) == ("firing", "Aset")


def test_people_store_that_fails_stops_no_alert(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.people.dispose()
    (site.folder / "people.db").write_bytes(b"this is not a database at all, but it is long enough" * 40)
    site.tick(20)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "firing"


def test_acknowledgements_count_anew_when_the_people_store_is_another(site: Site) -> None:
    for i in range(3):
        site.decisions.add("ack", f"old-{i}", "Aset", at_ms=0)
    site.tick()
    site.kill()
    for name in ("people.db", "people.db-wal", "people.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    site.start()
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Dana", at_ms=0)
    site.tick()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Dana"


def test_pending_alert_cannot_be_acknowledged_before_it_is_one(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    site.tick(20)
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] is None


def test_retained_health_proves_no_life(site: Site) -> None:
    health = encode(Health(at=at(), epoch=EPOCH, seq=0, outbox_depth=0))
    site.deliver(TOPICS.health("room-node"), health, retained=True)
    site.tick()
    assert site.room()["state"] == "unknown"


def test_room_that_left_the_campus_file_leaves_the_board(site: Site) -> None:
    site.tick()
    with site.store.begin() as connection:
        connection.execute(board.insert().values(kind="space", key="old", version=1, body=b"{}"))
        connection.execute(board.insert().values(kind="node", key="old", version=2, body=b"{}"))
    site.restart()
    site.tick()
    assert [one.key for one in BoardReader(site.store).read() if one.key == "old"] == []


def test_door_added_to_the_campus_file_places_what_came_before(site: Site) -> None:
    site.send("new-node", a_passage(people=5, channel="door"))
    site.engine.close()
    door = Door(id="new", node="new-node", channel="door", inner="room", outer="hall")
    site.kill()
    site.start(a_layout(doors=(*a_layout().doors, door)))
    assert site.engine.campus.today("room", at()).count == 5


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
