"""A regime profile: the limits of an order, each with its clause. Pure but for `read_profile`."""

from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from hub.layout import Name, Names, SpaceKind
from hub.regime.alert_rule import AlertRule
from protocol.config import did_you_mean, read_struct
from protocol.errors import ConfigError
from protocol.quantities import Id

Clause = Annotated[str, Meta(min_length=1, max_length=200)]


class CapacityLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What caps the number of people in one kind of room; the smallest that applies binds."""

    #: Floor area each person needs, m².
    m2_per_person: Annotated[float, Meta(gt=0.0, le=100.0)]
    #: The clause of `m2_per_person` and `per_desk`.
    source: Clause
    #: One person per desk, where the campus file counts desks.
    per_desk: bool = False
    #: Largest group allowed in the room; None: the order's other alternative applies.
    group_cap: Annotated[int, Meta(ge=1)] | None = None
    #: Largest share of the design capacity, 0–1; None: the order's other alternative applies.
    fill: Annotated[float, Meta(gt=0.0, le=1.0)] | None = None
    #: The clause of `group_cap` or `fill`.
    cap_source: Clause | None = None

    def __post_init__(self) -> None:
        """Refuse a cap without its clause."""
        if (self.group_cap is not None or self.fill is not None) and self.cap_source is None:
            raise ValueError("`group_cap` and `fill` need a `cap_source`: the clause they come from")


class ScreeningRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The entrance thermometer's limits, °C over the post's running median, and when it must be there."""

    obligatory: bool
    source: Clause
    repeat_over_c: Annotated[float, Meta(ge=0.0, le=10.0)]
    elevated_over_c: Annotated[float, Meta(ge=0.0, le=10.0)]
    too_cold_under_c: Annotated[float, Meta(ge=-10.0, le=0.0)]
    limits_source: Clause
    #: Limit of the confirming clinical thermometer, °C; shown, never applied to a contactless reading.
    legal_limit_c: Annotated[float, Meta(ge=35.0, le=42.0)]
    legal_limit_source: Clause


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One order, or one season of it."""

    id: Id
    titles: Names
    source: Name | Clause
    in_force_from: date
    capacity: dict[str, CapacityLimits]
    screening: ScreeningRule
    alerts: dict[str, AlertRule]
    #: `near` begins when no more than this share of the capacity is free.
    near_share: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.1

    def __post_init__(self) -> None:
        """Refuse kinds of space that do not exist and rules without a table."""
        kinds = [kind.value for kind in SpaceKind]
        faults = [
            f"capacity.{kind}: there is no such kind of space{did_you_mean(kind, kinds)}"
            for kind in self.capacity
            if kind not in kinds
        ]
        faults += [f"capacity.{kind}: is missing" for kind in kinds if kind not in self.capacity]
        if faults:
            raise ValueError("; ".join(faults))


def read_profile(path: Path, rules: tuple[str, ...]) -> Profile:
    """The profile at `path`, with an alert table for each of `rules`. Raises ConfigError with every fault."""
    profile = read_struct(path, Profile)
    known = list(rules)
    faults = [f"{path}: $.alerts.{rule}: is missing" for rule in rules if rule not in profile.alerts]
    faults += [
        f"{path}: $.alerts.{rule}: there is no such rule{did_you_mean(rule, known)}"
        for rule in profile.alerts
        if rule not in known
    ]
    if faults:
        raise ConfigError(faults)
    return profile
