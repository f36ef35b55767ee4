"""The office that keeps the campus's drawing: carries out edits, hears strangers, writes their board rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from hub.campus import Observed
from hub.deciding import Ordered
from hub.editing import doors_of
from hub.hearing import Hearing
from hub.layout import Layout, Names
from hub.presence import Presence
from hub.store.board import BoardWriter, Row
from hub.store.campus_edits import CampusEdit
from hub.store.campus_rows import (
    BuildingView,
    DoorView,
    DutyView,
    EditRow,
    LayoutRow,
    OverrideView,
    PostView,
    SensorView,
    ShiftView,
    SpaceView,
    SwitchView,
    mark_of,
)
from hub.store.decisions import Decision
from hub.store.orders import EditCampus, Listen

#: What became of so many edits stays on the board.
EDITS_KEPT = 50
#: Who speaks from nowhere is written at most so often, seconds.
HEARD_EVERY_S = 0.5
_V = TypeVar("_V", bound=Struct)


class Editor(Protocol):
    """Whoever changes the campus file."""

    @property
    def is_demonstration(self) -> bool:
        """Whether nothing was ever changed."""

    def carry_out(self, decision: Decision, edits: Sequence[CampusEdit], book: str) -> EditRow:
        """Make the edits, or refuse them all with their faults."""


class CampusOffice:
    """Lives as long as the hub's process; the engine that works by a layout comes and goes."""

    def __init__(self, editor: Editor | None = None) -> None:
        self._editor = editor
        self._hearing = Hearing()
        self._layout: Layout | None = None
        self._heard_at = -1e9
        self._heard_version = -1
        self._has_news = True

    def carry_out(self, ordered: Iterable[Ordered], book: str | None, now: datetime) -> list[Row]:
        """Edit the file and listen to doors as ordered; the rows say what became of it."""
        rows: list[Row] = []
        for decision, order in ordered:
            if isinstance(order, Listen):
                self._hearing.listen(decision.subject, now)
                self._has_news = True
            elif isinstance(order, EditCampus) and self._editor is not None:
                row = self._editor.carry_out(decision, order.edits, book or "")
                rows.append(("edit", str(decision.id), msgspec.json.encode(row)))
                for door in doors_of(order.edits) if row.accepted else ():
                    self._hearing.listen(door, now)
        return rows

    def hear(self, stored: list[Observed], now: datetime) -> None:
        """Events that are new."""
        self._hearing.hear(stored, now)
        self._has_news = self._has_news or bool(stored)

    def rows(
        self,
        layout: Layout,
        receivers: frozenset[str] | None,
        presence: Presence,
        board: BoardWriter,
        decision: int,
        now: datetime,
        now_s: float,
    ) -> list[Row]:
        """The layout when it is another one, and who speaks from nowhere when that may have changed."""
        rows: list[Row] = []
        if layout is not self._layout:
            self._layout, self._has_news = layout, True
            self._hearing.work_by(layout)
            is_shipped = None if self._editor is None else self._editor.is_demonstration
            row = layout_row(layout, receivers, decision, is_shipped)
            rows.append(("layout", "layout", msgspec.json.encode(row)))
            keys = sorted((key for _, key, _ in board.gone("edit", set())), key=int)
            rows += board.gone("edit", set(keys[-EDITS_KEPT:]))
        has_news = self._has_news or presence.version != self._heard_version
        if has_news and now_s - self._heard_at >= HEARD_EVERY_S:
            self._heard_at, self._heard_version, self._has_news = now_s, presence.version, False
            rows.append(("heard", "heard", msgspec.json.encode(self._hearing.row(presence, now))))
        return rows


def layout_row(
    layout: Layout, receivers: frozenset[str] | None, decision: int, is_demonstration: bool | None
) -> LayoutRow:
    """The campus in force as the dashboards need it."""
    return LayoutRow(
        site=layout.site,
        names=_names(layout.names),
        timezone=layout.timezone,
        profile=layout.profile,
        variant=layout.variant,
        decision=decision,
        is_demonstration=is_demonstration,
        buildings=tuple(
            BuildingView(id=one.id, names=_names(one.names), mark=mark_of(one)) for one in layout.buildings
        ),
        spaces=tuple(
            SpaceView(
                id=one.id,
                building=one.building,
                kind=one.kind.value,
                code=one.code,
                floor=one.floor,
                area_m2=one.area_m2,
                names=_names(one.names),
                desks=one.desks,
                design_capacity=one.design_capacity,
                height_m=one.height_m,
                mark=mark_of(one),
            )
            for one in layout.spaces
        ),
        doors=_views(DoorView, layout.doors, with_mark=True),
        posts=_views(PostView, layout.posts),
        sensors=_views(SensorView, layout.sensors),
        shifts=_views(ShiftView, layout.shifts),
        duties=_views(DutyView, layout.duties),
        overrides=_views(OverrideView, layout.overrides),
        switches=_views(SwitchView, layout.switches),
        receivers=None if receivers is None else tuple(sorted(receivers)),
    )


def _views(view: type[_V], rows: Iterable[Struct], *, with_mark: bool = False) -> tuple[_V, ...]:
    """Rows of the file as rows of the board: the same fields, choices as their words."""
    plain = ((row, msgspec.to_builtins(row)) for row in rows)
    return tuple(
        msgspec.convert({**fields, "mark": mark_of(row)} if with_mark else fields, view)
        for row, fields in plain
    )


def _names(names: Names) -> dict[str, str]:
    return {"kk": names.kk, "ru": names.ru, "en": names.en}
