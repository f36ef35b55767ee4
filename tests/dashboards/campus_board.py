"""A hub's board without a hub: writes rows for the demonstration campus as the engine would."""

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import Engine

from hub.campus_office import layout_row
from hub.layout import Layout, Space, read_layout
from hub.store import schema
from hub.store.board import AlertRow, BoardWriter, HubRow, LedgerRow, NodeRow, RestoredRow, SpaceRow
from hub.store.campus_rows import HeardChannel, HeardRow
from hub.store.database import hub_url, open_database
from hub.store.heartbeats import SLOT_MIN, Beat, write_beats
from hub.store.node_rows import ChannelView, DoorRow, HealthRow
from protocol.messages import AlertMessage, AlertState, SpaceCondition, SpaceState, TaskState
from tests.dashboards.remembered import put_in_room, remember_day
from tests.dashboards.report.weeks import whole_campus

CAMPUS = Path(__file__).parents[2] / "deploy/campus.toml"
NOON = datetime(2026, 11, 23, 9, 5, 3, tzinfo=UTC)


class CampusBoard:
    """The board of `deploy/campus.toml` in a data directory, told what to show."""

    def __init__(self, data: Path, now: datetime = NOON) -> None:
        self.layout: Layout = read_layout(CAMPUS)
        self.engine: Engine = open_database(hub_url(data), schema.hub)
        self.now = now
        self._writer = BoardWriter(self.engine)
        self._digits: dict[str, int] = {}
        #: Stores that were put back from a copy, as the next pulse tells.
        self.restored: tuple[RestoredRow, ...] = ()

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
            restored=self.restored,
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
        self.drawn()
        self.ledger(produced=18_430, stored=18_423, rejected=2, pending=5, dropped=0)
        self.limits()
        self.pulse()

    def limits(self) -> None:
        """What the hub notes when limits come into force: those of the profile we deliver."""
        profile = CAMPUS.parent / "regime/kz-2020-order-345-381.toml"
        body = msgspec.json.encode(tomllib.loads(profile.read_text(encoding="utf-8")))
        row = {"since_ms": 0, "profile": "kz", "variant": None, "sha256": "0", "body": body}
        with self.engine.begin() as connection:
            connection.execute(schema.in_force.insert().values(row))

    def ledger(self, **counts: int) -> None:
        """The line that must close."""
        self.write([("ledger", "ledger", _json(LedgerRow(**counts, unreadable=0)))])

    def node(self, name: str, state: str, minutes: float, *faults: str) -> None:
        """A node in a state since so many minutes."""
        heard = self.now - timedelta(minutes=minutes)
        row = NodeRow(node=name, state=state, last_heard=heard, outbox_depth=0, faults=faults, epoch="0" * 26)
        self.write([("node", name, _json(row))])

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
        **beside: object,
    ) -> None:
        """Put an alert on the board; `beside` are fields of its row: `muted`, `is_drill`, `corrected`, …"""
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
        if acked_by is None and "muted" not in beside:
            beside = {"digit": self._digit_of(key, priority), **beside}
        self.write([("alert", key, _json(replace(row, **beside)))])

    def _digit_of(self, key: str, priority: int) -> int | None:
        """The key that takes it, as the hub would give it."""
        digits = range(9, 0, -1) if priority > 2 else range(1, 10)
        free = [digit for digit in digits if digit not in self._digits.values()]
        if key not in self._digits and free:
            self._digits[key] = free[0]
        return self._digits.get(key)

    def close(self, key: str) -> None:
        """Take an alert off the board."""
        self.write([("alert", key, None)])

    def silence(self, key: str, minutes: float, **matchers: str) -> None:
        """A silence that ends so many minutes from now."""
        nothing = dict.fromkeys(("rule", "space", "building", "node"))
        row = {"id": key, "by": "Айгүл", "reason": "жөндеу", **nothing, **matchers}
        until = self.now + timedelta(minutes=minutes)
        self.write([("silence", key, msgspec.json.encode({**row, "until": until}))])

    def end(self, kind: str, key: str) -> None:
        """Take a row off the board."""
        self.write([(kind, key, None)])

    def gap(self, key: str, rule: str, role: str, building: str | None, hours: float) -> None:
        """A step of an escalation that reaches nobody from now on."""
        row = {"rule": rule, "role": role, "building": building, "why": "nobody-on-duty"}
        row |= {"from": _instant(self.now), "to": _instant(self.now + timedelta(hours=hours))}
        self.write([("gap", key, msgspec.json.encode(row))])

    def drawn(self) -> None:
        """The campus file as it is in force, and a sensor that stands nowhere."""
        stranger = HeardChannel(node="door-9f2a", channel="beams", kind="beam-pair", since=self.now)
        self.write(
            [
                ("layout", "layout", _json(layout_row(self.layout, None, 0, True))),
                ("heard", "heard", _json(HeardRow(channels=(stranger,)))),
            ]
        )

    def handover(self, shift: str = "day") -> None:
        """A shift's handover, with one of everything."""
        soon = self.now + timedelta(minutes=40)
        alarm = {
            "alert": "over-a-204",
            "rule": "over-capacity",
            "label": "A-204",
            "priority": 1,
            "state": "firing",
            "since": self.now,
            "owner": None,
            "muted": None,
            "muted_until": None,
            "is_drill": False,
            "correction": None,
        }
        muted = {"muted": "shelved", "muted_until": soon, "owner": "Әсет", "label": "B-107"}
        drill = {"is_drill": True, "label": "A-301", "correction": "late truth: it did not hold"}
        ending = {"what": "co2-high a-204", "owner": "Айгүл", "reason": "жөндеу", "ends": soon}
        row = {
            "shift": shift,
            "starts": self.now - timedelta(hours=6),
            "ends": self.now + timedelta(hours=6),
            "open_alarms": [alarm, {**alarm, **muted}, {**alarm, **drill}],
            "endings": [ending],
            "doors": [{"door": "a-101-1", "label": "A-101", "trust": 0.42, "why": "untrusted-door"}],
            "tasks": [{"space": "b-202", "label": "B-202", "task": "airing", "due_at": soon}],
            "owners": {"": 2, "Әсет": 1},
        }
        self.write([("handover", "campus", msgspec.json.encode(row))])

    def remembered(self) -> None:
        """A day of A-204 as the hub remembers it, and what is in the room."""
        remember_day(self.engine, "a-204", self.now)
        put_in_room(self.engine, "a-204", "floor-a2-2", self.now, self._writer)

    def reported(self) -> None:
        """Two weeks of the past, as the hub sums them up."""
        whole_campus(self.engine, rooms=20)

    def watched(self) -> None:
        """What the nodes said of themselves, two days of heartbeats with a hole, and a door that lies."""
        names = self.layout.nodes()
        for name in names:
            row = HealthRow(
                node=name,
                software="0.1.0",
                config_hash="ab12cd34ef56",
                channels=(ChannelView(channel="main", kind="beam-pair"),),
                heard_since=self.now - timedelta(hours=20),
                at=self.now,
                clock="synced",
                dropped=0,
                folded=0,
                resent=3,
                cpu_c=48.5,
                throttled=False,
                power=(),
                disk_free_mb=24_310.0,
                written_mb_per_day=12.0,
                bus_errors=2,
                missed_edges=0,
                lamp_hours={"lamp": 412.0},
            )
            self.write([("health", name, _json(row))])
        for place, door in enumerate(self.layout.doors):
            is_lying = place == 3
            told = DoorRow(
                door=door.id,
                node=door.node,
                channel=door.channel,
                inner=door.inner.upper(),
                outer=door.outer if door.outer == "outside" else door.outer.upper(),
                trust=0.0 if is_lying else 0.93,
                verdict="swapped" if is_lying else "tuned",
                since=self.now - timedelta(hours=1) if is_lying else None,
                bias=0.004,
                bias_sd=0.003,
                miss_in=0.02,
                miss_out=0.016,
                days=6,
                counted_in=212,
                counted_out=208,
                is_faulty=False,
            )
            self.write([("door", door.id, _json(told))])
        newest = int(self.now.timestamp()) // 60 // SLOT_MIN
        hole = range(newest - 40, newest - 30)
        asleep = range(newest - 200, newest - 190)
        beats = [
            Beat(name, slot, 0 if name == names[0] and slot in hole else 2**SLOT_MIN - 1)
            for name in names
            for slot in range(newest - 287, newest + 1)
            if slot not in asleep
        ]
        with self.engine.begin() as connection:
            write_beats(connection, beats)

    def treating(self, key: str, *tasks: tuple[str, str], reason: str = "treatment", people: int = 0) -> None:
        """A room in treatment for another quarter of an hour, with tasks and where they stand."""
        due = self.now - timedelta(minutes=5)
        began = {"started": due - timedelta(minutes=7)}
        states = tuple(
            TaskState(task=task, due=due, state=state, since=began.get(state)) for task, state in tasks
        )
        counts = {"occupancy": people, "low": 0, "high": people + 1}
        until = self.now + timedelta(minutes=15)
        self.space(key, SpaceCondition.TREATMENT, reason, tasks=states, until=until, **counts)

    def regime(self) -> None:
        """Every state a room can be in, and alerts that nobody is told."""
        self.treating("a-201", ("airing", "due"), ("surfaces", "done"), reason="waiting")
        self.treating("a-202", ("airing", "started"), reason="treating", people=1)
        self.treating("a-203", ("airing", "due"), ("surfaces", "due"), reason="waiting")
        self.treating("a-205", ("airing", "due"), ("surfaces", "due"), ("air_disinfection", "due"))
        self.treating("a-206", ("airing", "done"), reason="resting")
        self.due("b-201", "surfaces")
        both = tuple(TaskState(task=task, due=self.now, state="due") for task in ("airing", "equipment"))
        self.space("b-205", SpaceCondition.DUE, "due", tasks=both)
        self.space("b-206", SpaceCondition.DUE, "must-leave")
        self.space("a-302", SpaceCondition.CLOSED, "outside-hours", occupancy=0, low=0, high=0)
        self.space("a-303", SpaceCondition.HOLD, "closed-by-person", occupancy=0, low=0, high=0)
        self.unknown("b-301", "untrusted-door", 20)
        until = self.now + timedelta(minutes=25)
        self.alert("drill", "over-capacity", 1, "A-301", 1, space="a-301", is_drill=True, building="a")
        self.alert(
            "shelved",
            "co2-high",
            2,
            "B-304",
            12,
            space="b-304",
            muted="shelved",
            muted_until=until,
            building="b",
        )
        for number in (1, 2, 3):
            key, label = f"muted-{number}", f"B-10{number}"
            self.alert(
                key, "treatment-due", 3, label, 9, space=label.lower(), muted="silent-node", building="b"
            )
        late = "late truth: was 14, not 16"
        self.alert("late", "over-capacity", 1, "A-208", 30, space="a-208", acked_by="Әсет", corrected=late)
        self.silence("quiet", 25, space="b-304", rule="co2-high")
        self.gap("night", "over-capacity", "manager", "a", 10)

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


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _json(row: msgspec.Struct) -> bytes:
    return msgspec.json.encode(row)
