"""A desk with a roster and a clock that a story sets: what is found and done when, and who is told."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.alerts.alert import Alert, Change, Key, Mute, Transition
from hub.alerts.desk import Desk
from hub.alerts.drill import Drill
from hub.alerts.muting import Silence
from hub.alerts.notification import Notification, Reason
from hub.alerts.outcome import DeskState
from hub.duties import Day, Duty, Role, Shift
from hub.layout import Building, Door, Layout, Post, SpaceKind
from hub.regime.alert_rule import AlertRule, Step
from hub.rules.finding import Finding
from protocol.quantities import Duration
from tests.builders import a_layout, a_space, at, names

#: The morning of the builders is a Monday, 09:00 on the campus.
DAY = Shift(id="day", days=tuple(Day), start="08:00", end="20:00")
NIGHT = Shift(id="night", days=tuple(Day), start="20:00", end="08:00")
OFFICE = Shift(id="office", days=(Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI), start="09:00", end="18:00")
GUARDS = (
    Duty(id="guard-day", role=Role.GUARD, shifts=("day",), receivers=("phone",), language="kk"),
    Duty(id="guard-night", role=Role.GUARD, shifts=("night",), receivers=("phone",), language="kk"),
)
MANAGER = Duty(id="manager", role=Role.MANAGER, shifts=("office",), receivers=("mail",), language="ru")
ADMIN = Duty(id="admin", role=Role.ADMIN, receivers=("chat",), language="en")

OVER = Finding(
    rule="over-capacity", subject="room", label="ROOM", space="room", value=18, limit=15, clause="§71"
)
FEVER = Finding(
    rule="elevated-screening", subject="post", label="HALL", space="hall", node="entrance", clause="§35"
)
SILENT = Finding(rule="silent-node", subject="room-node", label="ROOM", node="room-node", clause="§2.6")
DARK = Finding(rule="silent-building", subject="building-a", label="A", building="a", value=4, clause="§2.6")
BATTERY = Finding(rule="battery", subject="room-node", label="ROOM", node="room-node", clause="ours")


def steps(*pairs: tuple[str, Role]) -> tuple[Step, ...]:
    return tuple(Step(after=Duration(after), role=role) for after, role in pairs)


RULES = {
    "over-capacity": AlertRule(
        priority=1,
        fire_after=Duration("20s"),
        clear_after=Duration("30s"),
        source="§71",
        escalate=steps(("0s", Role.GUARD), ("3min", Role.MANAGER), ("10min", Role.ADMIN)),
        repeat_after=Duration("10min"),
        remind_after=Duration("30min"),
    ),
    "elevated-screening": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="§35",
        until_acknowledged=True,
        escalate=steps(("0s", Role.GUARD), ("5min", Role.MANAGER)),
        muted_by_silence=False,
    ),
    "silent-node": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("10s"),
        source="§2.6",
        escalate=steps(("0s", Role.MANAGER), ("15min", Role.ADMIN)),
    ),
    "silent-building": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("10s"),
        source="§2.6",
        escalate=steps(("0s", Role.MANAGER), ("15min", Role.ADMIN)),
    ),
    "battery": AlertRule(
        priority=3,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="ours",
        escalate=steps(("0s", Role.ADMIN)),
        muted_by_silence=False,
    ),
}


def a_campus(**changes: object) -> Layout:
    """Two buildings; in the first a hall with a screened entrance and two rooms, each with its own node."""
    fields: dict[str, object] = {
        "buildings": (Building(id="a", names=names("A")), Building(id="b", names=names("B"))),
        "spaces": (
            a_space("hall", kind=SpaceKind.HALL, area_m2=200.0, desks=None),
            a_space("room"),
            a_space("other"),
            a_space("far", building="b"),
        ),
        "doors": (
            Door(id="entrance", node="entrance", channel="main", inner="hall"),
            Door(id="room-door", node="room-node", channel="door", inner="room", outer="hall"),
            Door(id="other-door", node="other-node", channel="door", inner="other", outer="hall"),
            Door(id="far-door", node="far-node", channel="door", inner="far"),
        ),
        "posts": (Post(id="post", node="entrance", channel="thermometer", door="entrance"),),
        "shifts": (DAY, NIGHT, OFFICE),
        "duties": (*GUARDS, MANAGER, ADMIN),
    }
    return a_layout(**{**fields, **changes})


def a_silence(**changes: object) -> Silence:
    """The room silenced from the morning for an hour."""
    fields: dict[str, object] = {
        "id": "silence-1",
        "owner": "Aset",
        "reason": "repainted",
        "starts": at(0),
        "ends": at(3600),
    }
    place: dict[str, object] = {} if {"rule", "node", "building"} & set(changes) else {"space": "room"}
    return Silence(**{**fields, **place, **changes})  # type: ignore[arg-type]


class Story:
    """One desk, driven in order; times are seconds since the morning, or since `starts`."""

    def __init__(
        self,
        layout: Layout | None = None,
        *,
        starts: datetime | None = None,
        rules: dict[str, AlertRule] | None = None,
        is_incremental: bool = True,
    ) -> None:
        self.layout = layout if layout is not None else a_campus()
        self.rules = RULES if rules is None else rules
        self.starts = at(0) if starts is None else starts
        self.is_incremental = is_incremental
        self._ids = 0
        self.desk = Desk(self.layout, self.rules, self._new_id, (), DeskState())
        self.found: dict[Key, Finding] = {}
        self.transitions: list[Transition] = []
        self.notifications: list[Notification] = []
        #: Both, in the order in which they were decided.
        self.history: list[Transition | Notification] = []
        self.book: dict[str, Alert] = {}
        self.state = DeskState()

    def at(self, seconds: float) -> datetime:
        return self.starts + timedelta(seconds=seconds)

    def find(self, seconds: float, *findings: Finding) -> None:
        """From then on this is found, and nothing else."""
        self.go_on(seconds)
        found = {(one.rule, one.subject): one for one in findings}
        touched = {key for key in {*found, *self.found} if found.get(key) != self.found.get(key)}
        self.found = found
        self._step(touched, self.at(seconds))

    def later(self, seconds: float) -> None:
        """Time goes on until then and nothing else happens."""
        self.go_on(seconds)
        self._step(set(), self.at(seconds))

    def go_on(self, seconds: float) -> None:
        """A turn at every instant before then that the desk asks for."""
        while (due := self.desk.due_at()) is not None and due < self.at(seconds):
            self._step(set(), due)

    def acknowledge(self, seconds: float, rule: str, by: str = "Aset", duty: str | None = None) -> None:
        self.go_on(seconds)
        self.desk.acknowledge(self.alert(rule).id, by, self.at(seconds), duty)
        self._step(set(), self.at(seconds))

    def shelve(self, seconds: float, rule: str, minutes: int = 15) -> None:
        self.go_on(seconds)
        wanted, reason = timedelta(minutes=minutes), "being repaired"
        self.desk.shelve(self.alert(rule).id, "Aset", reason, wanted, self.at(seconds))
        self._step(set(), self.at(seconds))

    def unshelve(self, seconds: float, rule: str) -> None:
        self.go_on(seconds)
        self.desk.unshelve(self.alert(rule).key)
        self._step(set(), self.at(seconds))

    def silence(self, seconds: float, one: Silence) -> None:
        self.go_on(seconds)
        self.desk.silence(one)
        self._step(set(), self.at(seconds))

    def unsilence(self, seconds: float, id: str = "silence-1") -> None:
        self.go_on(seconds)
        self.desk.unsilence(id)
        self._step(set(), self.at(seconds))

    def drill(self, seconds: float, one: Drill) -> None:
        self.go_on(seconds)
        self.desk.begin_drill(one)
        self._step(set(), self.at(seconds))

    def switch(self, seconds: float, rules: dict[str, AlertRule], *findings: Finding) -> None:
        """Another profile is in force, and under it this is found."""
        self.go_on(seconds)
        self.rules = rules
        self.desk.set_rules(rules)
        self.find(seconds, *findings)

    def shift(self, seconds: float, by: timedelta) -> None:
        """The wall clock is set by so much; from then on `seconds` are of the new time."""
        self.go_on(seconds)
        self.desk.shift(by)
        self._step(set(), self.at(seconds) + by)

    def restart(self, seconds: float) -> None:
        """Only what was written survives; what is found is found anew."""
        self.go_on(seconds)
        alerts = [alert for alert in self.book.values() if alert.closed_at is None]
        self.desk = Desk(self.layout, self.rules, self._new_id, alerts, self.state)
        self._step(set(self.found), self.at(seconds))

    def alert(self, rule: str) -> Alert:
        """The newest alert of a rule, open or past."""
        return [alert for alert in self.book.values() if alert.rule == rule][-1]

    def told(self) -> list[tuple[float, str, Reason]]:
        """Who was told when and why."""
        return [((one.at - self.starts).total_seconds(), one.duty, one.reason) for one in self.notifications]

    def changes(self, rule: str | None = None) -> list[Change]:
        """What happened, to the alerts of one rule or to all."""
        return [one.change for one in self.transitions if rule is None or self.book[one.alert].rule == rule]

    def muted(self, rule: str) -> Mute | None:
        return self.alert(rule).muted

    def _new_id(self) -> str:
        self._ids += 1
        return f"alert-{self._ids}"

    def _step(self, touched: set[Key], now: datetime) -> None:
        if not self.is_incremental:
            touched = {*touched, *self.found, *self.desk.alerts}
        outcome = self.desk.step(self.found, touched, now)
        self.book.update({alert.id: alert for alert in outcome.changed})
        self.transitions += outcome.transitions
        self.notifications += outcome.notifications
        self.history += [*outcome.transitions, *outcome.notifications]
        self.state = self.state if outcome.state is None else outcome.state


def at_capacity(finding: Finding = OVER) -> Finding:
    """The room at its limit: enough to keep an alert going."""
    return replace(finding, value=15, starts=False)
