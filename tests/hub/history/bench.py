"""A journal of the hub, a copy of it that goes on step by step, and servers that take it or refuse it."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hub.history.copying import History
from hub.history.cursor import CursorFile
from hub.history.points import Points
from hub.history.rows import JournalRows
from hub.history.source import HubFile
from hub.history.target import Target, TargetAway
from hub.store.database import Store, hub_url, open_database
from hub.store.journal import Journal
from hub.store.schema import hub as hub_tables
from protocol.codec import decode_batch
from protocol.events import (
    AnyEvent,
    Direction,
)
from tests.builders import (
    EPOCH,
    a_layout,
    a_message,
    a_passage,
)
from tests.fakes.hub import SettableClock
from tests.victoria import VictoriaServer

ROOT = Path(__file__).parents[3]
#: Long past on any day that the tests are run: a server refuses the future.
DAY = datetime(2024, 3, 4, 4, 0, tzinfo=UTC)
DAY_NS = 1709524800 * 10**9
WAIT_S = 60.0
#: A skin temperature that nothing else here has.
CANARY_C = 36.7173


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
