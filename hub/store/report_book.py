"""Reads what a report needs beside sums of days: a stretch in, its alerts and limits in force out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, or_, select

from hub.alerts.alert import Alert, Change
from hub.alerts.load import NEW, load
from hub.regime.alert_rule import QUIET_PRIORITY
from hub.store.alert_book import AlertBook
from hub.store.board import HubRow
from hub.store.campus_rows import BuildingView
from hub.store.database import asking
from hub.store.schema import alert, board, in_force

_CHATTERING = "chattering"
#: An acknowledgement that came later is none.
_ACKED_WITHIN = timedelta(days=7)


class Site(Struct, frozen=True, kw_only=True):
    """The campus as its hub last named itself."""

    #: By language.
    names: dict[str, str] = {}
    timezone: str = "UTC"
    profile: str = ""
    #: Names of its buildings by id, each by language.
    buildings: dict[str, dict[str, str]] = {}

    def building(self, id: str, language: str) -> str:
        """A building's name; one that the campus no longer has shows its id."""
        return self.buildings.get(id, {}).get(language) or id

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)


class _Buildings(Struct, frozen=True):
    """The part of the campus's row that a report needs."""

    buildings: tuple[BuildingView, ...] = ()


class AlarmRow(Struct, frozen=True, kw_only=True):
    """An alert as a report or an inspector reads it."""

    id: str
    rule: str
    label: str
    priority: int
    building: str | None
    space: str | None
    node: str | None
    since: datetime
    fired_at: datetime | None
    resolved_at: datetime | None
    acked_at: datetime | None
    acked_by: str | None
    closed_at: datetime | None
    #: Late truth: what the corrected record says of it, and since when that is known.
    correction: str | None
    corrected_at: datetime | None
    value: float | None
    limit: float | None
    clause: str
    is_drill: bool


class Turn(Struct, frozen=True, kw_only=True):
    """One change of an alert."""

    alert: str
    at: datetime
    #: `fired`, `acked`, `resolved`, …
    change: str
    by: str | None
    value: float | None
    note: str | None


class Sounded(Struct, frozen=True, kw_only=True):
    """An alarm that asked somebody to look: it fired or came back, sounded, and was no drill."""

    at: datetime
    rule: str
    label: str
    priority: int
    #: Seconds until it was acknowledged; None: it was not.
    acked_after_s: float | None


class Alarms(Struct, frozen=True, kw_only=True):
    """The alarms of a stretch."""

    sounded: tuple[Sounded, ...]
    #: How often one was put aside because it came and went too often.
    chattered: int
    #: Share of the stretch in which more than ten came in ten minutes, 0–1.
    flood_share: float
    #: The newest instant at which the record of one was corrected; None: none was.
    corrected_at: datetime | None


class InForce(Struct, frozen=True, kw_only=True):
    """What came into force when."""

    since: datetime
    profile: str
    variant: str | None
    sha256: str
    #: The limits as tables of a profile's file.
    tables: dict[str, Any]


class ReportBook:
    """Reads the hub's file; any number of readers, in any process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._alerts = AlertBook(engine)

    def site(self) -> Site:
        """The campus; a hub that never ran has no name, and UTC."""
        body = self._row("hub", "hub")
        if body is None:
            return Site()
        row = msgspec.json.decode(body, type=HubRow)
        campus = self._row("layout", "layout")
        buildings = () if campus is None else msgspec.json.decode(campus, type=_Buildings).buildings
        return Site(
            names=row.names,
            timezone=row.timezone,
            profile=row.profile,
            buildings={one.id: one.names for one in buildings},
        )

    def alarms(self, starts: datetime, ends: datetime) -> Alarms:
        """The alarms of [starts, ends): priorities 1 and 2 that sounded and were no drill."""
        found = {one.id: one for one in self._in(starts, ends)}
        real = {id: one for id, one in found.items() if one.priority < QUIET_PRIORITY and not one.is_drill}
        turns = self._alerts.transitions(starts, ends)
        muted = {(one.alert, one.at) for one in turns if one.change is Change.MUTED}
        acked: dict[str, list[datetime]] = {}
        for one in self._alerts.transitions(starts, ends + _ACKED_WITHIN):
            if one.change is Change.ACKED:
                acked.setdefault(one.alert, []).append(one.at)
        new = [one for one in turns if one.change in NEW and one.alert in real]
        new = [one for one in new if (one.alert, one.at) not in muted]
        corrected = [one.corrected_at for one in found.values() if one.corrected_at is not None]
        return Alarms(
            sounded=tuple(_sounded(real[one.alert], one.at, acked.get(one.alert, [])) for one in new),
            chattered=sum(one.change is Change.MUTED and one.note == _CHATTERING for one in turns),
            flood_share=load(new, starts, ends).flood_share,
            corrected_at=max(corrected, default=None),
        )

    def rows(self, starts: datetime, ends: datetime) -> list[AlarmRow]:
        """Every alert that was there in [starts, ends), oldest first; those that never fired too."""
        names = AlarmRow.__struct_fields__
        return [AlarmRow(**{name: getattr(one, name) for name in names}) for one in self._in(starts, ends)]

    def turns(self, starts: datetime, ends: datetime) -> list[Turn]:
        """Everything that happened to alerts in [starts, ends), in order."""
        return [
            Turn(
                alert=one.alert, at=one.at, change=one.change.value, by=one.by, value=one.value, note=one.note
            )
            for one in self._alerts.transitions(starts, ends)
        ]

    def in_force(self, starts: datetime, ends: datetime) -> list[InForce]:
        """What was in force at `starts`, and what came after it before `ends`."""
        with asking(self._engine) as connection:
            rows = connection.execute(select(in_force).order_by(in_force.c.since_ms, in_force.c.id)).all()
        told = [
            InForce(
                since=datetime.fromtimestamp(row.since_ms / 1000, UTC),
                profile=row.profile,
                variant=row.variant,
                sha256=row.sha256,
                tables=msgspec.json.decode(row.body),
            )
            for row in rows
        ]
        earlier = [one for one in told if one.since <= starts]
        return earlier[-1:] + [one for one in told if starts < one.since < ends]

    def _row(self, kind: str, key: str) -> bytes | None:
        query = select(board.c.body).where(board.c.kind == kind, board.c.key == key)
        with asking(self._engine) as connection:
            return connection.execute(query).scalar()

    def _in(self, starts: datetime, ends: datetime) -> list[Alert]:
        is_open = or_(alert.c.closed_at.is_(None), alert.c.closed_at >= starts)
        query = select(alert.c.body).where(alert.c.since < ends, is_open).order_by(alert.c.since, alert.c.id)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Alert) for (body,) in connection.execute(query)]


def _sounded(one: Alert, at: datetime, acked: list[datetime]) -> Sounded:
    first = min((when for when in acked if when >= at), default=None)
    return Sounded(
        at=at,
        rule=one.rule,
        label=one.label,
        priority=one.priority,
        acked_after_s=None if first is None else (first - at).total_seconds(),
    )
