"""Values tightened for a building or a space: which limits may be, which way is tighter, and how. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hub.layout import Override
from hub.regime.limits import KINDS, Edge
from hub.regime.patching import merge, nested, patched
from hub.regime.profile import Profile
from protocol.config import did_you_mean
from protocol.events import Task
from protocol.quantities import Duration

Value = bool | int | float | str | Duration | Edge | None


class Tighter(NamedTuple):
    """Which way a limit is tighter, and which key of its table says where it comes from."""

    is_more: bool
    source: str = "source"
    #: The clock of a room that is the same limit, by kind.
    clock: str | None = None


MORE, LESS = Tighter(is_more=True), Tighter(is_more=False)
#: Every limit that may be tightened; `*` is a kind of space, `+` a treatment. True is more than false,
#: `high` than `low`.
TIGHTER: dict[str, Tighter] = {
    "near_share": Tighter(is_more=True, source="near_source"),
    "capacity.*.m2_per_person": MORE,
    "capacity.*.per_desk": MORE,
    "capacity.*.group_cap": Tighter(is_more=False, source="cap_source"),
    "capacity.*.fill": Tighter(is_more=False, source="cap_source"),
    "closed.here": MORE,
    "lesson.longest": Tighter(is_more=False, clock="leave_after"),
    "breaks.shortest": Tighter(is_more=True, clock="pause"),
    "breaks.recommended": MORE,
    "treatment.again_after": LESS,
    "treatment.late_after": LESS,
    "treatment.use_counts_after": LESS,
    "treatment.tasks.+.minimum": MORE,
    "treatment.tasks.+.dwell": MORE,
    "treatment.tasks.+.reentry": MORE,
    "treatment.tasks.+.needed": MORE,
    "air.near_ppm": Tighter(is_more=False, source="near_source"),
    "air.air_ppm": Tighter(is_more=False, source="air_source"),
    "air.leave_ppm": Tighter(is_more=False, source="leave_source"),
    "air.need_ls": Tighter(is_more=True, source="need_source"),
    "stagger.apart": MORE,
    "screening.obligatory": MORE,
    "dispensers.obligatory": MORE,
    "dispensers.low_share": Tighter(is_more=True, source="level_source"),
    "dispensers.presses": Tighter(is_more=False, source="level_source"),
    "dispensers.silent_after": Tighter(is_more=False, source="level_source"),
    "dispensers.silent_people": Tighter(is_more=False, source="level_source"),
    "trust.unknown_under": MORE,
    "trust.capacity": MORE,
}


def _written_out() -> Iterator[tuple[str, Tighter]]:
    """Every limit that may be tightened, by its path without wild cards."""
    words = {"*": KINDS, "+": tuple(task.value for task in Task)}
    for pattern, rule in TIGHTER.items():
        mark = next((one for one in words if one in pattern), "")
        for word in words.get(mark, ("",)):
            yield (pattern.replace(mark, word) if mark else pattern), rule


_KNOWN = dict(_written_out())
_EDGES = [edge.value for edge in Edge]
#: A source longer than this is cut.
_MOST_SOURCE = 200


def limit_faults(override: Override) -> list[str]:
    """What is wrong with the limit an override names, whatever the profile."""
    if override.limit in _KNOWN:
        return []
    return [f"limit: there is no `{override.limit}` to tighten{did_you_mean(override.limit, list(_KNOWN))}"]


def override_faults(override: Override, profile: Profile) -> list[str]:
    """Why the override cannot stand over `profile`: of another type, out of range, or looser."""
    if not is_asked(profile, override.limit):
        return []
    faults: list[str] = []
    if patched(profile, _changes(profile, override), "$", faults) is None:
        # The path of the profile is the limit itself: it is named already.
        # The rooms' own clocks have the same fault once more.
        return list(dict.fromkeys(f"value: {fault.partition(': ')[2]}" for fault in faults))
    old = value_at(profile, override.limit)
    if is_tighter(override.limit, old, override.value):
        return [f"value: {_shown(override.value)} is looser than {_shown(old)} of {override.limit}"]
    return []


def tightened(profile: Profile, overrides: Iterable[Override]) -> Profile:
    """`profile` with each override that does not loosen it, and with the overrides' sources."""
    for one in overrides:
        if not is_asked(profile, one.limit):
            continue
        if is_tighter(one.limit, value_at(profile, one.limit), one.value):
            continue
        profile = patched(profile, _changes(profile, one), "$", []) or profile
    return profile


def is_asked(profile: Profile, limit: str) -> bool:
    """Whether the profile has the table of this limit at all."""
    return value_at(profile, limit.partition(".")[0]) is not None


def value_at(profile: Profile, limit: str) -> Value:
    """The value of the limit, True for a table that is there, None for what the profile does not set."""
    here: object = profile
    for key in limit.split("."):
        here = here.get(key) if isinstance(here, dict) else getattr(here, key, None)
        if here is None:
            return None
    return here if isinstance(here, bool | int | float | str | Duration | Edge) else True


def is_tighter(limit: str, one: Value, other: Value) -> bool:
    """Whether `one` is strictly tighter than `other` for this limit; no value is the loosest."""
    if one is None or other is None:
        return one is not None and other is None
    return _rank(one) > _rank(other) if _KNOWN[limit].is_more else _rank(one) < _rank(other)


def _rank(value: Value) -> float:
    if isinstance(value, Edge):
        return _EDGES.index(value.value)
    if isinstance(value, Duration):
        return value.seconds
    if isinstance(value, str):
        return _EDGES.index(value) if value in _EDGES else Duration(value).seconds
    return float(value or 0)


def _changes(profile: Profile, override: Override) -> dict[str, object]:
    """The value in its place, where it comes from beside it, and the rooms' own clocks set to it."""
    table, rule = override.limit.rpartition(".")[0], _KNOWN[override.limit]
    path = f"{table}.{rule.source}".removeprefix(".")
    old = value_at(profile, path)
    source = f"{override.source} ({old})" if old else override.source
    changes = merge(nested(override.limit, override.value), nested(path, source[:_MOST_SOURCE]))
    kinds = getattr(getattr(profile, table, None), "kinds", ())
    for clock in (f"treatment.kinds.{kind}.{rule.clock}" for kind in kinds if rule.clock):
        if value_at(profile, clock) is not None:
            changes = merge(changes, nested(clock, override.value))
    return changes


def _shown(value: Value) -> str:
    if isinstance(value, Edge):
        return value.value
    return value.text if isinstance(value, Duration) else str(value)
