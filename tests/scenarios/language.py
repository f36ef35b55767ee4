"""A day on a campus as a duty officer would tell it: at 09:00 this happens, want an alert by 09:41.

    day = a_day(a_room("A-204", area_m2=12.0))
    day.at("09:00").enter("A-204", 13)
    day.want_alert("over-capacity", "A-204", between=("09:00", "09:01"), clause="§36.2")

The judge is the hub's own duty officer with the shipped profile; every room has one door with its own node.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.acts import AnyAct, Hold, Recount, TaskWord
from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.notification import Notification
from hub.campus import Campus, Observed
from hub.duties import Day, Duty, Role, Shift
from hub.duty_officer import DutyOfficer
from hub.layout import (
    OUTSIDE,
    PEOPLE,
    Building,
    Door,
    Layout,
    Override,
    Post,
    Sensor,
    SensorKind,
    Space,
    SpaceKind,
    Switch,
)
from hub.presence import Presence
from hub.regime.profile import Profile, read_profile
from hub.regime.schedule import Regime
from hub.rules import CHECKS
from hub.timetable.lesson import Lesson, Lessons
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    Contact,
    Direction,
    Dispense,
    Fault,
    Passage,
    Proof,
    Recovered,
    Screening,
    Task,
    Treatment,
    Verdict,
)
from protocol.messages import SpaceState
from tests.builders import EPOCH, names

ZONE = ZoneInfo("Asia/Almaty")
#: A Monday.
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
REGIMES = Path(__file__).parents[2] / "deploy" / "regime"
#: Nodes speak so often, and promise nothing: they are silent after 90 s.
SPEAKS = timedelta(seconds=30)


@cache
def shipped(profile: str) -> Profile:
    """A profile of `deploy/regime`."""
    return read_profile(REGIMES / f"{profile}.toml", tuple(CHECKS))


def clock(words: str) -> datetime:
    """`"09:40"` or `"09:40:20"` of the day; `"+1 08:00"` of the next."""
    days, _, time = words.rpartition(" ")
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    after = timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return (MONDAY + after).astimezone(UTC)


def a_room(code: str, **changes: Any) -> Space:
    """A classroom of 48 m² with 24 desks in building A."""
    fields: dict[str, Any] = {
        "building": "a",
        "kind": SpaceKind.CLASSROOM,
        "floor": 1,
        "area_m2": 48.0,
        "desks": 24,
        "names": names(code),
    }
    changes = {**changes, **({"kind": SpaceKind(changes["kind"])} if "kind" in changes else {})}
    return Space(id=code.lower(), code=code, **{**fields, **changes})


@dataclass(frozen=True, slots=True)
class _Deed:
    at: datetime
    order: int
    do: Callable[["_Running"], None]


class Moment:
    """What happens at one instant of the day."""

    def __init__(self, day: "DayOfScenario", at: datetime) -> None:
        self._day, self._at = day, at

    def enter(self, code: str, people: int = 1) -> "Moment":
        """So many walk in."""
        return self._walk(code, Direction.IN, people)

    def leave(self, code: str, people: int = 1) -> "Moment":
        """So many walk out."""
        return self._walk(code, Direction.OUT, people)

    def start(self, code: str, task: str, proof: str = "button") -> "Moment":
        """Staff begin a treatment, by the button in the room."""
        return self._treat(code, task, Action.STARTED, proof)

    def done(self, code: str, task: str, proof: str = "button") -> "Moment":
        """Staff say by the button that a treatment is done."""
        return self._treat(code, task, Action.DONE, proof)

    def treat(self, code: str, *tasks: str, proof: str = "button") -> "Moment":
        """Staff begin these treatments now."""
        for task in tasks:
            self.start(code, task, proof)
        return self

    def word(self, code: str, task: str, action: str, reason: str = "") -> "Moment":
        """Somebody says on the hub's page that a treatment was started, done or aborted."""
        return self._act(
            lambda seq: TaskWord(
                seq=seq,
                at=self._at,
                space=code.lower(),
                task=Task(task),
                action=Action(action),
                reason=reason,
            )
        )

    def recount(self, code: str, people: int) -> "Moment":
        """Somebody counts the people in the room."""
        return self._act(lambda seq: Recount(seq=seq, at=self._at, space=code.lower(), count=people))

    def hold(self, code: str, *, on: bool = True) -> "Moment":
        """Somebody closes the room, or opens it again."""
        return self._act(lambda seq: Hold(seq=seq, at=self._at, space=code.lower(), on=on))

    def window(self, code: str, *, open: bool) -> "Moment":
        """The room's window is opened or closed."""
        return self._event(
            f"node-{code.lower()}", lambda seq: Contact(seq=seq, at=self._at, channel="window", open=open)
        )

    def air(self, code: str, co2_ppm: float) -> "Moment":
        """The room's CO2 sensor reads."""
        return self._event(
            f"node-{code.lower()}", lambda seq: Air(seq=seq, at=self._at, channel="air", co2_ppm=co2_ppm)
        )

    def screen(self, verdict: str = "pass") -> "Moment":
        """Somebody stands before the thermometer of the entrance."""
        return self._event(
            "entrance",
            lambda seq: Screening(seq=seq, at=self._at, channel="thermometer", verdict=Verdict(verdict)),
        )

    def dispense(self, level: float | None = None, presses: int = 1) -> "Moment":
        """The dispenser of the entrance is used."""
        return self._event(
            "entrance",
            lambda seq: Dispense(seq=seq, at=self._at, channel="dispenser", presses=presses, level=level),
        )

    def breaks(self, node: str, channel: str, component: str = "beam") -> "Moment":
        """A component of a node stops working."""
        return self._event(
            node,
            lambda seq: Fault(seq=seq, at=self._at, channel=channel, component=component, code="stuck"),
        )

    def mends(self, node: str, channel: str, component: str = "beam") -> "Moment":
        """It works again."""
        return self._event(
            node,
            lambda seq: Recovered(seq=seq, at=self._at, channel=channel, component=component, code="stuck"),
        )

    def falls_silent(self, *nodes: str) -> "Moment":
        """These nodes say nothing any more."""
        return self._day.add(self._at, lambda running: running.silent.update(nodes), self)

    def speaks_again(self, *nodes: str) -> "Moment":
        """These nodes are back."""
        return self._day.add(self._at, lambda running: running.silent.difference_update(nodes), self)

    def acknowledge(self, rule: str, by: str = "guard") -> "Moment":
        """Somebody takes the open alerts of a rule."""

        def take(running: "_Running") -> None:
            for alert in list(running.officer.desk.alerts.values()):
                if alert.rule == rule:
                    running.officer.desk.acknowledge(alert.id, by, self._at)

        return self._day.add(self._at, take, self)

    def late(self, code: str, direction: str, people: int, *, happened: str) -> "Moment":
        """Passages come now that happened then."""
        then, node = clock(happened), f"node-{code.lower()}"

        def come(running: "_Running") -> None:
            seq = running.next_seq(node)
            event = Passage(seq=seq, at=then, channel="door", direction=Direction(direction), people=people)
            running.observe(node, event, self._at)

        return self._day.add(self._at, come, self)

    def _walk(self, code: str, direction: Direction, people: int) -> "Moment":
        node = self._day.node_of(code)
        channel = "main" if node == "entrance" else "door"
        return self._event(
            node,
            lambda seq: Passage(seq=seq, at=self._at, channel=channel, direction=direction, people=people),
        )

    def _treat(self, code: str, task: str, action: Action, proof: str) -> "Moment":
        return self._event(
            f"node-{code.lower()}",
            lambda seq: Treatment(
                seq=seq, at=self._at, channel="button", task=Task(task), action=action, proof=Proof(proof)
            ),
        )

    def _event(self, node: str, make: Callable[[int], AnyEvent]) -> "Moment":
        def happen(running: "_Running") -> None:
            running.observe(node, make(running.next_seq(node)), self._at)

        return self._day.add(self._at, happen, self)

    def _act(self, make: Callable[[int], AnyAct]) -> "Moment":
        def happen(running: "_Running") -> None:
            running.observe(PEOPLE, make(running.next_seq(PEOPLE)), self._at)

        return self._day.add(self._at, happen, self)


