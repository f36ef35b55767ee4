"""Who is on duty at an instant, from the campus file's duties and shifts, in its own time. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from hub.duties import Day, Duty, Role, Shift
from hub.layout import Layout

#: Between these local hours a duty that is on at all hours is not woken for what sounds nothing (P3).
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
#: No silence lasts longer, whatever the shift.
LONGEST_SILENCE = timedelta(hours=12)
_DAYS = tuple(Day)
_ONE = timedelta(days=1)


def on_duty(
    duties: Iterable[Duty],
    shifts: Iterable[Shift],
    role: Role,
    building: str | None,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[Duty, ...]:
    """The duties of a role that are on at `now` for a building, in the campus file's order.

    `building` None is the whole campus: every duty of the role. A duty without shifts is always on.
    """
    return Roster(duties, shifts, zone).on_duty(role, building, now)


class Roster:
    """The duties and shifts of one campus file; what it remembers only saves time."""

    def __init__(self, duties: Iterable[Duty], shifts: Iterable[Shift], zone: ZoneInfo) -> None:
        self.duties = tuple(duties)
        self.shifts = {shift.id: shift for shift in shifts}
        self.zone = zone
        self._spans: dict[tuple[str, date], tuple[datetime, datetime] | None] = {}

    @classmethod
    def of(cls, layout: Layout) -> Self:
        """The roster of a campus."""
        return cls(layout.duties, layout.shifts, ZoneInfo(layout.timezone))

    def on_duty(
        self, role: Role, building: str | None, now: datetime, *, is_quiet: bool = False
    ) -> tuple[Duty, ...]:
        """The duties of a role that are on for a building; `is_quiet`: at night only those on a shift."""
        return tuple(
            duty
            for duty in self.duties
            if duty.role is role
            and (building is None or not duty.buildings or building in duty.buildings)
            and self.is_on(duty, now)
            and not (is_quiet and not duty.shifts and self.is_night(now))
        )

    def is_on(self, duty: Duty, now: datetime) -> bool:
        """Whether a shift of the duty runs; without shifts it is on at all hours."""
        return not duty.shifts or any(self.running(shift, now) is not None for shift in duty.shifts)

    def running(self, shift: str, now: datetime) -> tuple[datetime, datetime] | None:
        """Start and end of the shift that runs at `now`, [start, end), UTC; None when none runs."""
        today = now.astimezone(self.zone).date()
        for day in (today, today - _ONE):
            span = self._span(shift, day)
            if span is not None and span[0] <= now < span[1]:
                return span
        return None

    def shift_end(self, now: datetime, duty: str | None = None) -> datetime | None:
        """When the running shift ends, of one duty or of any; the last of several. None: none runs."""
        of_duty = next((one.shifts for one in self.duties if one.id == duty), ())
        spans = [self.running(shift, now) for shift in of_duty or self.shifts]
        return max((span[1] for span in spans if span is not None), default=None)

    def latest_silence(self, now: datetime, duty: str | None = None) -> datetime:
        """No silence outlives this: the end of the running shift, and at most 12 h."""
        longest, end = now + LONGEST_SILENCE, self.shift_end(now, duty)
        return longest if end is None else min(longest, end)

    def is_night(self, now: datetime) -> bool:
        """Whether it is night on the campus."""
        local = now.astimezone(self.zone).time()
        return local >= NIGHT_BEGINS or local < NIGHT_ENDS

    def boundaries(self, starts: datetime, ends: datetime) -> list[datetime]:
        """Every instant in (starts, ends] at which who is on duty may change, sorted."""
        day, last = starts.astimezone(self.zone).date() - _ONE, ends.astimezone(self.zone).date()
        found: set[datetime] = set()
        while day <= last:
            for shift in self.shifts:
                found.update(self._span(shift, day) or ())
            found.update((self._instant(day, NIGHT_BEGINS), self._instant(day, NIGHT_ENDS)))
            day += _ONE
        return sorted(at for at in found if starts < at <= ends)

    def next_boundary(self, now: datetime) -> datetime:
        """When who is on duty may change next; there always is one, the night's at the latest."""
        return self.boundaries(now, now + 2 * _ONE)[0]

    def _span(self, shift: str, day: date) -> tuple[datetime, datetime] | None:
        key = (shift, day)
        if key not in self._spans:
            if len(self._spans) > 1000:
                self._spans.clear()
            self._spans[key] = self._work_out(self.shifts.get(shift), day)
        return self._spans[key]

    def _work_out(self, shift: Shift | None, day: date) -> tuple[datetime, datetime] | None:
        if shift is None or _DAYS[day.weekday()] not in shift.days:
            return None
        start, end = time.fromisoformat(shift.start), time.fromisoformat(shift.end)
        return self._instant(day, start), self._instant(day if start < end else day + _ONE, end)

    def _instant(self, day: date, at: time) -> datetime:
        """A local time as an instant: of an hour that comes twice the first, of one left out what follows.

        The end of one shift and the start of the next are the same words, hence the same instant: the
        night on which clocks are set leaves nobody out and nobody on duty twice.
        """
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
