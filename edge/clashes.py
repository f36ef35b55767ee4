"""The tables of a node's file in, whatever is used twice or leads nowhere out. Pure.

From the tables and not the structs, so that a fault elsewhere in the file hides none of these.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from edge.channels import KINDS
from protocol.config import did_you_mean

#: Bus and address of what a node file need not say: as its driver has them.
FACTORY = {
    "thermometer": (1, 0x5A),
    "sensor": (1, 0x62),
    "reader": (3, 0x24),
    "gauge": (1, 0x48),
    "zones": (1, 0x29),
}
#: The pins a bus takes: the header's own buses, and bus 3 as firmware_config/boot/config.txt makes it.
BUS_PINS = {1: (2, 3), 0: (0, 1), 3: (23, 24)}
#: What every node file has beside its channels.
_NEEDED = ("site", "node", "outbox")
#: More is no pin, bus or address; it is refused elsewhere, and too long to be said here.
_MOST = 0xFFFF


def clashes(tables: Mapping[str, Any]) -> list[str]:
    """Channels, pins and addresses that two want, and that there is nothing to watch."""
    uses: dict[str, list[str]] = defaultdict(list)
    for what, where in _uses(tables):
        uses[what].append(where)
    return _nothing(tables) + [
        f"{wheres[0]}: {what} is used again by {', '.join(wheres[1:])}; each serves one thing"
        for what, wheres in uses.items()
        if len(wheres) > 1
    ]


def strays(tables: Mapping[str, Any]) -> list[str]:
    """Doors and contacts of a lamp that this node does not have, or that cannot be looked at."""
    known = {
        "doors": [row.get("channel") for _, _, row in _rows(tables, ("doors",)) if "beams" in row],
        "contacts": [row.get("channel") for _, _, row in _rows(tables, ("contacts",))],
    }
    faults = []
    for _, number, lamp in _rows(tables, ("lamps",)):
        for key, there in known.items():
            names = lamp.get(key, [])
            for name in names if isinstance(names, list) else []:
                if name not in there:
                    words = [str(each) for each in there]
                    faults.append(
                        f"$.lamps[{number}].{key}: this node has no {_NAMES[key]} `{name}`"
                        f"{did_you_mean(str(name), words)}"
                    )
    return faults


_NAMES = {"doors": "door with beams", "contacts": "contact"}


def _nothing(tables: Mapping[str, Any]) -> list[str]:
    # Of a file without anything: `NodeConfig` says it of those that have what every node has.
    if any(key in tables for key in (*KINDS, *_NEEDED)):
        return []
    return [f"$: a node needs at least one of {', '.join(f'`[[{kind}]]`' for kind in KINDS)}"]


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST


def _uses(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    buses: dict[int, str] = {}
    for kind, number, row in _rows(tables, tuple(tables)):
        at = f"$.{kind}[{number}]"
        if isinstance(row.get("channel"), str):
            yield f"channel `{row['channel']}`", f"{at}.channel"
        tables_of_row = dict(row)
        if kind == "posts":
            tables_of_row.setdefault("thermometer", {})
        if kind == "air":
            tables_of_row.setdefault("sensor", {})
        for part, table in tables_of_row.items():
            if not isinstance(table, Mapping):
                continue
            for key, value in table.items():
                if (key == "pin" or key.endswith("_pin")) and _is_number(value):
                    yield f"pin {value}", f"{at}.{part}.{key}"
            if part in FACTORY:
                bus, address = table.get("bus", FACTORY[part][0]), table.get("address", FACTORY[part][1])
                if _is_number(bus) and _is_number(address):
                    # Two inputs of one converter are two gauges.
                    of_it = f", input {table.get('input', 0)}" if part == "gauge" else ""
                    yield f"address 0x{address:02X}{of_it} on bus {bus}", f"{at}.{part}"
                    buses.setdefault(bus, f"{at}.{part} (bus {bus})")
    for bus, where in buses.items():
        yield from ((f"pin {pin}", where) for pin in BUS_PINS.get(bus, ()))


def _rows(tables: Mapping[str, Any], kinds: tuple[str, ...]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for kind in kinds:
        rows = tables.get(kind, [])
        if isinstance(rows, Mapping) and "channel" in rows:
            # `[doors]` written for `[[doors]]`, which is said already.
            rows = [rows]
        for number, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, Mapping):
                yield kind, number, row
