"""Copies the journal to an InfluxDB 2 write API: durable rows in, line protocol out; a copy, never the truth.

Points are deterministic, so writing one again changes nothing: whenever it is not certain that the server
kept what it answered, the rows are written again.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import msgspec
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from influxdb_client.service.ping_service import PingService
from msgspec import Struct
from sqlalchemy import URL, create_engine, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from urllib3.exceptions import HTTPError

from hub.errors import HubError, StoreError
from hub.layout import Layout
from hub.store.schema import journal, source
from protocol.clock import Clock
from protocol.codec import decode_event
from protocol.events import (
    Air,
    AnyEvent,
    Contact,
    Direction,
    Dispense,
    Fault,
    Passage,
    Recovered,
    Screening,
    Treatment,
)

log = logging.getLogger(__name__)
#: A server killed by -9 forgets the last 5–10 s of what it had answered (measured, victoria-metrics 1.79.5).
#: What it answered is settled when it has lived on for so long, seconds.
SETTLE_S = 30.0
#: While something is not settled and nothing is new, the server is asked so often whether it lives, seconds.
PING_EVERY_S = 5.0
#: A connection that was renewed without a fault makes us write again at most so often, seconds: a server
#: that ends every connection of itself would otherwise keep us from ever settling anything.
RENEWED_EVERY_S = 2 * SETTLE_S
#: Waiting for a server that is away: doubles from the first to the second, seconds.
AWAY_FROM_S, AWAY_TO_S = 0.5, 30.0
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class HistoryRefused(HubError, ValueError):
    """The server will not take what we write: the token, organisation, bucket or address is wrong."""


class TargetAway(HubError, ConnectionError):
    """The server cannot be reached, or not now; what it had last answered may be forgotten."""


class TargetBusy(TargetAway):
    """The server lives but wants us to wait; it has forgotten nothing."""


class Target(Protocol):
    """Where the copy goes."""

    @property
    def name(self) -> str:
        """What it is, without any secret; another name is another copy."""

    @property
    def connections(self) -> int:
        """How many connections were made so far; the last answer came over the newest."""

    def write(self, lines: Sequence[str]) -> None:
        """Write line protocol and return when it is answered. Raises TargetAway, HistoryRefused."""

    def ping(self) -> None:
        """Return when the server has answered. Raises TargetAway."""


class Mark(Struct, frozen=True):
    """A row of the journal: its position, and its identity to know another journal by."""

    #: 0 before the first row.
    position: int = 0
    node: str = ""
    epoch: str = ""
    seq: int = 0


class Row(NamedTuple):
    """A durable event."""

    mark: Mark
    body: bytes


class Points:
    """Events as line protocol, placed by the campus file. Pure."""

    def __init__(self, layout: Layout) -> None:
        self._site = layout.site
        self._places = {(one.node, one.channel): {"door": one.door} for one in layout.posts}
        for door in layout.doors:
            tags = {"door": door.id, "space_in": door.inner, "space_out": door.outer}
            self._places[(door.node, door.channel)] = tags

    def line(self, node: str, event: AnyEvent) -> str:
        """One line, or nothing when the event holds no value. The same event is always the same line."""
        tags, fields = _values(event)
        placed = {"site": self._site, "node": node, "channel": event.channel}
        # One channel may say two things in one millisecond, the wire's precision. The nanoseconds below
        # it hold the end of `seq`: two events stay two points, and one event stays one however often written.
        at_ns = (event.at - _1970) // _MS * 1_000_000 + event.seq % 1_000_000
        point = {
            "measurement": type(event).__struct_config__.tag,
            "tags": placed | self._places.get((node, event.channel), {}) | tags,
            "fields": fields,
            "time": at_ns,
        }
        return str(Point.from_dict(point).to_line_protocol())


def _values(event: AnyEvent) -> tuple[dict[str, str], dict[str, int | float | None]]:
    """Tags and fields of its kind. Numbers only: text in a field would be 0 in victoria-metrics."""
    match event:
        case Passage():
            sign = 1 if event.direction is Direction.IN else -1
            took_s, confidence = _real(event.took_s), _real(event.confidence)
            counted = {"people": event.people, "net": sign * event.people}
            return {}, {**counted, "took_s": took_s, "confidence": confidence}
        case Screening():
            # Nothing measured on a person leaves the journal: a copy could not be made to forget it in time.
            return {"verdict": event.verdict.value}, {"count": 1}
        case Air():
            co2_ppm, temperature_c = _real(event.co2_ppm), _real(event.temperature_c)
            return {}, {
                "co2_ppm": co2_ppm,
                "temperature_c": temperature_c,
                "humidity": _real(event.humidity),
            }
        case Dispense():
            amount_ml, level = _real(event.amount_ml), _real(event.level)
            return {}, {"count": 1, "presses": event.presses, "amount_ml": amount_ml, "level": level}
        case Contact():
            return {}, {"open": int(event.open)}
        case Treatment():
            task, action, proof = event.task.value, event.action.value, event.proof.value
            return {"task": task, "action": action, "proof": proof}, {"count": 1}
        case Fault() | Recovered():
            # `detail` stays behind: free text as a tag makes a series of its own each time.
            return {"component": event.component, "code": event.code}, {"count": 1}


def _real(value: float | None) -> float | None:
    """Never a whole number: InfluxDB refuses a field that is once a float and once an integer."""
    return None if value is None else float(value)


class JournalRows:
    """Reads the hub's journal, never writes; opened for each read, so that the file may be replaced."""

    def __init__(self, data: Path) -> None:
        """Raises StoreError when there is no journal in `data`."""
        self._path = data / "hub.db"
        if not self._path.is_file():
            raise StoreError(f"{self._path}: no such file; start the hub first, or choose its folder")
        name = f"file:{quote(str(self._path.absolute()))}"
        url = URL.create("sqlite", database=name, query={"mode": "ro", "uri": "true"})
        self._engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 5})
        self.after(Mark(), 1)

    def after(self, mark: Mark, limit: int) -> list[Row] | None:
        """At most `limit` rows after `mark`, in order; None when that row is not in this journal."""
        columns = (journal.c.position, source.c.node, source.c.epoch, journal.c.seq, journal.c.body)
        query = select(*columns).join(source, source.c.id == journal.c.source)
        query = query.where(journal.c.position >= mark.position)
        query = query.order_by(journal.c.position).limit(limit + 1)
        try:
            with self._engine.connect() as connection:
                rows = [Row(Mark(*row[:4]), row.body) for row in connection.execute(query)]
        except DatabaseError as error:
            raise StoreError(f"{self._path}: cannot be read as a journal ({error.orig})") from error
        if mark.position == 0:
            return rows[:limit]
        return rows[1:] if rows and rows[0].mark == mark else None