class DayOfScenario:
    """Deeds by time; asked for the first time what came of them, they are played."""

    def __init__(self, layout: Layout, profiles: dict[str, Profile], lessons: Iterable[Lesson]) -> None:
        self.layout = layout
        self.profiles = profiles
        self.lessons = tuple(lessons)
        self._deeds: list[_Deed] = []
        self._order = count()
        self._played: dict[datetime, _Running] = {}

    def at(self, words: str) -> Moment:
        """What is said next happens then."""
        return Moment(self, clock(words))

    def add(self, at: datetime, do: Callable[["_Running"], None], moment: Moment) -> Moment:
        """Note a deed."""
        self._played.clear()
        self._deeds.append(_Deed(at, next(self._order), do))
        return moment

    def node_of(self, code: str) -> str:
        """The node at the room's door; the hall's is the entrance's."""
        space = code.lower()
        return next(door.node for door in self.layout.doors if door.inner == space)

    def state(self, code: str, at: str) -> SpaceState:
        """The room's one state at that time."""
        return self._play(clock(at)).officer.situation.state(code.lower(), clock(at))

    def want_state(self, code: str, at: str, state: str, reason: str | None = None) -> None:
        """The room's state at that time is this."""
        found = self.state(code, at)
        assert found.state.value == state, (
            f"{code} at {at}: {found.state.value} ({found.reason}), not {state}"
        )
        assert reason is None or found.reason == reason, f"{code} at {at}: {found.reason}, not {reason}"

    def alerts(self, rule: str, subject: str | None = None, *, until: str) -> list[Alert]:
        """The alerts of a rule that fired by then, oldest first."""
        running = self._play(clock(until))
        found = [one for one in running.alerts.values() if one.rule == rule and one.fired_at is not None]
        if subject is not None:
            wanted = subject.lower()
            found = [one for one in found if wanted in (one.subject, one.space, one.node)]
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
        fired = [one.fired_at for one in found]
        assert fired, f"no {rule} by {between[1]}; fired: {self._fired(between[1])}"
        first = found[0]
        assert fired[0] is not None
        assert fired[0] >= clock(between[0]), f"{rule} fired too early: {self._fired(between[1])}"
        assert clause is None or clause in first.clause, f"clause is {first.clause}, not {clause}"
        assert priority is None or first.priority == priority, f"priority is {first.priority}"
        assert value is None or first.value == value, f"value is {first.value}, not {value}"
        assert limit is None or first.limit == limit, f"limit is {first.limit}, not {limit}"
        return first

    def want_no_alert(self, rule: str, subject: str | None = None, *, until: str) -> None:
        """No alert of this rule has fired by then."""
        found = self.alerts(rule, subject, until=until)
        assert found == [], f"unwanted {rule}: {self._fired(until)}"

    def want_resolved(self, rule: str, subject: str | None = None, *, between: tuple[str, str]) -> None:
        """The rule's first alert resolves in this span."""
        alert = self.alerts(rule, subject, until=between[1])[0]
        over = [
            one.at
            for one in self._play(clock(between[1])).transitions
            if one.alert == alert.id and one.change is Change.RESOLVED
        ]
        assert over, f"{rule} has not resolved by {between[1]}"
        assert clock(between[0]) <= over[0], f"{rule} resolved already at {over[0]}"

    def want_told(self, rule: str, role: str, *, between: tuple[str, str]) -> Notification:
        """Somebody of this role is told of the rule in this span, and not before."""
        duties = {duty.id for duty in self.layout.duties if duty.role is Role(role)}
        told = [
            one
            for one in self._play(clock(between[1])).notifications
            if one.rule == rule and one.duty in duties
        ]
        assert told, f"no {role} was told of {rule} by {between[1]}"
        assert clock(between[0]) <= told[0].at, f"{role} was told of {rule} already at {told[0].at}"
        return told[0]

    def transitions(self, until: str) -> list[Transition]:
        """Everything that happened to alerts by then."""
        return self._play(clock(until)).transitions

    def running(self, until: str) -> "_Running":
        """The day played as far as that."""
        return self._play(clock(until))

    def _fired(self, until: str) -> list[str]:
        fired = [one for one in self._play(clock(until)).alerts.values() if one.fired_at is not None]
        return [
            f"{one.rule} {one.subject} {one.fired_at.astimezone(ZONE):%H:%M:%S}"
            for one in fired
            if one.fired_at
        ]

    def _play(self, until: datetime) -> "_Running":
        running = self._played.get(until)
        if running is None:
            running = self._played[until] = _Running(self)
            running.play(sorted(self._deeds, key=lambda one: (one.at, one.order)), until)
        return running


