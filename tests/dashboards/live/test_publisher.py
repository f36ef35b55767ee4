"""One step publishes one frame of what changed."""

import msgspec
import pytest
from sqlalchemy import Engine

from dashboards.live.feed import Feed, Reader
from dashboards.live.publisher import Publisher
from dashboards.settings import Settings
from hub.store.board import BoardReader, BoardWriter
from hub.store.decisions import Decisions
from tests.dashboards.campus_board import CampusBoard
from tests.fakes.edge import FakeClock


class Bench:
    """A publisher, its feed and one reader."""

    def __init__(self, campus: CampusBoard, people: Engine, clock: FakeClock) -> None:
        campus.calm()
        self.campus = campus
        self.decisions = Decisions(people)
        self.feed = Feed(8)
        settings = Settings(secret_key=b"", build="b1")
        self.publisher = Publisher(settings, BoardReader(campus.engine), self.decisions, self.feed, clock)
        self.publisher.step()
        self.reader: Reader = self.feed.open()

    def told(self) -> dict[str, list[dict[str, object]]]:
        frame = self.reader.next(0.0)
        assert frame is not None
        told: dict[str, list[dict[str, object]]] = msgspec.json.decode(frame.body.split(b"data: ")[1])
        return told


@pytest.fixture
def bench(campus: CampusBoard, people: Engine, clock: FakeClock) -> Bench:
    return Bench(campus, people, clock)


def test_step_without_a_change_publishes_nothing(bench: Bench) -> None:
    assert bench.publisher.step() is False


def test_step_publishes_all_changes_since_the_last_as_one_frame(bench: Bench) -> None:
    bench.campus.full("a-204", 18, 15)
    bench.campus.full("a-207", 17, 15)
    assert bench.publisher.step() is True
    assert [space["space"] for space in bench.told()["spaces"]] == ["a-204", "a-207"]


def test_step_publishes_an_acknowledgement(bench: Bench) -> None:
    bench.campus.alert("over", "over-capacity", 1, "A-204", 2, space="a-204", value=18, limit=15)
    bench.publisher.step()
    bench.told()
    bench.decisions.add("ack", "over", "Әсет", 1)
    bench.publisher.step()
    assert bench.told()["alerts"][0]["acked_by"] == "Әсет"


def test_acknowledgement_stored_before_its_alert_was_read_is_not_lost(bench: Bench) -> None:
    bench.decisions.add("ack", "over", "Әсет", 1)
    bench.publisher.step()
    bench.campus.alert("over", "over-capacity", 1, "A-204", 2, space="a-204", value=18, limit=15)
    bench.publisher.step()
    assert bench.told()["alerts"][0]["acked_by"] == "Әсет"


def test_snapshot_is_the_whole_picture(bench: Bench) -> None:
    state = msgspec.json.decode(bench.publisher.snapshot())
    assert len(state["spaces"]) == 60
    assert state["build"] == "b1"


def test_run_ends_every_stream_when_no_longer_wanted(bench: Bench) -> None:
    bench.publisher.run(lambda: False)
    assert bench.reader.next(0.0) is None


def test_publisher_that_was_away_too_long_tells_everything_anew(bench: Bench) -> None:
    bench.campus.alert("over", "over-capacity", 1, "A-204", 2, space="a-204", value=18, limit=15)
    bench.publisher.step()
    bench.told()
    writer = BoardWriter(bench.campus.engine, keep_gone=1)
    with bench.campus.engine.begin() as connection:
        writer.write(connection, [("alert", "over", None)])
        writer.write(connection, [("gap", "g1", b"{}")])
    assert bench.publisher.step() is True
    frame = bench.reader.next(0.0)
    assert frame is not None
    assert frame.body.startswith(b"event: snapshot\n")
    assert msgspec.json.decode(frame.body.split(b"data: ")[1])["alerts"] == []
    assert bench.publisher.step() is False
