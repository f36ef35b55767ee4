"""The copy of the journal: lines by table, stepping back by a fake server, the rest by a real one."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from commandline import history_run
from commandline.data_folder import DataFolder
from hub.history.copying import History
from hub.history.cursor import CursorFile
from hub.history.points import Points
from hub.history.rows import JournalRows, Mark
from hub.history.source import HubFile
from hub.history.target import HistoryRefused, InfluxTarget, Target, TargetAway, TargetBusy
from hub.store.database import Store, hub_url, open_database
from hub.store.journal import Journal
from hub.store.schema import hub as hub_tables
from protocol.codec import decode_batch
from protocol.config import read_struct
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    Contact,
    Direction,
    Dispense,
    Proof,
    Task,
    Treatment,
    Verdict,
)
from tests.builders import (
    EPOCH,
    OTHER_EPOCH,
    a_fault,
    a_layout,
    a_message,
    a_passage,
    a_recovery,
    a_screening,
    an_exit,
)
from tests.fakes.hub import SettableClock
from tests.victoria import VictoriaServer, victoria  # noqa: F401  # the fixture

ROOT = Path(__file__).parents[2]
#: Long past on any day that the tests are run: a server refuses the future.
DAY = datetime(2024, 3, 4, 4, 0, tzinfo=UTC)
DAY_NS = 1709524800 * 10**9
WAIT_S = 60.0
#: A skin temperature that nothing else here has.
CANARY_C = 36.7173
_CHILD = """
import sys
import kuzet
kuzet.COMMANDS[("history", "run")] = "history_run"
kuzet.HELP[("history", "run")] = "copy the journal"
sys.exit(kuzet.main(["history", "run", *sys.argv[1:]]))
"""


def on(ms: int) -> datetime:
    """So many milliseconds into the day."""
    return DAY + timedelta(milliseconds=ms)


class Hub:
    """The hub's own journal in a folder, written as the hub writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._store: Store = open_database(hub_url(folder), hub_tables)
        self._journal = Journal(self._store)
        self._seqs: dict[str, int] = defaultdict(int)

    def take(self, node: str, *events: AnyEvent, epoch: str = EPOCH) -> None:
        self._journal.gather(node, decode_batch(a_message(*events, epoch=epoch)), DAY)
        with self._store.begin() as connection:
            self._journal.write(connection)

    def take_passages(self, count: int, first_ms: int = 0) -> None:
        """So many passages at each of two doors, one a millisecond, in and out by turns."""
        for node, channel in (("entrance", "main"), ("room-node", "door")):
            for start in range(0, count, 50):
                self.take(
                    node,
                    *(
                        a_passage(
                            self._next_seq(node),
                            at=on(first_ms + i),
                            channel=channel,
                            direction=(Direction.IN, Direction.OUT)[i % 2],
                            people=1 + i % 3,
                        )
                        for i in range(start, min(start + 50, count))
                    ),
                )

    def close(self) -> None:
        self._store.dispose()

    def _next_seq(self, node: str) -> int:
        self._seqs[node] += 1
        return self._seqs[node]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path / "data")
    yield running
    running.close()


class Server:
    """A server that does as it is told, and forgets what it answered when it dies."""

    name = "fake"

    def __init__(self) -> None:
        self.connections = 1
        self.lines: list[str] = []
        self.fault: Exception | None = None
        self.pings = 0

    def write(self, lines: Sequence[str]) -> None:
        self._answer()
        self.lines.extend(lines)

    def ping(self) -> None:
        self._answer()
        self.pings += 1

    def die(self) -> None:
        self.fault = TargetAway("fake: is dead")
        self.lines.clear()

    def rise(self) -> None:
        self.fault = None
        self.connections += 1

    def _answer(self) -> None:
        if self.fault is not None:
            raise self.fault


def journal_of(folder: Path) -> JournalRows:
    return JournalRows(HubFile(folder), Points(a_layout()))