class _Running:
    """The officer at work on one day."""

    def __init__(self, day: DayOfScenario) -> None:
        begins = clock("05:00")
        campus = Campus(day.layout)
        ids = count(1)
        self.silent: set[str] = set()
        self.alerts: dict[str, Alert] = {}
        self.transitions: list[Transition] = []
        self.notifications: list[Notification] = []
        self._seqs: dict[str, int] = defaultdict(int)
        self._position = 0
        self._nodes = day.layout.nodes()
        self.presence = Presence(begins)
        self.officer = DutyOfficer(
            campus=campus,
            presence=self.presence,
            regime=Regime(day.profiles, day.layout),
            lesson_book=_Book(day.lessons),
            receivers={name for duty in day.layout.duties for name in duty.receivers},
            now=begins,
            new_id=lambda: f"alert-{next(ids)}",
        )
        self._now = begins
        self._speak_at = begins

    def next_seq(self, node: str) -> int:
        """The next number of a node's events."""
        self._seqs[node] += 1
        return self._seqs[node]

    def observe(self, node: str, event: AnyEvent | AnyAct, received: datetime) -> None:
        """An event has just come."""
        self._position += 1
        self.officer.observe(Observed(self._position, node, EPOCH, received, event))

    def play(self, deeds: list[_Deed], until: datetime) -> None:
        """Everything as far as `until`, inclusive."""
        for deed in deeds:
            if deed.at > until:
                break
            self._pass(deed.at)
            deed.do(self)
            self._turn(deed.at)
        self._pass(until)
        self._turn(until)

    def _pass(self, until: datetime) -> None:
        """Turns at every instant at which something is due."""
        while (due := min(self.officer.next_turn(), self._speak_at)) <= until:
            self._turn(max(due, self._now))

    def _turn(self, now: datetime) -> None:
        if now >= self._speak_at:
            self._speak_at = now + SPEAKS
            living = [node for node in self._nodes if node not in self.silent]
            for node in living:
                self.presence.hear(node, now)
            self.officer.hear(living)
        self._now = now
        outcome = self.officer.turn(now).alerts
        self.transitions += outcome.transitions
        self.notifications += outcome.notifications
        self.alerts.update({alert.id: alert for alert in outcome.changed})


