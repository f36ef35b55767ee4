"""What a check of a week found: findings with rule, value, limit and clause, and the week's sums. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class WeekRule(Enum):
    """What can be wrong with a timetable."""

    #: More people enrolled than the room may hold.
    OVER_CAPACITY = "over-capacity"
    #: A lesson in a room that the regime closes.
    CLOSED = "closed-room"
    #: Two lessons in one room at once.
    DOUBLE_BOOKING = "double-booking"
    #: Longer than people may stay in a room.
    LONG_LESSON = "long-lesson"
    #: Too short a break before it for treatment and airing.
    SHORT_BREAK = "short-break"
    #: Groups of one corridor start too close together.
    BREAKS_COINCIDE = "breaks-coincide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What would help a lesson that is over its cap."""

    #: A room that is free at that time and may hold everybody; None: there is none.
    room: str | None
    #: Else how many times the lesson would have to be held where it is; None: never, nobody may be there.
    sittings: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFinding:
    """One thing wrong with one lesson, or with the starts of one place."""

    rule: WeekRule
    #: Id of the space, or the room as written; "" where it is about a place with several.
    room: str
    #: Where people of the room meet others.
    place: str
    start: datetime
    end: datetime
    code: str
    #: What is, and what may be, in `unit`.
    value: float
    limit: float
    #: `people`, `min` or `lessons`.
    unit: str
    #: Which cap binds; "" for rules other than capacity.
    binds: str
    clause: str
    #: People enrolled in what it is about; None: not known.
    people: int | None = None
    #: The other lessons or rooms it is about.
    others: tuple[str, ...] = ()
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekTotals:
    """The sums of a week, lesson by lesson."""

    lessons: int
    rooms: int
    #: Lessons whose enrolment and cap are both known; the sums below are over these.
    checked: int
    #: Lessons of which one of them is not known: neither fine nor wrong.
    unknown: int
    over_capacity: int
    enrolled: int
    #: Seats of their rooms, where known, and how many of them may be taken.
    seats: int
    allowed: int
    #: People enrolled in lessons that are over, and how many of them have no place.
    affected: int
    without_place: int
    #: Share of the enrolled who have a place, 0–1; None: nobody is enrolled.
    fits: float | None
    #: How often lessons would be held if each were split into groups that fit.
    sittings: int
    #: Lessons that cannot be held at all: nobody may be in their room.
    impossible: int
    #: Findings by rule.
    findings: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWeek:
    """One room over the week."""

    room: str
    code: str
    kind: str
    seats: int | None
    #: The binding cap at its first lesson; None: not known.
    cap: int | None
    binds: str
    clause: str
    lessons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekReport:
    """A week's findings, worst first within each rule."""

    findings: tuple[WeekFinding, ...]
    totals: WeekTotals
    rooms: tuple[RoomWeek, ...]
