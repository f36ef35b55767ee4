"""What is wrong with the switches and overrides of a campus, held against the profiles it names. Pure."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.layout import Layout, Override
from hub.regime.overrides import limit_faults, override_faults
from hub.regime.periods import Period, instant, periods, span
from hub.regime.profile import Profile, with_variant
from protocol.config import did_you_mean


def regime_faults(profiles: Mapping[str, Profile], layout: Layout) -> list[str]:
    """Every fault of a campus against the profiles it names, as `path: what is wrong`."""
    faults = _name_faults(profiles, "$", layout.profile, layout.variant)
    seen: dict[datetime, int] = {}
    zone = ZoneInfo(layout.timezone)
    for i, switch in enumerate(layout.switches):
        faults += _name_faults(profiles, f"$.switches[{i}]", switch.profile, switch.variant)
        first = seen.setdefault(instant(switch.starts, zone), i)
        if first != i:
            faults.append(f"$.switches[{i}].starts: is the same instant as switches[{first}]; remove one")
    known = [
        (one, with_variant(profiles[one.profile], one.variant))
        for one in periods(layout)
        if _is_known(profiles, one)
    ]
    for i, override in enumerate(layout.overrides):
        faults += [
            f"$.overrides[{i}].{fault}"
            for fault in _placing_faults(override, layout) or _value_faults(override, known, layout)
        ]
    return faults + _exception_faults(known, layout)


def _name_faults(profiles: Mapping[str, Profile], at: str, name: str, variant: str | None) -> list[str]:
    if name not in profiles:
        return [f"{at}.profile: there is no profile `{name}`{did_you_mean(name, list(profiles))}"]
    variants = profiles[name].variants
    if variant is None or variant in variants:
        return []
    hint = did_you_mean(variant, list(variants)) or f"; known: {', '.join(variants) or 'none'}"
    return [f"{at}.variant: `{name}` has no variant `{variant}`{hint}"]


def _is_known(profiles: Mapping[str, Profile], period: Period) -> bool:
    profile = profiles.get(period.profile)
    return profile is not None and (period.variant is None or period.variant in profile.variants)


def _placing_faults(override: Override, layout: Layout) -> list[str]:
    """What is wrong with an override whatever its value: where it holds, when, and of what."""
    faults = limit_faults(override)
    if (override.building is None) == (override.space is None):
        faults.append("building: say which building or which space it is for, one of the two")
    start, end = span(override, layout)
    if end <= start:
        faults.append(f"ends: {override.ends} is not after it starts, {override.starts}")
    kinds = {space.kind.value for space in layout.spaces if _holds_in(override, space.id, space.building)}
    table, _, rest = override.limit.partition(".")
    kind = rest.partition(".")[0]
    if not faults and table == "capacity" and kinds and kind not in kinds:
        faults.append(f"limit: there is no {kind} here, only {', '.join(sorted(kinds))}")
    return faults


def _value_faults(override: Override, known: list[tuple[Period, Profile]], layout: Layout) -> list[str]:
    start, end = span(override, layout)
    for period, profile in known:
        if period.since < end and start < period.until:
            faults = override_faults(override, profile)
            if faults:
                name = period.profile + (f", {period.variant}" if period.variant else "")
                return [f"{fault} in {name}" if "looser" in fault else fault for fault in faults]
    return []


def _exception_faults(known: list[tuple[Period, Profile]], layout: Layout) -> list[str]:
    """Rooms that a profile keeps open and that the campus does not have."""
    spaces = [space.id for space in layout.spaces]
    strange: dict[str, None] = {}
    for period, profile in known:
        for space in profile.closed.except_spaces if profile.closed else ():
            if space not in spaces:
                where = f"{period.profile}: $.closed.except_spaces"
                strange[f"{where}: the campus has no space `{space}`{did_you_mean(space, spaces)}"] = None
    return list(strange)


def _holds_in(override: Override, space: str, building: str) -> bool:
    return override.space == space or override.building == building
