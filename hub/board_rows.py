"""The rows that dashboards show, from what the hub believes. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from hub.alerts.alert import Alert
from hub.layout import Layout, Names
from hub.presence import Presence
from hub.situation import Situation
from hub.store.alert_book import row_of
from hub.store.board import HubRow, LedgerRow, NodeRow, Row, SpaceRow
from protocol.messages import SpaceState

#: A node's last sign of life is shown to this precision, so that the board is not written for each.
HEARD_PRECISION_S = 5
#: Nodes shown that the campus file does not name; any number may call.
MOST_STRANGERS = 50


def space_rows(situation: Situation, states: Mapping[str, SpaceState]) -> Iterable[Row]:
    """A tile for each space."""
    for space in situation.layout.spaces:
        row = SpaceRow(
            state=states[space.id],
            code=space.code,
            building=space.building,
            floor=space.floor,
            kind=space.kind.value,
            names=_names(space.names),
            limit=situation.capacity[space.id].limit,
        )
        yield "space", space.id, _json(row)


def alert_rows(alerts: Iterable[Alert]) -> Iterable[Row]:
    """A row for each open alert."""
    for alert in alerts:
        yield "alert", alert.id, _json(row_of(alert))


def node_rows(layout: Layout, presence: Presence, now: datetime) -> Iterable[Row]:
    """A row for each node of the campus file, and for each that was heard without being in it."""
    strangers = sorted(set(presence.nodes) - set(layout.nodes()))[:MOST_STRANGERS]
    for node in (*layout.nodes(), *strangers):
        one = presence.nodes.get(node)
        health = one.health if one else None
        row = NodeRow(
            node=node,
            state=presence.liveness(node, now).value,
            last_heard=_rounded(one.last_heard) if one else None,
            outbox_depth=health.outbox_depth if health else None,
            faults=health.faults if health else (),
            epoch=health.epoch if health else None,
        )
        yield "node", node, _json(row)


def ledger_rows(line: LedgerRow) -> Iterable[Row]:
    """The ledger's one row."""
    yield "ledger", "ledger", _json(line)


def hub_rows(row: HubRow) -> Iterable[Row]:
    """The hub's pulse."""
    yield "hub", "hub", _json(row)


def _rounded(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    return at.replace(second=at.second // HEARD_PRECISION_S * HEARD_PRECISION_S, microsecond=0)


def _names(names: Names) -> dict[str, str]:
    return {"kk": names.kk, "ru": names.ru, "en": names.en}


def _json(row: Struct) -> bytes:
    return msgspec.json.encode(row)