class _Book:
    """Lessons said in the scenario."""

    def __init__(self, lessons: tuple[Lesson, ...]) -> None:
        self._lessons = Lessons(lessons, ZONE)

    def around(self, now: datetime) -> Lessons:
        return self._lessons


def a_day(
    *rooms: Space,
    lessons: Iterable[Lesson] = (),
    profile: str = "kz-2020-order-345-381",
    variant: str | None = None,
    switches: tuple[Switch, ...] = (),
    overrides: tuple[Override, ...] = (),
    sensors: tuple[Sensor, ...] | None = None,
    profiles: dict[str, Profile] | None = None,
    has_post: bool = True,
) -> DayOfScenario:
    """A building with a hall, its screened entrance with a dispenser, and these rooms behind it."""
    hall = a_room("HALL", kind="hall", area_m2=400.0, desks=None)
    spaces = (hall, *(room for room in rooms if room.id != "hall"))
    doors = [Door(id="entrance", node="entrance", channel="main", inner="hall", outer=OUTSIDE)]
    made: list[Sensor] = [
        Sensor(
            id="dispenser", node="entrance", channel="dispenser", kind=SensorKind.DISPENSER, door="entrance"
        )
    ]
    for room in spaces[1:]:
        node = f"node-{room.id}"
        doors.append(Door(id=f"door-{room.id}", node=node, channel="door", inner=room.id, outer="hall"))
        made.append(
            Sensor(id=f"button-{room.id}", node=node, channel="button", kind=SensorKind.BUTTON, space=room.id)
        )
    duties = tuple(
        Duty(
            id=f"{role.value}-a",
            role=role,
            receivers=(f"{role.value}-phone",),
            shifts=("day",) if role is Role.GUARD else (),
        )
        for role in Role
    )
    layout = Layout(
        site="test",
        names=names("Test"),
        profile=profile,
        variant=variant,
        buildings=(Building(id="a", names=names("A")),),
        spaces=spaces,
        doors=tuple(doors),
        posts=(Post(id="post", node="entrance", channel="thermometer", door="entrance"),) if has_post else (),
        sensors=(*made, *(sensors or ())),
        switches=switches,
        overrides=overrides,
        shifts=(Shift(id="day", days=tuple(Day), start="06:00", end="22:00"),),
        duties=duties,
    )
    named = {profile, *(switch.profile for switch in switches)}
    return DayOfScenario(layout, profiles or {name: shipped(name) for name in named}, lessons)


def window(code: str) -> Sensor:
    """A contact at the room's window."""
    room = code.lower()
    return Sensor(
        id=f"window-{room}", node=f"node-{room}", channel="window", kind=SensorKind.WINDOW, space=room
    )


def air_sensor(code: str) -> Sensor:
    """A CO2 sensor in the room."""
    room = code.lower()
    return Sensor(id=f"air-{room}", node=f"node-{room}", channel="air", kind=SensorKind.AIR, space=room)


def lesson(code: str, start: str, end: str, enrolled: int | None = None) -> Lesson:
    """A lesson of the timetable."""
    return Lesson(space=code.lower(), start=clock(start), end=clock(end), code="X101", enrolled=enrolled)


def tightened(profile: str, **changes: Any) -> Profile:
    """A shipped profile with other tables."""
    return replace(shipped(profile), **changes)
