"""The books of a real hour, copied: every event read back exactly, minutes, beats, alerts and samples."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine

from hub.history.books import CORRECTED_AFTER_MIN
from hub.history.points import Points
from hub.history.source import HubFile
from hub.history.space_minutes import SpaceMinutes
from hub.history.target import InfluxTarget, TargetAway
from hub.store.history_rows import Minute
from hub.store.history_writer import HistoryWriter
from hub.store.schema import board, history_awake, history_minute
from protocol.events import Screening
from tests.hub.history_copy import (
    BookCopy,
    Keeping,
    journal_samples,
    lines_of,
    server_samples,
    table_of,
)
from tests.hub.history_hour import (
    AMBIENT_C,
    BEGINS,
    HOUR_S,
    INDEX_C,
    SKIN_C,
    SPREAD_C,
    Hour,
    hour_layout,
)
from tests.victoria import VictoriaServer, victoria  # noqa: F401  # the fixture

FIRST_MINUTE = int(BEGINS.timestamp()) // 60
CANARIES = [str(one) for one in (SKIN_C, INDEX_C, AMBIENT_C, SPREAD_C)]
#: A server that is killed so often in the middle of the hour.
KILLS = 3


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has lived through the hour."""
    folder = tmp_path_factory.mktemp("hour") / "data"
    hour = Hour(folder)
    hour.play()
    hour.close()
    return folder


@pytest.fixture
def folder(played: Path, tmp_path: Path) -> Path:
    """A copy of it, to do with what a test likes."""
    return Path(shutil.copytree(played, tmp_path / "data"))


@pytest.fixture
def real(folder: Path, victoria: VictoriaServer) -> Iterator[BookCopy]:  # noqa: F811
    target = InfluxTarget(url=victoria.url, org="campus", bucket="kuzet", token="secret", deadline_s=10.0)
    copy = BookCopy(folder, target)
    yield copy
    copy.close()
    target.close()


# Read back from a real server.


