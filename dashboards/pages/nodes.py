"""Nodes, doors and the ledger: what the measuring itself is worth."""

from flask import Blueprint, render_template
from flask_babel import gettext

from dashboards.duty.handover import campus_time
from dashboards.duty.nodes import STRIP_SLOTS, door_views, node_views, read_rows
from dashboards.live.views import is_live
from dashboards.services import services
from dashboards.words.naming import word_or_code
from dashboards.words.wording import ago, known_word
from hub.store.heartbeats import SLOT_MIN
from hub.store.node_rows import DoorRow, HealthRow
from protocol.wire import Wire

blueprint = Blueprint("nodes", __name__)
doors_blueprint = Blueprint("doors", __name__)
#: Steps of what to check that the words have.
_STEPS = (1, 2, 3)


@blueprint.get("/nodes")
def show() -> str:
    """Every node, what needs somebody first, and the line that must close."""
    here = services()
    now = here.clock.now()
    state = here.picture().state(now, here.settings.build)
    newest = int(now.timestamp()) // 60 // SLOT_MIN
    views = node_views(
        state.nodes,
        read_rows(here.board.read(), "health", HealthRow),
        here.heartbeats.since(newest - STRIP_SLOTS + 1),
        state.hub,
        now,
    )
    counts = {
        "well": sum(one.is_well for one in views),
        "unknown": sum(one.state in ("unknown", "never-heard") for one in views),
    }
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return render_template(
        "nodes.html",
        nodes=views,
        counts=counts,
        ledger=state.ledger,
        is_live=is_live(state.hub, now),
        hub=state.hub,
        now=now,
        time=lambda at: campus_time(at, offset_min=offset_min),
        ago=ago,
        steps=_steps,
        fault_said=_fault_said,
        wire_said=_wire_said,
        word_or_code=word_or_code,
        wide=True,
    )


@doors_blueprint.get("/doors", endpoint="show")
def show_doors() -> str:
    """Every door, the least believed first."""
    here = services()
    now = here.clock.now()
    state = here.picture().state(now, here.settings.build)
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return render_template(
        "doors.html",
        doors=door_views(read_rows(here.board.read(), "door", DoorRow).values(), state.hub, now),
        is_live=is_live(state.hub, now),
        time=lambda at: campus_time(at, offset_min=offset_min),
        steps=_steps,
        wide=True,
    )


def _steps(table: str, code: str) -> list[str]:
    """What to check, in three steps; those of `other` for a code that has none of its own."""
    own = code if known_word(f"{table}.{code}.1") else "other"
    return [gettext(f"{table}.{own}.{step}") for step in _STEPS]


def _wire_said(wire: Wire) -> str:
    return str(wire.newest) if wire.oldest == wire.newest else f"{wire.oldest}–{wire.newest}"


def _fault_said(fault: str) -> str:
    """A fault, `component: code`, in the reader's words, with what the node says kept for the engineer."""
    component = fault.partition(":")[0].strip()
    stem = component.rstrip("0123456789").rstrip("-")
    for known in (component, stem, component.partition("-")[0]):
        if known_word(f"fault.{known}"):
            return f"{gettext(f'fault.{known}')} ({fault})"
    return fault
