"""The campus's regime for the administrator's pages: rows of the hub and profile files in, limits out."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dashboards.files import Files
from hub.layout import Layout
from hub.regime.profile import Profile
from hub.store.campus_rows import DutyView, LayoutRow, ShiftView
from hub.store.limits_in_force import LimitsInForce
from protocol.config import decode_table, read_struct
from protocol.errors import ConfigError

_LISTS = ("buildings", "spaces", "doors", "posts", "sensors", "shifts", "duties", "overrides", "switches")


def layout_of(
    row: LayoutRow, shifts: Iterable[ShiftView] | None = None, duties: Iterable[DutyView] | None = None
) -> Layout:
    """The campus of the hub's row, with other shifts or duties. Raises ValueError where it cannot be."""
    tables: dict[str, Any] = msgspec.to_builtins(row)
    if shifts is not None:
        tables["shifts"] = msgspec.to_builtins(list(shifts))
    if duties is not None:
        tables["duties"] = msgspec.to_builtins(list(duties))
    kept = {key: tables[key] for key in ("site", "names", "timezone", "profile")}
    if row.variant is not None:
        kept["variant"] = row.variant
    for name in _LISTS:
        kept[name] = [
            {key: value for key, value in one.items() if value is not None and key != "mark"}
            for one in tables[name]
        ]
    faults: list[str] = []
    layout = decode_table(kept, Layout, "$", faults)
    if layout is None:
        raise ValueError("; ".join(faults))
    return layout


def read_profiles(files: Files | None) -> dict[str, Profile]:
    """The profiles there are, by id; a file that cannot be read is left out: `kuzet check` says why."""
    found: dict[str, Profile] = {}
    paths: list[Path] = [] if files is None else sorted(files.regime.glob("*.toml"))
    for path in paths:
        try:
            found[path.stem] = read_struct(path, Profile)
        except ConfigError:
            continue
    return found


def profile_now(limits: LimitsInForce, now: datetime) -> Profile | None:
    """The limits that the hub noted as in force, in their variant; None: it has noted none."""
    tables = limits.at(now)
    return decode_table(tables, Profile, "$", []) if tables else None
