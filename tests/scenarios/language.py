"""A day on a campus as a duty officer would tell it: at 09:00 this happens, want an alert by 09:41.

    day = a_day(a_room("A-204", area_m2=12.0))
    day.at("09:00").enter("A-204", 13)
    day.want_alert("over-capacity", "A-204", between=("09:00", "09:01"), clause="§36.2")

The judge is the hub's own duty officer with the shipped profile. Building A has a hall with a screened
entrance, and rooms behind it, each with its own node. Whoever enters a room has come through the hall.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.notification import Notification
from hub.duties import Role
from hub.layout import Layout, SensorKind, Space
from hub.regime.profile import Profile
from hub.regime.schedule import Regime
from hub.timetable.checking import check_week
from hub.timetable.lesson import Lesson
from hub.timetable.rooms import rooms_of
from hub.timetable.week_report import WeekFinding
from hub.treatment.view import Permission
from protocol.messages import SpaceState
from tests.scenarios.deeds import Deed, Moment
from tests.scenarios.places import a_campus, a_room, shipped
from tests.scenarios.playing import Happening, Playing, clock, words

__all__ = ["DayOfScenario", "a_day", "a_room"]


class DayOfScenario:
    """Deeds by time; asked what came of them, they are played as far as is asked."""

    def __init__(
        self, layout: Layout, profiles: Mapping[str, Profile], lessons: Iterable[Lesson] = ()
    ) -> None:
        self.layout = layout
        self.profiles = profiles
        self.lessons = tuple(lessons)
        self._deeds: list[Happening] = []
        self._order = count()
        self._playing: Playing | None = None

    def at(self, time: str) -> Moment:
        """What is said next happens then."""
        at = clock(time)
        return Moment(at, self.layout, lambda do: self._note(at, do))

    def play(self, until: str) -> Playing:
        """The day as far as that."""
        if self._playing is None or self._playing.now > clock(until):
            self._playing = Playing(self.layout, self.profiles, self.lessons)
        self._playing.play(self._deeds, clock(until))
        return self._playing

    # Rooms.

    def state(self, code: str, at: str) -> SpaceState:
        """The room's one state at that time."""
        return self.play(at).officer.situation.state(code.lower(), clock(at))

    def want_state(self, code: str, at: str, state: str, reason: str | None = None) -> SpaceState:
        """The room's state at that time is this, for this reason."""
        found = self.state(code, at)
        seen = f"{code} at {at} is {found.state.value} ({found.reason})"
        assert found.state.value == state, f"{seen}, not {state}"
        assert reason is None or found.reason == reason, f"{seen}, not {reason}"
        return found

    def want_people(self, code: str, at: str, people: int | None) -> None:
        """So many are believed to be inside; None: nobody knows."""
        found = self.state(code, at).occupancy
        assert found == people, f"{found} in {code} at {at}, not {people}"

    def want_task(self, code: str, at: str, task: str, state: str) -> None:
        """A treatment of the room stands there: `due`, `started`, `unproven`, `done` or `late`."""
        found = {one.task: one.state for one in self.state(code, at).tasks}
        assert found.get(task) == state, f"{task} of {code} at {at} is {found.get(task)}, not {state}"

    def lamp(self, code: str, at: str) -> Permission:
        """Whether an open ultraviolet lamp may burn in the room at that time."""
        situation = self.play(at).officer.situation
        lamp = next(one for one in situation.sensors_at[code.lower()] if one.kind is SensorKind.LAMP)
        return situation.permission(lamp, clock(at))

    # Alerts.

    def alerts(self, rule: str, subject: str | None = None, *, until: str) -> list[Alert]:
        """The alerts of a rule that fired by then, oldest first."""
        playing = self.play(until)
        found = [one for one in playing.alerts.values() if one.rule == rule and one.fired_at is not None]
        if subject is not None:
            wanted = subject.lower()
            found = [one for one in found if wanted in (one.subject, one.space, one.node, one.building)]
        return sorted(found, key=lambda one: one.since)

    def want_alert(
        self,
        rule: str,
        subject: str | None = None,
        *,
        between: tuple[str, str],
        clause: str | None = None,
        priority: int | None = None,
        value: float | None = None,
        limit: float | None = None,
    ) -> Alert:
        """An alert of this rule fires in this span, and none before it."""
        found = self.alerts(rule, subject, until=between[1])
        assert found, f"no {rule} by {between[1]}; fired: {self._fired(between[1])}"
        first = found[0]
        assert first.fired_at is not None
        assert first.fired_at >= clock(between[0]), f"{rule} fired already at {words(first.fired_at)}"
        for name, is_seen, wanted in (
            ("priority", first.priority, priority),
            ("value", first.value, value),
            ("limit", first.limit, limit),
        ):
            assert wanted is None or is_seen == wanted, f"{name} of {rule} is {is_seen}, not {wanted}"
        assert clause is None or clause in first.clause, f"clause of {rule} is {first.clause}, not {clause}"
        return first

    def want_no_alert(self, rule: str, subject: str | None = None, *, until: str) -> None:
        """No alert of this rule has fired by then."""
        assert self.alerts(rule, subject, until=until) == [], f"unwanted: {self._fired(until)}"

    def want_nothing(self, until: str) -> None:
        """No alert of any rule has fired by then."""
        assert self._fired(until) == []

    def want_resolved(self, rule: str, subject: str | None = None, *, between: tuple[str, str]) -> Transition:
        """The rule's first alert resolves in this span, and not before it."""
        alert = self.alerts(rule, subject, until=between[1])[0]
        return self._want_change(alert, Change.RESOLVED, between)

    def want_regraded(
        self, rule: str, subject: str, *, at: str, priority: int, limit: float, change: str
    ) -> None:
        """The rule's only alert, open all along, is of this priority and limit from that time on."""
        (alert,) = self.alerts(rule, subject, until=at)
        seen = f"{rule} at {at} is P{alert.priority} over {alert.limit}"
        assert (alert.priority, alert.limit) == (priority, limit), f"{seen}, not P{priority} over {limit}"
        self._want_change(alert, Change(change), (at, at))

    def want_muted(
        self, rule: str, subject: str | None = None, *, between: tuple[str, str], why: str
    ) -> None:
        """The rule's first alert is no longer told from this span on, for this reason."""
        alert = self.alerts(rule, subject, until=between[1])[0]
        muted = self._want_change(alert, Change.MUTED, between)
        assert muted.note == why, f"{rule} is muted: {muted.note}, not {why}"

    def want_told_again(self, rule: str, *, between: tuple[str, str]) -> None:
        """The rule's first alert is no longer muted from this span on."""
        alert = self.alerts(rule, until=between[1])[0]
        self._want_change(alert, Change.UNMUTED, between)

    # Who is told.

    def told(self, rule: str, role: str, *, until: str) -> list[Notification]:
        """What those of a role were told of a rule by then."""
        duties = {duty.id for duty in self.layout.duties if duty.role is Role(role)}
        notifications = self.play(until).notifications
        return [one for one in notifications if one.rule == rule and one.duty in duties]

    def want_told(
        self, rule: str, role: str, *, between: tuple[str, str], reason: str | None = None
    ) -> Notification:
        """Somebody of this role is told of the rule in this span, and not before (for this reason)."""
        told = self.told(rule, role, until=between[1])
        told = [one for one in told if reason is None or one.reason.value == reason]
        assert told, f"no {role} was told of {rule} by {between[1]}"
        assert told[0].at >= clock(between[0]), f"{role} was told of {rule} already at {words(told[0].at)}"
        return told[0]

    def want_not_told(self, rule: str, role: str, *, until: str) -> None:
        """Nobody of this role was told of the rule by then."""
        told = [words(one.at) for one in self.told(rule, role, until=until)]
        assert told == [], f"{role} was told of {rule} at {told}"

    # The timetable.

    def check_week(self) -> list[WeekFinding]:
        """What `kuzet timetable check` says of the lessons."""
        found = rooms_of(self.lessons, self.layout, {})
        limits = Regime(self.profiles, self.layout).limits
        return list(check_week(found.lessons, found.rooms, limits).findings)

    def _note(self, at: datetime, do: Deed) -> None:
        self._playing = None
        self._deeds.append(Happening(at, next(self._order), do))
        self._deeds.sort(key=lambda one: (one.at, one.order))

    def _want_change(self, alert: Alert, change: Change, between: tuple[str, str]) -> Transition:
        happened = [
            one for one in self.play(between[1]).transitions if one.alert == alert.id and one.change is change
        ]
        assert happened, f"{alert.rule} is not {change.value} by {between[1]}"
        first = happened[0]
        assert first.at >= clock(between[0]), f"{alert.rule} is {change.value} already at {words(first.at)}"
        return first

    def _fired(self, until: str) -> list[str]:
        alerts = self.play(until).alerts.values()
        return [f"{one.rule} {one.subject} {words(one.fired_at)}" for one in alerts if one.fired_at]


def a_day(
    *rooms: Space,
    lessons: Iterable[Lesson] = (),
    profiles: Mapping[str, Profile] | None = None,
    **changes: Any,
) -> DayOfScenario:
    """A Monday on a campus with these rooms; `changes` are fields of the campus file."""
    layout = a_campus(*rooms, **changes)
    named = (layout.profile, *(switch.profile for switch in layout.switches))
    return DayOfScenario(layout, profiles or {name: shipped(name) for name in named}, lessons)
