"""Every limit that may be tightened, as a page shows and reads it, with its clause. Pure."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from hub.layout import Override
from hub.regime.limits import KINDS, Edge
from hub.regime.overrides import TIGHTER, Value, is_asked, override_faults, value_at
from hub.regime.profile import Profile
from hub.store.campus_rows import OverrideView
from protocol.events import Task
from protocol.quantities import Duration


class Unit(Enum):
    """How a limit is shown and typed."""

    M2 = "m2"
    PEOPLE = "people"
    #: A share of 0 to 1, as per cent.
    SHARE = "share"
    #: Minutes.
    TIME = "time"
    YES = "yes"
    PPM = "ppm"
    LITRES = "ls"
    PRESSES = "presses"
    #: `low`, `middle` or `high`.
    EDGE = "edge"


_TIMES = (
    *("lesson.longest", "breaks.shortest", "breaks.recommended", "treatment.again_after"),
    *("treatment.late_after", "treatment.use_counts_after", "treatment.tasks.+.minimum"),
    *("treatment.tasks.+.dwell", "treatment.tasks.+.reentry", "stagger.apart", "dispensers.silent_after"),
)
#: The unit of each pattern of `hub.regime.overrides.TIGHTER`.
UNITS: dict[str, Unit] = {
    "near_share": Unit.SHARE,
    "capacity.*.m2_per_person": Unit.M2,
    "capacity.*.per_desk": Unit.YES,
    "capacity.*.group_cap": Unit.PEOPLE,
    "capacity.*.fill": Unit.SHARE,
    "closed.here": Unit.YES,
    "treatment.tasks.+.needed": Unit.SHARE,
    "air.near_ppm": Unit.PPM,
    "air.air_ppm": Unit.PPM,
    "air.leave_ppm": Unit.PPM,
    "air.need_ls": Unit.LITRES,
    "screening.obligatory": Unit.YES,
    "dispensers.obligatory": Unit.YES,
    "dispensers.low_share": Unit.SHARE,
    "dispensers.presses": Unit.PRESSES,
    "dispensers.silent_people": Unit.PEOPLE,
    "trust.unknown_under": Unit.SHARE,
    "trust.capacity": Unit.EDGE,
    **dict.fromkeys(_TIMES, Unit.TIME),
}
EDGES = tuple(edge.value for edge in Edge)
_TASKS = tuple(task.value for task in Task)
_WHOLE = (Unit.PEOPLE, Unit.PRESSES)


class Limit(NamedTuple):
    """One limit of the profile in force."""

    path: str
    #: The pattern it is one of: the key of its words.
    pattern: str
    #: The kind of room or the treatment in the place of the wild card; empty: neither.
    of: str
    unit: Unit
    value: Value
    #: What the profile itself says where its variant says otherwise; else None.
    usual: Value
    clause: str
    overrides: tuple[OverrideView, ...]

    @property
    def section(self) -> str:
        """The table of the profile it stands in."""
        return self.path.partition(".")[0]


def limits_of(
    now: Profile, usual: Profile | None, overrides: Iterable[OverrideView], kinds: Iterable[str]
) -> list[Limit]:
    """Every limit of the profile in force, for the kinds of rooms that there are."""
    overrides, there = list(overrides), set(kinds)
    found: list[Limit] = []
    for pattern, rule in TIGHTER.items():
        for of in _words_of(pattern, there):
            path = pattern.replace("*", of).replace("+", of)
            if not is_asked(now, path) or (of in _TASKS and value_at(now, path.rpartition(".")[0]) is None):
                continue
            value = value_at(now, path)
            before = None if usual is None else value_at(usual, path)
            found.append(
                Limit(
                    path,
                    pattern,
                    of,
                    UNITS[pattern],
                    value,
                    before if usual is not None and before != value else None,
                    _clause(now, path, rule.source),
                    tuple(one for one in overrides if one.limit == path),
                )
            )
    return found


def find_limit(limits: Iterable[Limit], path: str) -> Limit | None:
    """The limit of this path."""
    return next((one for one in limits if one.path == path), None)


def read_value(unit: Unit, typed: str) -> bool | int | float | str | None:
    """A value of what was typed, as the campus file has it; None: it is none of this unit."""
    typed = typed.strip()
    if unit is Unit.YES:
        return True if typed == "1" else False if typed == "0" else None
    if unit is Unit.EDGE:
        return typed if typed in EDGES else None
    try:
        number = float(typed.replace(",", ".").rstrip("%").strip())
    except ValueError:
        return None
    if not 0 <= number <= 1_000_000:
        return None
    if unit is Unit.TIME:
        return f"{number:g}min" if number.is_integer() else f"{round(number * 60)}s"
    if unit in _WHOLE:
        return int(number) if number.is_integer() else None
    return round(number / 100, 6) if unit is Unit.SHARE else number


def typed_value(unit: Unit, value: Value | float) -> str:
    """A value as it would be typed; empty: there is none."""
    if value is None:
        return ""
    if unit is Unit.YES:
        return "1" if value else "0"
    if unit is Unit.EDGE:
        return value.value if isinstance(value, Edge) else str(value)
    if unit is Unit.TIME:
        return f"{(value if isinstance(value, Duration) else Duration(str(value))).seconds / 60:g}"
    assert isinstance(value, int | float)
    return f"{round(value * 100, 4):g}" if unit is Unit.SHARE else f"{value:g}"


def fault_of(profile: Profile, override: Override) -> str:
    """Why the value cannot stand over the profile: `looser`, or `range`; empty: it can."""
    faults = override_faults(override, profile)
    if not faults:
        return ""
    return "looser" if any("is looser than" in one for one in faults) else "range"


def _words_of(pattern: str, kinds: set[str]) -> list[str]:
    if "*" in pattern:
        return [one for one in KINDS if one in kinds]
    return list(_TASKS) if "+" in pattern else [""]


def _clause(profile: Profile, path: str, source: str) -> str:
    table = path.rpartition(".")[0]
    for at in (f"{table}.{source}".removeprefix("."), f"{table}.source"):
        here: object = profile
        for key in at.split("."):
            here = here.get(key) if isinstance(here, dict) else getattr(here, key, None)
        if isinstance(here, str):
            return here
    return ""