class _Kept(Struct):
    target: str
    mark: Mark


class CursorFile:
    """Which row is settled, kept in a file that is replaced whole; its one writer is this process."""

    def __init__(self, path: Path, target: str) -> None:
        self._path = path
        self._target = target

    def load(self) -> Mark:
        """The settled row; the beginning when there is no file, or it is of another target."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return Mark()
        except msgspec.DecodeError as error:
            log.warning("cursor unreadable path=%s fault=%r; copying from the beginning", self._path, error)
            return Mark()
        if kept.target != self._target:
            log.warning("target new was=%s is=%s; copying from the beginning", kept.target, self._target)
            return Mark()
        return kept.mark

    def save(self, mark: Mark) -> None:
        """Keep the row, durably."""
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("wb") as file:
            file.write(msgspec.json.encode(_Kept(self._target, mark)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class History:
    """The copy: one step writes one batch, and forgets nothing that the server might."""

    def __init__(
        self,
        *,
        rows: JournalRows,
        points: Points,
        target: Target,
        cursor: CursorFile,
        clock: Clock,
        chance: Callable[[], float],
        batch: int,
        poll_s: float,
    ) -> None:
        self._rows, self._points, self._target = rows, points, target
        self._cursor, self._clock, self._chance = cursor, clock, chance
        self._batch, self._poll_s = batch, poll_s
        self._settled = self._copied = cursor.load()
        #: Answered but not settled: when (monotonic) and up to where.
        self._unsettled: deque[tuple[float, Mark]] = deque()
        self._connection = target.connections
        self._renewed_s = self._next_ping_s = float("-inf")
        self._failures = 0
        self._is_behind = True
        #: Why the server is away; None while it is there.
        self.away: TargetAway | None = None

    @property
    def position(self) -> int:
        """The newest position that is copied, settled or not."""
        return self._copied.position

    @property
    def is_caught_up(self) -> bool:
        """Whether the last step found nothing more to copy."""
        return not self._is_behind and self.away is None

    @property
    def pause_s(self) -> float:
        """How long to wait before the next step, seconds."""
        if self.away is not None:
            longest = min(AWAY_TO_S, AWAY_FROM_S * 2.0 ** min(self._failures - 1, 16))
            return longest * (0.5 + 0.5 * self._chance())
        return 0.0 if self._is_behind else self._poll_s

    def step(self) -> int:
        """Write the next batch; returns its rows: 0 when nothing is new or the server is away.

        Raises HistoryRefused when waiting will not help, StoreError when the journal cannot be read.
        """
        rows = self._next_rows()
        lines = [line for row in rows if (line := self._points.line(row.mark.node, decode_event(row.body)))]
        try:
            if lines:
                self._target.write(lines)
            elif self._unsettled and self._clock.monotonic() >= self._next_ping_s:
                self._target.ping()
            else:
                self._advance(rows)
                return len(rows)
        except TargetAway as away:
            self._go_away(away)
            return 0
        self._take_answer(rows)
        return len(rows)

    def _next_rows(self) -> list[Row]:
        rows = self._rows.after(self._copied, self._batch)
        if rows is None:
            log.warning("journal replaced position=%d; copying from the beginning", self._copied.position)
            self._settled = Mark()
            self._step_back()
            rows = self._rows.after(self._settled, self._batch)
        return rows or []

    def _advance(self, rows: list[Row]) -> None:
        self._is_behind = len(rows) == self._batch
        self._copied = rows[-1].mark if rows else self._copied

    def _take_answer(self, rows: list[Row]) -> None:
        now = self._clock.monotonic()
        if self.away is not None:
            log.warning("history back target=%s position=%d", self._target.name, self._copied.position)
            self.away, self._failures = None, 0
        self._next_ping_s = now + PING_EVERY_S
        is_renewed = self._connection != self._target.connections
        self._connection = self._target.connections
        self._advance(rows)
        if is_renewed and self._unsettled and now - self._renewed_s >= RENEWED_EVERY_S:
            # It may have died and come back between two writes, without any of them failing.
            self._renewed_s = now
            self._step_back()
            return
        if rows:
            self._unsettled.append((now, self._copied))
        settled = self._settled
        while self._unsettled and now - self._unsettled[0][0] >= SETTLE_S:
            _, settled = self._unsettled.popleft()
        if settled != self._settled:
            self._settled = settled
            self._cursor.save(settled)

    def _go_away(self, away: TargetAway) -> None:
        if self.away is None:
            log.warning("history away target=%s reason=%s", self._target.name, away)
        self.away = away
        self._failures += 1
        if not isinstance(away, TargetBusy):
            self._step_back()

    def _step_back(self) -> None:
        self._copied = self._settled
        self._unsettled.clear()
        self._is_behind = True


class InfluxTarget:
    """A bucket behind an InfluxDB 2 write API, written synchronously with a deadline.

    Never the client's batching: it keeps points in memory and drops them when its retries run out.
    """

    def __init__(self, *, url: str, org: str, bucket: str, token: str | None, deadline_s: float) -> None:
        self.name = f"{url.rstrip('/')} {org}/{bucket}"
        self.connections = 0
        self._org, self._bucket = org, bucket
        deadline_ms = int(deadline_s * 1000)
        self._client: Any = InfluxDBClient(url=url, token=token or "", org=org, timeout=deadline_ms)
        self._write_api = self._client.write_api(write_options=SYNCHRONOUS)
        ping_service: Any = PingService
        self._ping = ping_service(self._client.api_client)
        self._count_connections(self._client.api_client.rest_client.pool_manager.connection_from_url(url))

    def write(self, lines: Sequence[str]) -> None:
        """Write the lines. Raises TargetAway, TargetBusy and HistoryRefused."""
        try:
            self._write_api.write(bucket=self._bucket, org=self._org, record="\n".join(lines))
        except ApiException as error:
            self._judge(error)
        except HTTPError as error:
            raise TargetAway(f"{self.name}: {_in_one_line(error)}") from None
        else:
            status = self._client.api_client.last_response.status
            if status != 204:
                raise HistoryRefused(
                    f"{self.name}: answered {status} where a write API answers 204; check the URL"
                )

    def ping(self) -> None:
        """Ask, over the same connection, whether it lives; any answer of its will do. Raises TargetAway."""
        try:
            self._ping.get_ping()
        except ApiException as error:
            if not error.status or error.status >= 500:
                raise TargetAway(f"{self.name}: answered {error.status} to a ping") from None
        except HTTPError as error:
            raise TargetAway(f"{self.name}: {_in_one_line(error)}") from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _judge(self, error: ApiException) -> None:
        status, said = int(error.status or 0), _in_one_line(error.message)
        if status == 429:
            raise TargetBusy(f"{self.name}: answered 429 {said}") from None
        if status in (0, 408) or status >= 500:
            raise TargetAway(f"{self.name}: {status or _in_one_line(error.reason)} {said}") from None
        if status == 422:
            # The rest of the batch is written; these are outside its retention or of another type.
            log.warning("points refused target=%s reason=%s", self.name, said)
            return
        hints = {
            401: "give the right token (--token-file or KUZET_INFLUX_TOKEN)",
            403: "give a token that may write to this bucket (--token-file or KUZET_INFLUX_TOKEN)",
            404: "check the URL, --org and --bucket",
        }
        hint = hints.get(status, "check the URL")
        raise HistoryRefused(f"{self.name}: answered {status} {said}; {hint}") from None

    def _count_connections(self, pool: Any) -> None:
        kind = pool.ConnectionCls

        def connect(connection: Any) -> None:
            self.connections += 1
            kind.connect(connection)

        pool.ConnectionCls = type(kind.__name__, (kind,), {"connect": connect})


def _in_one_line(said: object) -> str:
    return " ".join(str(said).split())[:200]
