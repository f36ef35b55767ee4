"""A regime profile: the limits of an order, each with its clause. Pure but for `read_profile`."""

from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.air.limits import AirLimits
from hub.layout import Name, Names
from hub.regime.alert_rule import AlertRule, Clause
from hub.regime.itself import OWN_RULES
from hub.regime.limits import (
    KINDS,
    BreakLimits,
    CapacityLimits,
    ClosedLimits,
    DispenserLimits,
    Edge,
    ExpectedLimits,
    Kinds,
    LessonLimits,
    ResearchLimits,
    ScreeningRule,
    StaggerLimits,
    TimetableLimits,
    TrustLimits,
    Variant,
)
from hub.regime.patching import patched
from hub.treatment.limits import LampLimits, ProofWeights, TreatmentLimits
from protocol.config import did_you_mean, read_struct
from protocol.errors import ConfigError
from protocol.quantities import Duration, Id

#: Tables a profile may leave out, with a reason in `not_asked`: the rule then does not apply.
OPTIONAL_TABLES = (
    "closed",
    "lesson",
    "breaks",
    "air",
    "stagger",
    "dispensers",
    "research",
    "expected",
    "timetable",
)
_NOTHING = "no treatment is asked for"
#: Rooms need nothing after use; what a profile in a file must say for itself.
NO_TREATMENT = TreatmentLimits(
    source=_NOTHING,
    weights=ProofWeights(source=_NOTHING),
    tasks={},
    kinds={},
    lamps=LampLimits(source=_NOTHING),
)
#: What says which profile it is; a format of it stays the same order.
FIXED = ("id", "titles", "source", "in_force_from", "variants")
_OWN_TRUST = TrustLimits(
    unknown_under=0.5,
    capacity=Edge.MIDDLE,
    source="ours: an alarm believes the likeliest count, a lamp only the highest",
)


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One order, or one season of it."""

    id: Id
    titles: Names
    source: Name | Clause
    in_force_from: date
    capacity: dict[str, CapacityLimits]
    screening: ScreeningRule
    #: How patient and how loud each rule is, by its name.
    alerts: dict[str, AlertRule]
    #: `near` begins when no more than this share of the capacity is free.
    near_share: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.1
    near_source: Clause = "ours: a door can still send people elsewhere"
    trust: TrustLimits = _OWN_TRUST
    closed: ClosedLimits | None = None
    lesson: LessonLimits | None = None
    breaks: BreakLimits | None = None
    treatment: TreatmentLimits = NO_TREATMENT
    air: AirLimits | None = None
    stagger: StaggerLimits | None = None
    dispensers: DispenserLimits | None = None
    research: ResearchLimits | None = None
    expected: ExpectedLimits | None = None
    timetable: TimetableLimits | None = None
    #: Why a table is left out, by its name.
    not_asked: dict[str, Clause] = {}
    #: The formats of the order: patches over it, by their id.
    variants: dict[str, Variant] = {}

    def __post_init__(self) -> None:
        """Refuse kinds of space that do not exist or have no limit; fill in rules of the system itself."""
        faults = [
            f"capacity.{kind}: there is no such kind of space{did_you_mean(kind, KINDS)}"
            for kind in self.capacity
            if kind not in KINDS
        ]
        faults += [f"capacity.{kind}: is missing" for kind in KINDS if kind not in self.capacity]
        if faults:
            raise ValueError("; ".join(faults))
        for rule, own in OWN_RULES.items():
            self.alerts.setdefault(rule, own)


def with_variant(profile: Profile, variant: str | None) -> Profile:
    """The profile in one of its formats; None: as it is. Raises ValueError where the format is faulty."""
    faults: list[str] = []
    after = _with_variant(profile, variant, faults)
    if after is None:
        raise ValueError("; ".join(faults))
    return after


def read_profile(path: Path, rules: tuple[str, ...]) -> Profile:
    """The profile at `path`, with an alert table for each of `rules`. Raises ConfigError with every fault."""
    profile = read_struct(path, Profile)
    faults = [f"{path}: {fault}" for fault in profile_faults(profile, rules)]
    if faults:
        raise ConfigError(faults)
    return profile


def profile_faults(profile: Profile, rules: tuple[str, ...]) -> list[str]:
    """Every fault of a profile that its types cannot tell, as `path: what is wrong`."""
    faults = [f"$.alerts.{rule}: is missing" for rule in rules if rule not in profile.alerts]
    faults += [
        f"$.alerts.{rule}: there is no such rule{did_you_mean(rule, rules)}"
        for rule in profile.alerts
        if rule not in rules
    ]
    for table in OPTIONAL_TABLES:
        if getattr(profile, table) is None and table not in profile.not_asked:
            faults.append(f"$.{table}: is missing; add the table, or say why not in `not_asked`")
        if getattr(profile, table) is not None and table in profile.not_asked:
            faults.append(f"$.not_asked.{table}: is there all the same; remove the reason or the table")
    faults += [
        f"$.not_asked.{table}: there is no such table to leave out{did_you_mean(table, OPTIONAL_TABLES)}"
        for table in profile.not_asked
        if table not in OPTIONAL_TABLES
    ]
    faults += _disagreements(profile)
    for name in profile.variants:
        faults += _variant_faults(profile, name, rules)
    return faults


def _variant_faults(profile: Profile, name: str, rules: tuple[str, ...]) -> list[str]:
    at = f"$.variants.{name}.changes"
    changes = profile.variants[name].changes
    faults = [f"{at}.{key}: says which profile it is and stays" for key in FIXED if key in changes]
    changed = changes.get("alerts")
    faults += [
        f"{at}.alerts.{rule}: there is no such rule{did_you_mean(rule, rules)}"
        for rule in (changed if isinstance(changed, dict) else {})
        if rule not in rules
    ]
    after = _with_variant(profile, name, faults)
    if after is not None:
        faults += [f"$.variants.{name}: {fault}" for fault in _disagreements(after)]
    return faults


def _disagreements(profile: Profile) -> list[str]:
    """What the timetable is checked against must be what the rooms are held to."""
    if profile.treatment == NO_TREATMENT:
        return ["$.treatment: is missing; a profile says what its rooms need, if only `kinds = {}`"]
    wanted: list[tuple[Kinds, Duration, str]] = []
    if profile.lesson is not None:
        wanted.append((profile.lesson.kinds, profile.lesson.longest, "leave_after"))
    if profile.breaks is not None:
        wanted.append((profile.breaks.kinds, profile.breaks.shortest, "pause"))
    faults = []
    for kinds, length, clock in wanted:
        for kind in kinds:
            own = getattr(profile.treatment.kinds.get(kind), clock, None)
            if own != length:
                is_now = "is missing" if own is None else f'is "{own.text}"'
                at = f"$.treatment.kinds.{kind}.{clock}"
                faults.append(f'{at}: {is_now}, but the timetable is held to "{length.text}"')
    return faults


def _with_variant(profile: Profile, variant: str | None, faults: list[str]) -> Profile | None:
    plain = replace(profile, variants={})
    if variant is None:
        return plain
    return patched(plain, profile.variants[variant].changes, f"$.variants.{variant}.changes", faults)
