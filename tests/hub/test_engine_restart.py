"""A hub that starts again, with or without a snapshot, and with another campus file."""

import pytest

from hub.layout import Door
from hub.store.board import BoardReader
from hub.store.schema import board, journal, snapshot
from protocol.codec import encode
from protocol.messages import Health
from tests.builders import EPOCH, a_layout, a_passage, an_exit, at
from tests.fakes.hub import Voice
from tests.hub.site import TOPICS, Site

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


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


def test_row_that_a_new_version_cannot_read_is_passed_over(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    with site.store.begin() as connection:
        connection.execute(journal.update().where(journal.c.seq == 1).values(body=b'{"kind":"levitation"}'))
    site.restart()
    assert site.engine.campus.today("room", at()).count == 1
    assert site.engine.journal.state.receipts[1].received.prefix == 2


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
