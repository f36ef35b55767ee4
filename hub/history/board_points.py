"""What the board shows of the ledger, nodes, doors and the hub itself, as line protocol. Pure."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import asdict

from hub.history.points import Fields, line, real
from hub.presence import Liveness
from hub.store.board import Change, HubRow, LedgerRow, NodeRow
from hub.store.node_rows import DoorRow, HealthRow


def hub_row(changes: Iterable[Change]) -> HubRow | None:
    """The hub's pulse; None where the board has none."""
    bodies = [one.body for one in changes if one.kind == "hub" and one.body is not None]
    return msgspec.json.decode(bodies[0], type=HubRow) if bodies else None


def board_lines(changes: Iterable[Change], hub: HubRow) -> list[str]:
    """Every line of the board at the hub's pulse. Of a node that is silent nothing is repeated."""
    lines, nodes, healths = [], {}, {}
    for one in changes:
        match one.kind, one.body:
            case _, None:
                continue
            case "ledger", bytes(body):
                parts = asdict(msgspec.json.decode(body, type=LedgerRow))
                lines.append(line("ledger", {"site": hub.site}, parts, hub.as_of))
            case "node", bytes(body):
                nodes[one.key] = msgspec.json.decode(body, type=NodeRow)
            case "health", bytes(body):
                healths[one.key] = msgspec.json.decode(body, type=HealthRow)
            case "door", bytes(body):
                door = msgspec.json.decode(body, type=DoorRow)
                tags = {"site": hub.site, "door": door.door, "node": door.node, "channel": door.channel}
                fields = {"trust": door.trust, "miss_in": door.miss_in, "miss_out": door.miss_out}
                lines.append(line("door", tags, {k: real(v) for k, v in fields.items()}, hub.as_of))
    for node, row in nodes.items():
        if row.state == Liveness.ONLINE.value:
            said = _health(row, healths.get(node))
            lines.append(line("health", {"site": hub.site, "node": node}, said, hub.as_of))
    counters = {name: real(value) for name, value in hub.counters.items()}
    pulse = {"position": hub.position, "broker_connected": int(hub.broker_connected), **counters}
    lines.append(line("hub", {"site": hub.site}, pulse, hub.as_of))
    return [one for one in lines if one]


def _health(row: NodeRow, health: HealthRow | None) -> Fields:
    said: dict[str, int | float | None] = {"outbox_depth": row.outbox_depth, "faults": len(row.faults)}
    if health is not None:
        said |= {
            "dropped": health.dropped,
            "resent": health.resent,
            "bus_errors": health.bus_errors,
            "missed_edges": health.missed_edges,
            "cpu_c": real(health.cpu_c),
            "disk_free_mb": real(health.disk_free_mb),
            "written_mb_per_day": real(health.written_mb_per_day),
            "throttled": None if health.throttled is None else int(health.throttled),
            "clock_synced": None if health.clock is None else int(health.clock == "synced"),
        }
    return said
