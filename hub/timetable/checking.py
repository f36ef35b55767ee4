"""A week's lessons and their rooms in, what is wrong with them by clause out. Pure.

What is asked of a lesson is asked of its own room at its own time, so that overrides of the campus and a
switch of the profile in mid-week count. A table the profile leaves out is not checked.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.regime.capacity import Capacity
from hub.regime.profile import Profile
from hub.timetable.lesson import Lesson
from hub.timetable.rooms import Room
from hub.timetable.staggering import close_starts, smallest_gap
from hub.timetable.suggest import sittings, suggest
from hub.timetable.week_report import RoomWeek, WeekFinding, WeekReport, WeekRule, WeekTotals

#: The limits of a space at an instant; `Regime.limits` is one.
LimitsAt = Callable[[str, datetime], Profile]
_NOTHING = timedelta(0)


def check_week(lessons: Sequence[Lesson], rooms: Mapping[str, Room], limits: LimitsAt) -> WeekReport:
    """Every lesson against the cap of its room, its length, the break before it, and others' starts.

    `rooms` has a room for each lesson's space. Findings come rule by rule, worst first.
    """
    week = _Week(lessons, rooms, limits)
    findings = [
        *week.over_capacity(),
        *week.double_bookings(),
        *week.long_lessons(),
        *week.short_breaks(),
        *week.coinciding_breaks(),
    ]
    order = list(WeekRule)
    findings.sort(key=lambda one: (order.index(one.rule), -_badness(one), one.start, one.room, one.code))
    return WeekReport(
        findings=tuple(findings), totals=week.totals(findings), rooms=tuple(week.summarise_rooms())
    )


class _Week:
    """The lessons by room, and the caps looked up so far."""

    def __init__(self, lessons: Sequence[Lesson], rooms: Mapping[str, Room], limits: LimitsAt) -> None:
        self.lessons = sorted(lessons, key=lambda one: (one.start, one.end, one.space, one.code))
        self.rooms = rooms
        self.limits = limits
        self.of_room: dict[str, list[Lesson]] = {}
        for lesson in self.lessons:
            self.of_room.setdefault(lesson.space, []).append(lesson)
        self._caps: dict[tuple[str, int], tuple[Profile, Capacity | None]] = {}

    def cap(self, room: str, at: datetime) -> Capacity | None:
        """The binding cap of a room; None: not known."""
        limits = self.limits(room, at)
        key = (room, id(limits))
        if key not in self._caps:
            # The profile is kept with its cap: an id is its own only as long as it lives.
            self._caps[key] = (limits, self.rooms[room].cap(limits))
        return self._caps[key][1]

    def over_capacity(self) -> Iterator[WeekFinding]:
        """Lessons over the binding cap, or in a closed room, with what would help."""
        over: list[tuple[Lesson, Capacity]] = []
        for lesson in self.lessons:
            cap = self.cap(lesson.space, lesson.start)
            if cap is None:
                continue
            if cap.limit == "closed" or (lesson.enrolled is not None and lesson.enrolled > cap.value):
                over.append((lesson, cap))
        pauses = [self.pause(lesson)[0] for lesson, _ in over]
        helps = suggest(
            [lesson for lesson, _ in over],
            self.lessons,
            self.rooms,
            self._people_at,
            max(pauses, default=_NOTHING),
        )
        for lesson, cap in over:
            yield replace(
                self._finding(WeekRule.OVER_CAPACITY, lesson, cap.clause),
                rule=WeekRule.CLOSED if cap.limit == "closed" else WeekRule.OVER_CAPACITY,
                value=lesson.enrolled or 0,
                limit=cap.value,
                binds=cap.limit,
                suggestion=helps[lesson],
            )

    def double_bookings(self) -> Iterator[WeekFinding]:
        """Lessons that begin while another is under way in the same room."""
        for some in self.of_room.values():
            under_way: list[Lesson] = []
            for lesson in some:
                under_way = [one for one in under_way if one.end > lesson.start]
                if under_way:
                    yield replace(
                        self._finding(
                            WeekRule.DOUBLE_BOOKING, lesson, "ours: one room holds one lesson at a time"
                        ),
                        value=len(under_way) + 1,
                        limit=1,
                        unit="lessons",
                        people=_people([*under_way, lesson]),
                        others=tuple(one.code for one in under_way),
                    )
                under_way.append(lesson)

    def long_lessons(self) -> Iterator[WeekFinding]:
        """Lessons longer than people may stay in the room (§36.3)."""
        for lesson in self.lessons:
            asked = self.limits(lesson.space, lesson.start).lesson
            if asked is None or self.rooms[lesson.space].space.kind.value not in asked.kinds:
                continue
            lasts_s = (lesson.end - lesson.start).total_seconds()
            if lasts_s > asked.longest.seconds:
                yield replace(
                    self._finding(WeekRule.LONG_LESSON, lesson, asked.source),
                    value=lasts_s / 60,
                    limit=asked.longest.seconds / 60,
                    unit="min",
                )

    def short_breaks(self) -> Iterator[WeekFinding]:
        """Lessons that begin before the room has been empty long enough (§36.4)."""
        for some in self.of_room.values():
            last: Lesson | None = None
            for lesson in some:
                least, clause = self.pause(lesson)
                # Lessons at once are a double booking, not a short break.
                if last is not None and _NOTHING <= lesson.start - last.end < least:
                    yield replace(
                        self._finding(WeekRule.SHORT_BREAK, lesson, clause),
                        value=(lesson.start - last.end).total_seconds() / 60,
                        limit=least.total_seconds() / 60,
                        unit="min",
                        others=(last.code,),
                    )
                last = lesson if last is None or lesson.end > last.end else last

    def coinciding_breaks(self) -> Iterator[WeekFinding]:
        """Starts of different rooms of one place that are too close together (§36.4)."""
        of_place: dict[str, list[Lesson]] = {}
        for lesson in self.lessons:
            of_place.setdefault(self.rooms[lesson.space].place, []).append(lesson)
        for some in of_place.values():
            asked = self.limits(some[0].space, some[0].start).stagger
            if asked is None:
                continue
            for run in close_starts(some, timedelta(seconds=asked.apart.seconds)):
                yield replace(
                    self._finding(WeekRule.BREAKS_COINCIDE, run[0], asked.source),
                    room="",
                    code="",
                    end=run[-1].start,
                    value=smallest_gap(run).total_seconds() / 60,
                    limit=asked.apart.seconds / 60,
                    unit="min",
                    people=_people(run),
                    others=tuple(sorted({lesson.space for lesson in run})),
                )

    def pause(self, lesson: Lesson) -> tuple[timedelta, str]:
        """The least break before a lesson in its room, zero where none is asked, and its clause."""
        asked = self.limits(lesson.space, lesson.start).breaks
        if asked is None or self.rooms[lesson.space].space.kind.value not in asked.kinds:
            return _NOTHING, ""
        return timedelta(seconds=asked.shortest.seconds), asked.source

    def totals(self, findings: Sequence[WeekFinding]) -> WeekTotals:
        """The week's sums, over the lessons whose enrolment and cap are known."""
        known = [
            (one.enrolled, cap.value, self.rooms[one.space].seats)
            for one in self.lessons
            if one.enrolled is not None and (cap := self.cap(one.space, one.start)) is not None
        ]
        over = [(people, cap) for people, cap, _ in known if people > cap]
        enrolled = sum(people for people, _, _ in known)
        without_place = sum(people - cap for people, cap in over)
        held = [sittings(people, cap) for people, cap, _ in known]
        return WeekTotals(
            lessons=len(self.lessons),
            rooms=len(self.of_room),
            checked=len(known),
            unknown=len(self.lessons) - len(known),
            over_capacity=len(over),
            enrolled=enrolled,
            seats=sum(seats or 0 for _, _, seats in known),
            allowed=sum(cap for _, cap, _ in known),
            affected=sum(people for people, _ in over),
            without_place=without_place,
            fits=(enrolled - without_place) / enrolled if enrolled else None,
            sittings=sum(one for one in held if one is not None),
            impossible=held.count(None),
            findings=_by_rule(findings),
        )

    def summarise_rooms(self) -> Iterator[RoomWeek]:
        """Each room that has lessons, by id."""
        for id, some in sorted(self.of_room.items()):
            room, cap = self.rooms[id], self.cap(id, some[0].start)
            yield RoomWeek(
                room=id,
                code=room.space.code,
                kind=room.space.kind.value,
                seats=room.seats,
                cap=cap.value if cap else None,
                binds=cap.limit if cap else "",
                clause=cap.clause if cap else "",
                lessons=len(some),
            )

    def _people_at(self, room: str, at: datetime) -> int | None:
        cap = self.cap(room, at)
        return cap.value if cap else None

    def _finding(self, rule: WeekRule, lesson: Lesson, clause: str) -> WeekFinding:
        return WeekFinding(
            rule=rule,
            room=lesson.space,
            place=self.rooms[lesson.space].place,
            start=lesson.start,
            end=lesson.end,
            code=lesson.code,
            value=0,
            limit=0,
            unit="people",
            binds="",
            clause=clause,
            people=lesson.enrolled,
        )


def _badness(finding: WeekFinding) -> float:
    """How far beyond its limit; of coinciding breaks how many people meet."""
    if finding.rule is WeekRule.BREAKS_COINCIDE:
        return finding.people or 0
    return abs(finding.value - finding.limit)


def _people(lessons: Sequence[Lesson]) -> int | None:
    """The people of all the lessons together; None where any is not known."""
    some = [lesson.enrolled for lesson in lessons]
    return None if None in some else sum(one for one in some if one is not None)


def _by_rule(findings: Sequence[WeekFinding]) -> dict[str, int]:
    counted = Counter(finding.rule for finding in findings)
    return {rule.value: counted[rule] for rule in WeekRule}
