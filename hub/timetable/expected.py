"""People expected at a lesson and the band of people seen in, whether that is far off out. Pure."""

from datetime import datetime, timedelta
from enum import Enum

from hub.regime.limits import ExpectedLimits
from hub.timetable.lesson import Lesson


class Attendance(Enum):
    """How a lesson's room compares with what the timetable expects of it."""

    #: Within what is usual; a lesson just begun also.
    AS_EXPECTED = "as-expected"
    #: Nobody came.
    NOBODY = "nobody"
    #: Far more people than are enrolled.
    CROWD = "crowd"
    #: The count or the enrolment is not known, or the lesson is not under way.
    UNKNOWN = "unknown"


def compare(
    lesson: Lesson, seen: tuple[int, int] | None, limits: ExpectedLimits, now: datetime
) -> Attendance:
    """The lesson against the band `seen` (least, most people inside now); None: the count is unknown.

    A band is judged by its kinder edge: nobody came only where even its most is nobody, a crowd only where
    even its least is one. An empty room is a finding only `nobody_after` the start.
    """
    if seen is None or not lesson.start <= now < lesson.end:
        return Attendance.UNKNOWN
    least, most = seen
    if most <= 0:
        if lesson.enrolled == 0 or now < nobody_at(lesson, limits):
            return Attendance.AS_EXPECTED
        return Attendance.NOBODY
    if lesson.enrolled is None:
        return Attendance.UNKNOWN
    return Attendance.CROWD if least >= crowd_from(lesson.enrolled, limits) else Attendance.AS_EXPECTED


def nobody_at(lesson: Lesson, limits: ExpectedLimits) -> datetime:
    """When an empty room becomes a finding."""
    return lesson.start + timedelta(seconds=limits.nobody_after.seconds)


def crowd_from(enrolled: int, limits: ExpectedLimits) -> float:
    """So many people or more are far too many: both the share and the number are exceeded, people."""
    return max(enrolled * limits.more_share, enrolled + limits.more_people)
