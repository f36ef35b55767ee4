"""A hub's board without a hub: writes rows for the demonstration campus as the engine would."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import Engine

from hub.layout import Layout, Space, read_layout
from hub.store import schema
from hub.store.board import AlertRow, BoardWriter, HubRow, LedgerRow, NodeRow, SpaceRow
from hub.store.database import hub_url, open_database
from protocol.messages import AlertMessage, AlertState, SpaceCondition, SpaceState, TaskState

CAMPUS = Path(__file__).parents[2] / "deploy/campus.toml"
NOON = datetime(2026, 11, 23, 9, 5, 3, tzinfo=UTC)


class CampusBoard:
    """The board of `deploy/campus.toml` in a data directory, told what to show."""

    def __init__(self, data: Path, now: datetime = NOON) -> None:
        self.layout: Layout = read_layout(CAMPUS)
        self.engine: Engine = open_database(hub_url(data), schema.hub)
        self.now = now
        self._writer = BoardWriter(self.engine)

    def write(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Write rows in one transaction."""
        with self.engine.begin() as connection:
            self._writer.write(connection, rows)

    def pulse(self, at: datetime | None = None, *, broker_connected: bool = True) -> None:
        """The hub's own row."""
        row = HubRow(
            as_of=at or self.now,
            started=self.now - timedelta(hours=5),
            version="0.1.0",
            position=18_423,
            broker_connected=broker_connected,
            site=self.layout.site,
            names={"kk": "Кампус", "ru": "Кампус", "en": "Campus"},
            timezone=self.layout.timezone,
            profile=self.layout.profile,
            counters={"events": 18_423.0},
        )
        self.write([("hub", "hub", _json(row))])

    def calm(self) -> None:
        """Sixty rooms with people in them, none near its limit, and a hub that lives."""
        self.write(("space", space.id, _json(self.tile(space))) for space in self.layout.spaces)
        nodes = [
            NodeRow(node=name, state="online", last_heard=self.now, outbox_depth=0, faults=(), epoch="0" * 26)
            for name in self.layout.nodes()
        ]
        self.write(("node", row.node, _json(row)) for row in nodes)
        line = LedgerRow(produced=18_430, stored=18_423, rejected=2, pending=5, dropped=0, unreadable=0)
        self.write([("ledger", "ledger", _json(line))])
        self.pulse()

    def tile(self, space: Space) -> SpaceRow:
        """A calm room."""
        capacity = min(15, space.desks or 15) if space.kind.value == "classroom" else int(space.area_m2 * 0.4)
        occupancy = sum(map(ord, space.id)) % max(1, int(capacity * 0.7))
        state = SpaceState(
            space=space.id,
            state=SpaceCondition.OPEN,
            reason="free",
            clause="§71",
            occupancy=occupancy,
            low=max(0, occupancy - 1),
            high=occupancy + 1,
            capacity=capacity,
            free=capacity - occupancy,
            until=None,
            tasks=(),
            trust=1.0,
            as_of=self.now - timedelta(minutes=20),
        )
        names = {"kk": space.names.kk, "ru": space.names.ru, "en": space.names.en}
        return SpaceRow(
            state=state,
            code=space.code,
            building=space.building,
            floor=space.floor,
            kind=space.kind.value,
            names=names,
            limit="group-cap",
        )

    def space(self, key: str, condition: SpaceCondition, reason: str, **fields: object) -> None:
        """Put one room in a condition."""
        row = self.tile(next(space for space in self.layout.spaces if space.id == key))
        self.write([("space", key, _json(replace(row, state=_state(row.state, condition, reason, fields))))])

    def full(self, key: str, occupancy: int, capacity: int) -> None:
        """A room with as many people as it may hold, or more."""
        reason = "over-capacity" if occupancy > capacity else "full"
        counts = {"occupancy": occupancy, "low": occupancy - 1, "high": occupancy + 2}
        self.space(key, SpaceCondition.FULL, reason, capacity=capacity, free=0, **counts)

    def unknown(self, key: str, reason: str, minutes: float) -> None:
        """A room nobody can count."""
        counts = {"occupancy": None, "low": None, "high": None, "free": None, "trust": 0.0}
        since = self.now - timedelta(minutes=minutes)
        self.space(key, SpaceCondition.UNKNOWN, reason, as_of=since, **counts)

    def due(self, key: str, task: str) -> None:
        """A room in use whose task is due."""
        tasks = (TaskState(task=task, due=self.now, state="due"),)
        self.space(key, SpaceCondition.DUE, "due", tasks=tasks)

    def alert(
        self,
        key: str,
        rule: str,
        priority: int,
        label: str,
        minutes: float,
        *,
        space: str | None = None,
        node: str | None = None,
        value: float | None = None,
        limit: float | None = None,
        state: AlertState = AlertState.FIRING,
        acked_by: str | None = None,
    ) -> None:
        """Put an alert on the board."""
        since = self.now - timedelta(minutes=minutes)
        message = AlertMessage(
            id=key,
            rule=rule,
            priority=priority,
            space=space,
            node=node,
            state=state,
            since=since,
            acked_by=acked_by,
            clause="§71" if rule == "over-capacity" else "§35",
            action=rule,
            value=value,
            limit=limit,
        )
        row = AlertRow(
            alert=message,
            label=label,
            fired_at=since,
            resolved_at=self.now if state is AlertState.RESOLVED else None,
            acked_at=None if acked_by is None else since + timedelta(seconds=40),
            limit_rule="group-cap" if rule == "over-capacity" else None,
        )
        self.write([("alert", key, _json(row))])

    def close(self, key: str) -> None:
        """Take an alert off the board."""
        self.write([("alert", key, None)])

    def troubles(self) -> None:
        """Three alarms, a stale room and one of every other condition."""
        self.full("a-204", 18, 15)
        self.alert("over-a-204", "over-capacity", 1, "A-204", 2, space="a-204", value=18, limit=15)
        self.alert("fever-a", "elevated-screening", 2, "A-H", 4, space="hall-a", value=1.9, limit=1.0)
        self.alert("silent", "silent-node", 2, "floor-a1-2", 7, node="floor-a1-2", value=420, limit=30)
        for key in ("a-104", "a-105", "a-106"):
            self.unknown(key, "silent-node", 7)
        self.unknown("b-308", "never-heard", 300)
        self.full("b-203", 15, 15)
        self.due("b-202", "airing")
        near = {"occupancy": 13, "low": 12, "high": 15, "capacity": 15, "free": 2}
        self.space("b-303", SpaceCondition.NEAR, "few-places", **near)
        until = self.now + timedelta(minutes=15)
        self.space("a-301", SpaceCondition.TREATMENT, "treatment", until=until, occupancy=0, low=0, high=0)
        self.space("a-309", SpaceCondition.CLOSED, "closed-by-profile", occupancy=0, low=0, high=0)
        self.space("b-107", SpaceCondition.HOLD, "hold", occupancy=0, low=0, high=0)


def _state(
    state: SpaceState, condition: SpaceCondition, reason: str, fields: dict[str, object]
) -> SpaceState:
    return replace(state, state=condition, reason=reason, **fields)


def _json(row: msgspec.Struct) -> bytes:
    return msgspec.json.encode(row)
