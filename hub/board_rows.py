"""The rows that dashboards show, from what the hub believes. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.alerts.alert import Alert
from hub.alerts.outcome import DeskState
from hub.alerts.whereabouts import Whereabouts
from hub.duty_officer import DutyOfficer
from hub.handing_over import handed_over
from hub.layout import Layout, Names
from hub.presence import Liveness, Presence
from hub.reach import unreachable
from hub.situation import Situation
from hub.store.alert_book import row_of
from hub.store.board import GapRow, HubRow, LedgerRow, NodeRow, Row, SilenceRow, SpaceRow
from protocol.messages import SpaceState
from protocol.wire import Accord

#: A node's last sign of life is shown to this precision, so that the board is not written for each.
HEARD_PRECISION_S = 5
#: Nodes shown that the campus file does not name; any number may call.
MOST_STRANGERS = 50


def space_rows(situation: Situation, states: Mapping[str, SpaceState]) -> Iterable[Row]:
    """A tile for each of the spaces whose state is given."""
    for id, state in states.items():
        space = situation.spaces[id]
        row = SpaceRow(
            state=state,
            code=space.code,
            building=space.building,
            floor=space.floor,
            kind=space.kind.value,
            names=_names(space.names),
            limit=situation.capacity[space.id].limit,
        )
        yield "space", space.id, _json(row)


def alert_rows(
    places: Whereabouts, alerts: Iterable[Alert], undelivered: Collection[str] = ()
) -> Iterable[Row]:
    """A row for each alert, with its building if it is in one; one that is closed is gone from the board."""
    for alert in alerts:
        building = places.only_building_of(alert)
        row = replace(row_of(alert), undelivered=alert.id in undelivered, building=building)
        yield "alert", alert.id, None if alert.closed_at is not None else _json(row)


def silence_rows(desk: DeskState) -> Iterable[Row]:
    """A row for each silence."""
    for one in desk.silences:
        row = SilenceRow(
            id=one.id,
            by=one.owner,
            reason=one.reason,
            rule=one.rule,
            space=one.space,
            building=one.building,
            node=one.node,
            until=one.ends,
        )
        yield "silence", one.id, _json(row)


def gap_rows(situation: Situation, now: datetime) -> Iterable[Row]:
    """A row for each stretch of the next day in which a step of an escalation reaches nobody."""
    layout, rules = situation.layout, situation.profile.alerts
    if not layout.duties:
        return
    for gap in unreachable(layout, rules, situation.reachable, now):
        row = GapRow(
            rule=gap.unheard[0] if len(gap.unheard) == 1 else None,
            role=gap.role.value,
            building=gap.building,
            starts=gap.starts,
            ends=gap.ends,
            why=gap.why.value,
        )
        begins = "now" if gap.starts <= now else f"{gap.starts:%d%H%M}"
        yield "gap", f"{gap.role.value}-{gap.building or 'campus'}-{begins}", _json(row)


def handover_rows(officer: DutyOfficer, states: Mapping[str, SpaceState], now: datetime) -> Iterable[Row]:
    """What the next shift has to know, in one row."""
    yield "handover", "campus", _json(handed_over(officer, states, now))


def node_rows(layout: Layout, presence: Presence, nodes: Iterable[str], now: datetime) -> Iterable[Row]:
    """A row for each of `nodes`; of those that the campus file does not name, for a few only."""
    named = set(layout.nodes())
    heard = set(nodes)
    strange = heard - named
    if strange:
        strange &= set(sorted(set(presence.nodes) - named)[:MOST_STRANGERS])
    for node in sorted(heard & named | strange):
        one = presence.nodes.get(node)
        health = one.health if one else None
        row = NodeRow(
            node=node,
            state=_standing(presence, node, now),
            last_heard=_rounded(one.last_heard) if one else None,
            outbox_depth=health.outbox_depth if health else None,
            faults=health.faults if health else (),
            epoch=health.epoch if health else None,
        )
        yield "node", node, _json(row)


def _standing(presence: Presence, node: str, now: datetime) -> str:
    """Whether it is there; of one that is, whether it is understood."""
    liveness, accord = presence.liveness(node, now), presence.accord(node)
    is_foreign = liveness is Liveness.ONLINE and accord is not Accord.AGREED
    return accord.value if is_foreign else liveness.value


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
