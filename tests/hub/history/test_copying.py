"""The copy of the journal: batches, patience and stepping back, by a fake server."""

from pathlib import Path

import msgspec
import pytest

from hub.history.cursor import CursorFile
from hub.history.rows import Mark
from hub.history.target import TargetBusy
from protocol.events import (
    Air,
)
from tests.builders import (
    EPOCH,
    OTHER_EPOCH,
    a_passage,
)
from tests.hub.history.bench import DAY, Copying, Hub, Server, journal_of, on


def test_history_copies_in_batches_and_then_waits(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take_passages(12)
    assert copying.steps(2) == [10, 10]
    assert copying.history.pause_s == 0.0
    assert copying.steps(2) == [4, 0]
    assert copying.history.pause_s == 1.0
    assert len(set(server.lines)) == len(server.lines) == 24


def test_history_goes_past_an_event_that_holds_no_value(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take("room-node", Air(seq=1, at=DAY, channel="sensor"))
    copying.steps(2)
    hub.take("room-node", a_passage(2))
    copying.steps(2)
    assert [line.split(",")[0] for line in server.lines] == ["passage"]


def test_history_writes_again_all_that_a_killed_server_may_have_forgotten(
    copying: Copying, hub: Hub, server: Server
) -> None:
    hub.take_passages(10)
    copying.steps(3)
    server.die()
    hub.take_passages(5, first_ms=100)
    assert copying.steps(1) == [0]
    server.rise()
    copying.steps(5)
    assert len(set(server.lines)) == 30


def test_history_writes_again_though_a_proxy_kept_the_connection(
    copying: Copying, hub: Hub, server: Server
) -> None:
    hub.take_passages(5)
    copying.steps(2)
    server.die()
    hub.take_passages(5, first_ms=100)
    copying.steps(1)
    server.fault = None
    copying.steps(3)
    assert len(set(server.lines)) == 20


def test_history_counts_back_from_the_last_answer_however_long_nothing_was_written(
    copying: Copying, hub: Hub, server: Server
) -> None:
    hub.take_passages(5)
    copying.steps(1)
    server.die()
    copying.clock.pass_by(3600)
    hub.take_passages(5, first_ms=100)
    copying.steps(1)
    server.rise()
    copying.steps(3)
    assert len(set(server.lines)) == 20


def test_history_notices_a_restart_between_two_writes(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take_passages(5)
    copying.steps(2)
    server.die()
    server.rise()
    hub.take_passages(5, first_ms=100)
    copying.steps(4)
    assert len(set(server.lines)) == 20


def test_history_does_not_write_again_what_is_settled(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take_passages(5)
    copying.steps(2)
    copying.live_on(30)
    server.die()
    hub.take_passages(5, first_ms=100)
    copying.steps(1)
    server.rise()
    copying.steps(3)
    assert len(server.lines) == 10


def test_history_stops_asking_once_all_is_settled(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take_passages(5)
    copying.steps(2)
    copying.live_on(30)
    asked = server.pings
    copying.live_on(600)
    assert server.pings == asked


def test_history_gets_on_though_the_server_ends_every_connection(
    copying: Copying, hub: Hub, server: Server
) -> None:
    hub.take_passages(500)
    for _ in range(300):
        server.connections += 1
        copying.steps(1, apart_s=1.0)
    copying.start()
    mark = msgspec.json.decode(copying.history.places["journal"], type=Mark)
    assert mark.position >= 500
    assert len(set(server.lines)) == 1000


def test_history_that_must_wait_does_not_write_again(copying: Copying, hub: Hub, server: Server) -> None:
    hub.take_passages(10)
    copying.steps(1)
    server.fault = TargetBusy("fake: is busy")
    copying.steps(1)
    server.fault = None
    copying.steps(3)
    assert len(server.lines) == 20


def test_history_waits_longer_and_longer_and_says_it_once(
    copying: Copying, hub: Hub, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    hub.take_passages(5)
    server.die()
    pauses = []
    for _ in range(9):
        copying.steps(1)
        pauses.append(copying.history.pause_s)
    server.rise()
    copying.steps(2)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert copying.history.pause_s == 1.0
    assert [record.getMessage().split(" target")[0] for record in caplog.records] == [
        "history away",
        "history back",
    ]


def test_history_started_again_writes_again_what_was_not_settled(
    copying: Copying, hub: Hub, server: Server
) -> None:
    hub.take_passages(5)
    copying.steps(2)
    copying.live_on(30)
    hub.take_passages(5, first_ms=100)
    copying.steps(1)
    server.lines.clear()
    copying.start()
    copying.steps(2)
    assert len(server.lines) == 10


def test_history_of_another_journal_begins_again(
    copying: Copying, hub: Hub, server: Server, tmp_path: Path
) -> None:
    hub.take_passages(5)
    copying.steps(2)
    hub.close()
    for left in (tmp_path / "data").glob("hub.db*"):
        left.unlink()
    new = Hub(tmp_path / "data")
    for seq in range(1, 13):
        new.take("room-node", a_passage(seq, at=on(seq)), epoch=OTHER_EPOCH)
    server.lines.clear()
    copying.steps(3)
    new.close()
    assert len(server.lines) == 12


@pytest.mark.parametrize("kept", [b"", b"{", b'{"target":"another","places":{"journal":"3"}}'])
def test_cursor_that_is_not_ours_is_the_beginning(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "cursor").write_bytes(kept)
    assert CursorFile(tmp_path / "cursor", "fake").load() == {}


def test_cursor_is_kept(tmp_path: Path) -> None:
    places = {"journal": Mark(5, "room-node", EPOCH, 3).place(), "alerts": "7"}
    CursorFile(tmp_path / "cursor", "fake").save(places)
    assert CursorFile(tmp_path / "cursor", "fake").load() == places


def test_reading_the_journal_leaves_it_as_it_was(hub: Hub) -> None:
    hub.take_passages(3)
    hub.close()
    before = (hub.folder / "hub.db").read_bytes()
    piece = journal_of(hub.folder).after("", 100)
    assert piece is not None
    assert (piece.rows, len(piece.lines)) == (6, 6)
    assert (hub.folder / "hub.db").read_bytes() == before