@pytest.mark.broker
def test_every_event_of_the_hour_is_read_back_exactly(
    real: BookCopy,
    folder: Path,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    real.finish()
    expected = journal_samples(folder)
    assert len(expected) > 400
    assert server_samples(victoria) == expected


@pytest.mark.broker
def test_cursor_that_is_reset_rebuilds_an_empty_server_from_zero(
    real: BookCopy,
    folder: Path,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    real.finish()
    victoria.stop()
    shutil.rmtree(folder.parent / "victoria" / "data")
    victoria.start()
    real.forget()
    real.finish()
    assert server_samples(victoria) == journal_samples(folder)


@pytest.mark.broker
def test_server_that_is_away_for_an_hour_misses_nothing(tmp_path: Path, victoria: VictoriaServer) -> None:  # noqa: F811
    folder = tmp_path / "data"
    hour = Hour(folder)
    hour.play(300)
    target = InfluxTarget(url=victoria.url, org="campus", bucket="kuzet", token=None, deadline_s=10.0)
    copy = BookCopy(folder, target)
    copy.finish()
    victoria.stop()
    hour.play()
    tries = copy.go_on(3600)
    assert copy.history.away is not None
    # Every half minute at most: an hour of trying is cheap.
    assert 110 <= tries <= 250
    victoria.start()
    copy.go_on(60)
    assert copy.history.away is None
    assert server_samples(victoria) == journal_samples(folder)
    copy.close()
    target.close()
    hour.close()


@pytest.mark.broker
def test_server_killed_in_the_middle_again_and_again_has_everything_in_the_end(
    real: BookCopy,
    folder: Path,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    for _ in range(KILLS):
        for _ in range(3):
            real.history.step()
        victoria.kill()
        real.history.step()
        assert isinstance(real.history.away, TargetAway)
        victoria.start()
        # The wait that the command makes between two tries.
        real.clock.pass_by(real.history.pause_s)
    real.finish()
    assert server_samples(victoria) == journal_samples(folder)


@pytest.mark.broker
def test_no_temperature_of_a_person_is_at_the_server_or_in_its_files(
    real: BookCopy,
    folder: Path,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    assert any(one.encode() in (folder / "hub.db").read_bytes() for one in CANARIES)
    real.finish()
    exported = victoria.export(".*")
    values = {value for one in exported for value in one.values}
    assert values.isdisjoint({SKIN_C, INDEX_C, AMBIENT_C, SPREAD_C})
    names = {one.labels["__name__"] for one in exported if one.labels["__name__"].startswith("screening")}
    assert names == {"screening_count"}
    ours = [path.read_bytes() for path in folder.glob("history*")]
    assert not [one for one in CANARIES for kept in ours if one.encode() in kept]


# What is on the wire.


def test_screening_gives_the_same_line_whatever_was_measured() -> None:
    """Every field of it that holds a number is measured on a person, or tells of one."""
    points = Points(hour_layout())
    bare = {
        "seq": 1,
        "at": BEGINS.isoformat(),
        "channel": "thermometer",
        "kind": "screening",
        "verdict": "pass",
    }
    numbers = set(Screening.__struct_fields__) - set(bare)
    assert {"skin_c", "index_c", "ambient_c", "spread_c", "samples", "attempt"} <= numbers
    full = msgspec.convert(bare | dict.fromkeys(numbers - {"clock"}, 3), Screening)
    assert points.line("entrance", full) == points.line("entrance", msgspec.convert(bare, Screening))


def test_screenings_and_alerts_are_counts_and_times_only(folder: Path) -> None:
    lines = lines_of(folder)
    table = table_of(lines)
    assert table["screening"][1] == {"count"}
    assert table["alert"][1] == {"count", "after_s"}
    assert not [one for one in CANARIES for line in lines if one in line]


def test_nobody_is_named_in_any_line(folder: Path) -> None:
    assert not [line for line in lines_of(folder) if "Aigerim" in line]


def test_every_book_is_written_twice_alike(folder: Path) -> None:
    assert sorted(lines_of(folder)) == sorted(lines_of(folder))


def lines(folder: Path, measurement: str, *parts: str) -> list[str]:
    """The lines of a measurement that hold all the parts, by time."""
    chosen = [one for one in lines_of(folder) if one.startswith(f"{measurement},")]
    chosen = [one for one in chosen if all(part in one for part in parts)]
    return sorted(chosen, key=lambda one: one.rsplit(" ", 1)[1])


def field(line: str, name: str) -> float | None:
    found = dict(one.split("=") for one in line.split(" ")[1].split(","))
    return float(found[name].rstrip("i")) if name in found else None


def minute_of(line: str) -> int:
    return int(line.rsplit(" ", 1)[1]) // 60_000_000_000 - FIRST_MINUTE


def test_alert_tells_how_long_it_waited_for_somebody_and_lasted(folder: Path) -> None:
    began, fired, *rest = lines(folder, "alert", "rule=over-capacity", "space=room")
    assert "change=began" in began
    assert field(began, "after_s") is None
    assert field(fired, "after_s") == 0
    (acked,) = [one for one in rest if "change=acked" in one]
    (resolved,) = [one for one in rest if "change=resolved" in one]
    assert field(acked, "after_s") == 430
    assert field(resolved, "after_s") == 1090


def test_space_has_a_line_for_every_minute_the_hub_was_awake(folder: Path) -> None:
    room = lines(folder, "space", "space=room")
    assert [minute_of(one) for one in room] == list(range(HOUR_S // 60))


def test_room_fills_over_its_limit_and_empties(folder: Path) -> None:
    room = {minute_of(one): one for one in lines(folder, "space", "space=room")}
    assert field(room[4], "occupancy") == 0
    assert field(room[8], "over") == (field(room[8], "most") or 0) - (field(room[8], "capacity") or 0) > 0
    assert field(room[30], "over") == 0


def test_count_that_is_unknown_is_left_out_and_said_to_be(folder: Path) -> None:
    silent = [one for one in lines(folder, "space", "space=room") if field(one, "known") == 0]
    assert {minute_of(one) for one in silent} >= {42, 43, 44}
    assert {field(one, name) for one in silent for name in ("occupancy", "low", "high", "most", "over")} == {
        None
    }


def test_node_that_was_silent_was_heard_in_fewer_minutes(folder: Path) -> None:
    heard = {one: field(one, "heard") for one in lines(folder, "node", "node=room-node")}
    assert list(heard.values()) == [10, 10, 10, 10, 5, 10]
    assert {field(one, "watched") for one in heard} == {10}


def test_ledger_of_the_hour_closes(folder: Path) -> None:
    (line,) = lines(folder, "ledger")
    parts = [field(line, name) or 0 for name in ("stored", "rejected", "pending", "dropped")]
    assert field(line, "produced") == sum(parts) > 200


def test_health_of_a_node_is_sampled(folder: Path) -> None:
    (line,) = lines(folder, "health", "node=entrance")
    assert (field(line, "cpu_c"), field(line, "disk_free_mb"), field(line, "clock_synced")) == (48.5, 2048, 1)


# The hub is away, and corrects itself.


class Remembered:
    """The hub's own tables of history, written as it writes them."""

    def __init__(self, folder: Path) -> None:
        self._engine = create_engine(f"sqlite:///{folder / 'hub.db'}")
        self._writer = HistoryWriter(self._engine)
        self.source = SpaceMinutes(HubFile(folder), hour_layout())
        self.behind = SpaceMinutes(HubFile(folder), hour_layout(), "behind", CORRECTED_AFTER_MIN)

    def awake(self, from_minute: int, until_minute: int) -> None:
        with self._engine.begin() as connection:
            self._writer.write_awake(connection, from_minute * 60_000, until_minute * 60_000)

    def count(self, minute: int, people: int, *, corrected: bool = False, space: str = "room") -> None:
        row = Minute(
            minute=minute,
            occupancy=people,
            low=people,
            high=people,
            most=people,
            capacity=15,
            state="open",
            reason="free",
            clause=None,
            is_corrected=corrected,
        )
        with self._engine.begin() as connection:
            self._writer.write_minutes(connection, [(space, row)])

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def remembered(folder: Path) -> Iterator[Remembered]:
    engine = create_engine(f"sqlite:///{folder / 'hub.db'}")
    with engine.begin() as connection:
        connection.execute(history_minute.delete())
        connection.execute(history_awake.delete())
    engine.dispose()
    made = Remembered(folder)
    yield made
    made.close()


def read_all(source: SpaceMinutes, place: str = "", limit: int = 10) -> tuple[list[str], str]:
    found: list[str] = []
    for _ in range(10_000):
        piece = source.after(place, limit)
        assert piece is not None
        if piece.place == place:
            return found, place
        place = piece.place
        found += piece.lines
    raise AssertionError("it never ends")


def counts(source: SpaceMinutes, place: str = "") -> dict[int, float | None]:
    return {minute_of(one): field(one, "occupancy") for one in read_all(source, place)[0]}


def test_count_holds_until_the_next_row(remembered: Remembered) -> None:
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + 4)
    remembered.count(FIRST_MINUTE, 3)
    remembered.count(FIRST_MINUTE + 2, 5)
    assert counts(remembered.source) == {0: 3, 1: 3, 2: 5, 3: 5}


def test_minutes_in_which_the_hub_was_away_are_a_gap(remembered: Remembered) -> None:
    for begins in (FIRST_MINUTE, FIRST_MINUTE + 10_000):
        remembered.awake(begins, begins + 2)
        remembered.count(begins, 3)
    assert counts(remembered.source) == {0: 3, 1: 3, 10_000: 3, 10_001: 3}


def test_minute_is_not_copied_before_it_is_over(remembered: Remembered) -> None:
    remembered.count(FIRST_MINUTE, 3)
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + 1)
    _, place = read_all(remembered.source)
    remembered.count(FIRST_MINUTE + 1, 4)
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + 2)
    assert counts(remembered.source, place) == {1: 4}


def test_minutes_that_late_events_corrected_are_written_over_days_later(remembered: Remembered) -> None:
    remembered.count(FIRST_MINUTE, 3)
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + CORRECTED_AFTER_MIN - 1)
    read_all(remembered.source, limit=20_000)
    assert counts(remembered.behind) == {}
    remembered.count(FIRST_MINUTE + 1, 7, corrected=True)
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + CORRECTED_AFTER_MIN + 3)
    assert counts(remembered.behind) == {0: 3, 1: 7, 2: 7}


def test_room_that_stands_no_more_says_nothing_after_its_last_change(remembered: Remembered) -> None:
    remembered.awake(FIRST_MINUTE, FIRST_MINUTE + 4)
    remembered.count(FIRST_MINUTE + 1, 3, space="gone")
    remembered.count(FIRST_MINUTE, 2)
    gone = [one for one in read_all(remembered.source)[0] if "space=gone" in one]
    assert [minute_of(one) for one in gone] == [1]


# Samples.


def test_samples_wait_for_a_server_that_is_away_and_outlive_the_process(folder: Path) -> None:
    class Away(Keeping):
        def write(self, lines: object) -> None:
            raise TargetAway("fake: is away")

    away = BookCopy(folder, Away())
    away.go_on(60)
    away.close()
    # Whatever the board shows later, what was seen is copied.
    with create_engine(f"sqlite:///{folder / 'hub.db'}").begin() as connection:
        connection.execute(board.delete())
    assert len(lines(folder, "ledger")) == 1


def test_one_pulse_is_sampled_once(folder: Path) -> None:
    assert len(lines(folder, "hub")) == len(lines(folder, "hub")) == 1


def test_samples_that_were_taken_away_begin_anew(folder: Path) -> None:
    kept = Keeping()
    copy = BookCopy(folder, kept)
    copy.finish()
    copy.close()
    for path in folder.glob("history.db*"):
        path.unlink()
    place = copy.history.places["samples"].replace("@", "@1")
    copy = BookCopy(folder, kept)
    piece = copy.books.sources[-1].after(place, 100)
    copy.close()
    assert piece is not None
    assert [one.split(",")[0] for one in piece.lines].count("ledger") == 1
