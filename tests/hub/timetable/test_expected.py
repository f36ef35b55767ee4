import pytest

from hub.regime.limits import ExpectedLimits
from hub.timetable.expected import Attendance, compare
from protocol.quantities import Duration
from tests.hub.timetable.weeks import a_lesson, at

LIMITS = ExpectedLimits(nobody_after=Duration("10min"), more_share=1.5, more_people=8, source="ours")


@pytest.mark.parametrize(
    ("enrolled", "seen", "now", "verdict"),
    [
        (20, (18, 21), "09:20", Attendance.AS_EXPECTED),
        (20, (29, 31), "09:20", Attendance.AS_EXPECTED),
        (20, (30, 33), "09:20", Attendance.CROWD),
        # Few people: a half more are not a crowd, eight more are.
        (4, (7, 8), "09:20", Attendance.AS_EXPECTED),
        (4, (12, 13), "09:20", Attendance.CROWD),
        (20, (0, 0), "09:09", Attendance.AS_EXPECTED),
        (20, (0, 0), "09:10", Attendance.NOBODY),
        (20, (0, 1), "09:10", Attendance.AS_EXPECTED),
        (None, (0, 0), "09:10", Attendance.NOBODY),
        (0, (0, 0), "09:10", Attendance.AS_EXPECTED),
        (None, (50, 60), "09:20", Attendance.UNKNOWN),
        (20, None, "09:20", Attendance.UNKNOWN),
        (20, (0, 0), "08:59", Attendance.UNKNOWN),
        (20, (0, 0), "09:40", Attendance.UNKNOWN),
    ],
)
def test_lesson_expected_against_seen(
    enrolled: int | None, seen: tuple[int, int] | None, now: str, verdict: Attendance
) -> None:
    assert compare(a_lesson(enrolled=enrolled), seen, LIMITS, at(now)) is verdict