class Copying:
    """A copy over a hub's folder; it can be killed and started again."""

    def __init__(self, hub: Hub, target: Target, batch: int = 10) -> None:
        self._hub, self._target, self._batch = hub, target, batch
        self.clock = SettableClock()
        self.start()

    def start(self) -> None:
        self.history = History(
            sources=[journal_of(self._hub.folder)],
            target=self._target,
            cursor=CursorFile(self._hub.folder / "history.cursor", self._target.name),
            clock=self.clock,
            chance=lambda: 1.0,
            batch=self._batch,
            poll_s=1.0,
        )

    def steps(self, count: int, apart_s: float = 0.0) -> list[int]:
        copied = []
        for _ in range(count):
            copied.append(self.history.step())
            self.clock.pass_by(apart_s)
        return copied

    def live_on(self, seconds: float) -> None:
        """The server is seen to live on for so long."""
        self.steps(int(seconds // 5) + 2, apart_s=5.0)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def copying(hub: Hub, server: Server) -> Copying:
    return Copying(hub, server)


ROOM = "channel=door,door=room-door,node=room-node,site=test,space_in=room,space_out=hall"
POST = "channel=thermometer,door=entrance,node=entrance,site=test"
SENSOR = "channel=sensor,node=room-node,site=test"


@pytest.mark.parametrize(
    ("node", "event", "line"),
    [
        pytest.param(
            "room-node",
            a_passage(7, at=DAY, people=2, took_s=0.75, confidence=0.9),
            f"passage,{ROOM} confidence=0.9,net=2i,people=2i,took_s=0.75 {DAY_NS + 7}",
            id="passage in",
        ),
        pytest.param(
            "room-node",
            an_exit(8, at=on(3), people=2),
            f"passage,{ROOM} net=-2i,people=2i {DAY_NS + 3_000_008}",
            id="passage out",
        ),
        pytest.param(
            "room-node",
            a_passage(1_000_009, at=DAY, channel="window"),
            f"passage,channel=window,node=room-node,site=test net=1i,people=1i {DAY_NS + 9}",
            id="passage of a channel the campus file does not name",
        ),
        pytest.param(
            "entrance",
            a_screening(
                9,
                at=DAY,
                verdict=Verdict.ELEVATED,
                index_c=0.7,
                skin_c=CANARY_C,
                ambient_c=21.5,
                spread_c=0.1,
                samples=9,
                attempt=2,
            ),
            f"screening,{POST},verdict=elevated count=1i {DAY_NS + 9}",
            id="screening is a verdict only",
        ),
        pytest.param(
            "room-node",
            Air(seq=1, at=DAY, channel="sensor", co2_ppm=800, temperature_c=21.5, humidity=0.4),
            f"air,{SENSOR} co2_ppm=800,humidity=0.4,temperature_c=21.5 {DAY_NS + 1}",
            id="air",
        ),
        pytest.param("room-node", Air(seq=1, at=DAY, channel="sensor"), "", id="air without a value"),
        pytest.param(
            "room-node",
            Dispense(seq=1, at=DAY, channel="sensor", amount_ml=1.5, presses=1, level=0.25),
            f"dispense,{SENSOR} amount_ml=1.5,count=1i,level=0.25,presses=1i {DAY_NS + 1}",
            id="dispense",
        ),
        pytest.param(
            "room-node",
            Contact(seq=1, at=DAY, channel="sensor", open=True),
            f"contact,{SENSOR} open=1i {DAY_NS + 1}",
            id="contact",
        ),
        pytest.param(
            "room-node",
            Treatment(
                seq=1, at=DAY, channel="sensor", task=Task.AIRING, action=Action.DONE, proof=Proof.CONTACT
            ),
            "treatment,action=done,channel=sensor,node=room-node,proof=contact,site=test,task=airing "
            f"count=1i {DAY_NS + 1}",
            id="treatment",
        ),
        pytest.param(
            "room-node",
            a_fault(1, at=DAY, code="stuck, or\nso", detail="free text"),
            "fault,channel=door,code=stuck\\,\\ or\\nso,component=beam,door=room-door,node=room-node,"
            f"site=test,space_in=room,space_out=hall count=1i {DAY_NS + 1}",
            id="fault, with what line protocol must escape",
        ),
        pytest.param(
            "room-node",
            a_recovery(2, at=DAY, channel="sensor"),
            "recovered,channel=sensor,code=stuck,component=beam,node=room-node,site=test "
            f"count=1i {DAY_NS + 2}",
            id="recovered",
        ),
    ],
)
def test_event_is_this_line(node: str, event: AnyEvent, line: str) -> None:
    assert Points(a_layout()).line(node, event) == line


def test_events_of_one_channel_and_millisecond_are_two_points() -> None:
    points = Points(a_layout())
    first, second = (points.line("room-node", a_passage(seq, at=DAY)) for seq in (1, 2))
    assert first.rsplit(" ", 1)[1] != second.rsplit(" ", 1)[1]


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


# From here on a real server.


def people_by_door(server: VictoriaServer) -> dict[str, tuple[int, float]]:
    """Points and people of every door, as the server has them."""
    series = server.export("passage_people")
    return {one.labels["door"]: (len(one.values), sum(one.values)) for one in series}


def expected(count: int, *more: int) -> dict[str, tuple[int, float]]:
    people = float(sum(1 + i % 3 for many in (count, *more) for i in range(many)))
    return {"entrance": (count + sum(more), people), "room-door": (count + sum(more), people)}


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until it holds; the deadline only ends a test that has failed."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {WAIT_S:g} s for {what}"
        time.sleep(0.02)


@pytest.fixture
def real(hub: Hub, victoria: VictoriaServer) -> Iterator[Copying]:  # noqa: F811
    target = InfluxTarget(url=victoria.url, org="campus", bucket="kuzet", token="secret", deadline_s=10.0)
    yield Copying(hub, target, batch=100)
    target.close()


@pytest.mark.broker
def test_passages_are_read_back_exactly(real: Copying, hub: Hub, victoria: VictoriaServer) -> None:  # noqa: F811
    hub.take_passages(250)
    assert sum(real.steps(6)) == 500
    assert people_by_door(victoria) == expected(250)
    (one,) = [series for series in victoria.export("passage_net") if series.labels["node"] == "room-node"]
    assert one.values[:4] == [1.0, -2.0, 3.0, -1.0]
    assert one.times_ms == [DAY_NS // 10**6 + i for i in range(250)]
    assert one.labels | {"db": ""} == {
        "__name__": "passage_net",
        "site": "test",
        "node": "room-node",
        "channel": "door",
        "door": "room-door",
        "space_in": "room",
        "space_out": "hall",
        "db": "",
    }


@pytest.mark.broker
def test_writing_everything_twice_changes_nothing(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(100)
    real.steps(3)
    real.start()
    assert sum(real.steps(3)) == 200
    assert people_by_door(victoria) == expected(100)


@pytest.mark.broker
def test_server_that_is_away_gets_everything_when_it_is_back(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.stop()
    hub.take_passages(50, first_ms=1000)
    assert real.steps(2) == [0, 0]
    victoria.start()
    real.steps(4)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_server_killed_between_two_writes_has_everything_afterwards(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.restart()
    hub.take_passages(50, first_ms=1000)
    real.steps(6)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_server_killed_before_a_write_fails_has_everything_afterwards(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.kill()
    hub.take_passages(50, first_ms=1000)
    assert real.steps(1) == [0]
    victoria.start()
    real.steps(6)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_no_reading_of_a_person_reaches_the_server(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    readings = {"skin_c": CANARY_C, "index_c": CANARY_C, "ambient_c": CANARY_C, "spread_c": CANARY_C}
    hub.take("entrance", *(a_screening(i, at=on(i), **readings) for i in range(1, 51)))
    assert sum(real.steps(2)) == 50
    series = victoria.export(".*")
    assert {one.labels["__name__"] for one in series} == {"screening_count"}
    assert {value for one in series for value in one.values} == {1.0}
    assert str(CANARY_C) not in str(series)


class Copier:
    """`kuzet history run` as a process of its own."""

    def __init__(self, folder: Path, campus: Path, url: str) -> None:
        self._options = ["--data", str(folder), "--campus", str(campus), "--url", url]
        self._options += ["--org", "campus", "--bucket", "kuzet"]
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, *self._options, *more], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        self._children.append(child)
        return child

    def run(self, *more: str, token: str = "sesame-canary") -> tuple[int, str]:
        """Its exit status and what it said."""
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, *self._options, *more],
            cwd=ROOT,
            env={**os.environ, "KUZET_INFLUX_TOKEN": token},
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_S,
        )
        return done.returncode, done.stdout + done.stderr

    def close(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()


NAMES = 'names = { kk = "T", ru = "T", en = "T" }'
CAMPUS = f"""
site = "test"
{NAMES}
[[buildings]]
id = "a"
{NAMES}
[[spaces]]
id = "hall"
building = "a"
kind = "hall"
code = "H"
floor = 1
area_m2 = 200.0
{NAMES}
[[spaces]]
id = "room"
building = "a"
kind = "classroom"
code = "R"
floor = 1
area_m2 = 48.0
{NAMES}
[[doors]]
id = "entrance"
node = "entrance"
channel = "main"
inner = "hall"
[[doors]]
id = "room-door"
node = "room-node"
channel = "door"
inner = "room"
outer = "hall"
"""


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    file = tmp_path / "campus.toml"
    file.write_text(CAMPUS, encoding="utf-8")
    return file


@pytest.fixture
def copier(hub: Hub, campus: Path, victoria: VictoriaServer) -> Iterator[Copier]:  # noqa: F811
    running = Copier(hub.folder, campus, victoria.url)
    yield running
    running.close()


@pytest.mark.broker
def test_history_run_killed_and_started_again_has_everything_and_leaves_when_asked(
    copier: Copier,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(100)
    first = copier.start()
    wait_until(lambda: people_by_door(victoria) != {}, "the first points")
    first.kill()
    first.wait()
    hub.take_passages(100, first_ms=1000)
    second = copier.start()
    wait_until(lambda: people_by_door(victoria) == expected(100, 100), "all points")
    second.send_signal(signal.SIGTERM)
    assert second.wait(WAIT_S) == 0


@pytest.mark.broker
def test_history_run_rebuilds_a_server_that_lost_its_data(
    copier: Copier,
    hub: Hub,
    victoria: VictoriaServer,  # noqa: F811
) -> None:
    hub.take_passages(50)
    last = journal_of(hub.folder).after("", 100)
    assert last is not None
    # As after half a minute: everything is settled, so nothing would be copied again.
    cursor = CursorFile(hub.folder / "history.cursor", f"{victoria.url} campus/kuzet")
    cursor.save({"journal": last.place})
    assert copier.run("--once")[0] == 0
    assert people_by_door(victoria) == {}
    assert copier.run("--once", "--rebuild")[0] == 0
    # A server that was asked for a series before it had it says for some seconds that it has not.
    wait_until(lambda: people_by_door(victoria) == expected(50), "all points")


@pytest.mark.broker
def test_history_run_takes_a_file(copier: Copier, hub: Hub, campus: Path, victoria: VictoriaServer) -> None:  # noqa: F811
    hub.take_passages(5)
    token = hub.folder / "token"
    token.touch(0o600)
    token.write_text("sesame\n", encoding="ascii")
    file = hub.folder / "history.toml"
    file.write_text(
        f'data = "{hub.folder}"\ncampus = "{campus}"\nurl = "{victoria.url}"\norg = "campus"\n'
        f'bucket = "kuzet"\ntoken_file = "{token}"\n',
        encoding="utf-8",
    )
    assert copier.run("--config", str(file), "--once")[0] == 0
    assert people_by_door(victoria) == expected(5)


# Faults that end the command.


class Refusing(ThreadingHTTPServer):
    """A server that answers every write with one status."""

    daemon_threads = True
    status = 401

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusal)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.bodies: list[bytes] = []
        self.tokens: list[str | None] = []


class _Refusal(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Refusing)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.append(self.headers["Authorization"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    server = Refusing()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def to(server: Refusing) -> InfluxTarget:
    return InfluxTarget(url=server.url, org="campus", bucket="kuzet", token=None, deadline_s=10.0)


@pytest.mark.parametrize(
    ("status", "fault", "says"),
    [
        (200, HistoryRefused, "where a write API answers 204"),
        (301, HistoryRefused, "check the URL"),
        (400, HistoryRefused, "check the URL"),
        (401, HistoryRefused, "give the right token"),
        (403, HistoryRefused, "may write to this bucket"),
        (404, HistoryRefused, "--bucket"),
        (429, TargetBusy, "429"),
        (500, TargetAway, "500"),
        (503, TargetAway, "503"),
    ],
)
def test_answer_means(refusing: Refusing, status: int, fault: type[Exception], says: str) -> None:
    refusing.status = status
    target = to(refusing)
    with pytest.raises(fault, match=says) as raised:
        target.write(["air co2_ppm=1 1"])
    target.close()
    assert type(raised.value) is fault


def test_server_that_does_not_answer_in_time_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        target = InfluxTarget(url=url, org="campus", bucket="kuzet", token=None, deadline_s=0.1)
        with pytest.raises(TargetAway, match="timed out"):
            target.write(["air co2_ppm=1 1"])
        target.close()


def test_points_outside_the_retention_hold_nothing_up(refusing: Refusing, hub: Hub) -> None:
    refusing.status = 422
    hub.take_passages(5)
    target = to(refusing)
    copying = Copying(hub, target)
    copying.steps(2)
    target.close()
    assert copying.history.is_caught_up


def test_no_reading_of_a_person_is_on_the_wire(refusing: Refusing, hub: Hub) -> None:
    refusing.status = 204
    hub.take("entrance", a_screening(1, at=DAY, skin_c=CANARY_C, index_c=CANARY_C, ambient_c=CANARY_C))
    target = to(refusing)
    Copying(hub, target).steps(1)
    target.close()
    assert len(refusing.bodies) == 1
    assert str(CANARY_C).encode() not in refusing.bodies[0]


def test_token_is_sent_and_never_said(refusing: Refusing, hub: Hub, campus: Path) -> None:
    hub.take_passages(1)
    status, said = Copier(hub.folder, campus, refusing.url).run("--once", token="sesame-canary")
    assert refusing.tokens == ["Token sesame-canary"]
    assert status == 1
    assert "error: " in said
    assert "give the right token" in said
    assert "sesame-canary" not in said


def test_server_that_is_not_there_ends_a_single_copy(refusing: Refusing, hub: Hub, campus: Path) -> None:
    hub.take_passages(1)
    refusing.status = 503
    status, said = Copier(hub.folder, campus, refusing.url).run("--once")
    assert status == 1
    assert "nothing is lost" in said


def fault_of(folder: Path, campus: Path, *options: str) -> str:
    """What ends the command: `kuzet` prints it and ends with status 1."""
    parser = argparse.ArgumentParser()
    history_run.add_arguments(parser)
    usual = ["--data", str(folder), "--campus", str(campus), "--url", "http://127.0.0.1:9"]
    usual += ["--org", "campus", "--bucket", "kuzet"]
    with pytest.raises((OSError, ValueError)) as raised:
        history_run.run(parser.parse_args([*usual, *options]))
    return str(raised.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--url", "127.0.0.1:8086"], "is no address; write for example http://"),
        (["--url", "http://127.0.0.1:99999"], "is no address"),
        (["--url", "http://admin:sesame@127.0.0.1:8086"], "the token goes into its file"),
        (["--org", ""], "--org: missing"),
        (["--data", "/nonexistent"], "/nonexistent/hub.db: no such file; start the hub first"),
        (["--campus", "/nonexistent.toml"], "/nonexistent.toml: no such file"),
        (["--token-file", "/nonexistent"], "the token cannot be read"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_history_run_says_what_is_wrong(hub: Hub, campus: Path, options: list[str], says: str) -> None:
    assert says in fault_of(hub.folder, campus, *options)


@pytest.mark.parametrize(
    ("mode", "token", "says"),
    [
        (0o644, b"sesame-canary", "chmod 600"),
        (0o640, b"sesame-canary", "chmod 600"),
        (0o600, b" \n", "holds no token"),
        (0o600, b"sesame canary", "holds no token"),
        (0o600, "күзет".encode(), "ASCII only"),
    ],
)
def test_token_file_is_refused(
    hub: Hub, campus: Path, tmp_path: Path, mode: int, token: bytes, says: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(token)
    file.chmod(mode)
    said = fault_of(hub.folder, campus, "--token-file", str(file))
    assert says in said
    assert "sesame" not in said


def test_two_copies_of_one_folder_are_one_too_many(hub: Hub, campus: Path) -> None:
    holder = DataFolder(hub.folder, "history.lock")
    said = fault_of(hub.folder, campus, "--once")
    holder.close()
    assert "is in use by another run" in said


def test_example_file_is_legal() -> None:
    read_struct(ROOT / "deploy" / "history.toml", history_run.HistoryConfig)
