"""The limits of a regime, table by table, each with the clause or the stated reason it comes from. Pure."""

from enum import Enum
from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.duties import ClockTime, Day
from hub.layout import Names, SpaceKind
from hub.regime.alert_rule import Clause
from protocol.config import did_you_mean
from protocol.quantities import Duration, Id, Share

KINDS = tuple(kind.value for kind in SpaceKind)
#: Kinds of space, by name; checked where they are read, so that a wrong one gets a hint.
Kinds = tuple[str, ...]
People = Annotated[int, Meta(ge=1, le=100_000)]


class Edge(Enum):
    """Which edge of the band a count is judged by."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class CapacityLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What caps the number of people in one kind of space; the smallest that applies binds."""

    #: Floor area each person needs, m².
    m2_per_person: Annotated[float, Meta(gt=0.0, le=100.0)]
    #: The clause of `m2_per_person` and `per_desk`.
    source: Clause
    #: One person per desk, where the campus file counts desks.
    per_desk: bool = False
    #: Largest group allowed in the room; None: the order's other alternative applies.
    group_cap: People | None = None
    #: Largest share of the design capacity, 0–1; None: the order's other alternative applies.
    fill: Annotated[float, Meta(gt=0.0, le=1.0)] | None = None
    #: The clause of `group_cap` or `fill`.
    cap_source: Clause | None = None

    def __post_init__(self) -> None:
        """Refuse a cap without its clause."""
        if (self.group_cap is not None or self.fill is not None) and self.cap_source is None:
            raise ValueError("`group_cap` and `fill` need a `cap_source`: the clause they come from")


class ClosedLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which spaces nobody may use at all."""

    source: Clause
    kinds: Kinds = ()
    #: Spaces of those kinds that are open all the same, by their id in the campus file.
    except_spaces: tuple[Id, ...] = ()
    #: Closed whatever its kind: for an override of one building or space.
    here: bool = False

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist."""
        require_kinds(self.kinds)


class LessonLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a lesson may last; the room's own clock is `treatment.kinds.*.leave_after`, the same."""

    kinds: Kinds
    longest: Duration
    source: Clause

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist and a lesson of no length."""
        require_kinds(self.kinds)
        require_time(self, "longest")


class BreakLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a room is empty between two lessons; its own clock is `treatment.kinds.*.pause`, the same."""

    kinds: Kinds
    shortest: Duration
    recommended: Duration
    source: Clause

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist and a recommendation below the least."""
        require_kinds(self.kinds)
        require_time(self, "shortest", "recommended")
        if self.recommended.seconds < self.shortest.seconds:
            raise ValueError(f"recommended must be {self.shortest.text} or more, got {self.recommended.text}")


class StaggerLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Groups start apart, so that their breaks do not coincide on one corridor."""

    apart: Duration
    source: Clause


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
    #: So many came in by its door since a post last screened anybody: it is asleep, or passed by.
    silent_people: People = 20
    silent_source: Clause = "ours: twenty who pass a post by are no accident"


class DispenserLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Antiseptic at every entrance, not empty."""

    #: An entrance whose dispenser nobody watches is without one.
    obligatory: bool
    source: Clause
    #: At this share of a full one or less it is to be refilled.
    low_share: Share
    #: Without a gauge: presses that empty a full one.
    presses: People
    #: Not pressed for so long although people came through its entrance: something is wrong with it.
    silent_after: Duration
    #: So many people must have come through meanwhile.
    silent_people: People
    #: Why this share, these presses and this patience.
    level_source: Clause


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of some days of the week, campus time; an end not after its start is on the next day."""

    days: tuple[Day, ...]
    start: ClockTime
    end: ClockTime


class ResearchLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Research spaces are entered by a schedule that is checked."""

    kinds: Kinds
    source: Clause
    windows: tuple[Window, ...]
    windows_source: Clause

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist."""
        require_kinds(self.kinds)


class TrustLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a count is believed, and which edge of its band trips which limit."""

    #: Trust of a door below which the spaces it joins are unknown, 0–1.
    unknown_under: Share
    #: The edge that is over the capacity when the space is.
    capacity: Edge
    source: Clause


class ExpectedLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what is seen differs too far from what the timetable expects."""

    #: A lesson with nobody there for so long after its start.
    nobody_after: Duration
    #: So many times the enrolled, and so many people more, are far too many.
    more_share: Annotated[float, Meta(ge=1.0, le=10.0)]
    more_people: People
    source: Clause


class TimetableLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far ahead lessons are checked against the caps of their rooms."""

    ahead: Duration
    source: Clause


class Variant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A format of the same order: what differs, as tables of the profile."""

    titles: Names
    source: Clause
    #: A patch over the profile; what it does not name stays.
    changes: dict[str, Any] = {}


def require_kinds(kinds: Kinds) -> None:
    """Raise ValueError naming every kind of space that does not exist."""
    strange = [
        f"there is no kind of space `{one}`{did_you_mean(one, KINDS)}" for one in kinds if one not in KINDS
    ]
    if strange:
        raise ValueError("; ".join(strange))


def require_time(limits: Struct, *names: str) -> None:
    """Raise ValueError unless the durations of these names are more than nothing."""
    for name in names:
        if getattr(limits, name).seconds <= 0:
            raise ValueError(f"{name} must be more than 0 s")
