"""What would have been: a journal judged again under another profile, beside what was. Pure.

The journal holds what nodes saw and people did to rooms. Who was silent is not in it; it is taken from the
alerts that were raised then. Nobody can know who would have acted: every alert is taken after `Response`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.load import Load, load
from hub.alerts.whereabouts import Whereabouts
from hub.campus import Campus, Observed
from hub.duties import Role
from hub.duty_officer import DutyOfficer
from hub.layout import Layout
from hub.presence import Liveness, NodePresence, Presence
from hub.regime.schedule import Regime
from hub.timetable.lesson import LessonSource

#: Entries that came within so long are judged in one turn.
TOGETHER = timedelta(seconds=1)
#: Two alerts of one rule about one subject that began so near each other are the same.
SAME_WITHIN = timedelta(minutes=10)


class Silent(NamedTuple):
    """A stretch in which a node was silent; no end: it still was."""

    node: str
    since: datetime
    until: datetime | None


class RecordedPresence(Presence):
    """Who was there, as the alerts of that time say: everybody but for the known silences."""

    def __init__(self, since: datetime, silences: Iterable[Silent]) -> None:
        super().__init__(since)
        self._silences: dict[str, list[Silent]] = {}
        for one in silences:
            self._silences.setdefault(one.node, []).append(one)

    def liveness(self, node: str, now: datetime) -> Liveness:
        """Silent within a recorded silence, else online."""
        return Liveness.SILENT if self._silence(node, now) is not None else Liveness.ONLINE

    def changes_at(self, node: str) -> datetime | None:
        """The next edge of a silence of the node; the instant of the last look says which."""
        edges = [at for one in self._silences.get(node, ()) for at in (one.since, one.until) if at]
        heard = self.nodes.get(node)
        looked = heard.last_heard if heard is not None and heard.last_heard is not None else self.since
        return min((at for at in edges if at > looked), default=None)

    def look(self, node: str, now: datetime) -> None:
        """Note when the node was looked at."""
        self.nodes.setdefault(node, NodePresence()).last_heard = now

    def may_still_come(self, node: str, now: datetime) -> bool:
        """Nobody is waited for: it is known who came."""
        return False

    def _silence(self, node: str, now: datetime) -> Silent | None:
        for one in self._silences.get(node, ()):
            if one.since <= now and (one.until is None or now < one.until):
                return one
        return None


class Response(NamedTuple):
    """How people are taken to act."""

    #: An alert is acknowledged so long after it fired.
    after: timedelta = timedelta(minutes=2)


class WouldBe(NamedTuple):
    """What the other profile gives."""

    alerts: list[Alert]
    transitions: list[Transition]


class Side(NamedTuple):
    """One alert that was, that would be, or both."""

    rule: str
    label: str
    was: Alert | None
    would: Alert | None

    @property
    def at(self) -> datetime:
        """When it fired, or would have."""
        one = self.was or self.would
        assert one is not None
        return one.fired_at or one.since


def judge_again(
    entries: Iterable[Observed],
    *,
    layout: Layout,
    regime: Regime,
    lesson_book: LessonSource,
    silences: Iterable[Silent],
    response: Response,
    new_id: Callable[[], str],
    begins: datetime,
    ends: datetime,
    campus: Campus | None = None,
) -> WouldBe:
    """The alerts of [begins, ends) under `regime`; `campus` is what was believed at `begins`."""
    presence = RecordedPresence(begins, silences)
    officer = DutyOfficer(
        campus=campus or Campus(layout),
        presence=presence,
        regime=regime,
        lesson_book=lesson_book,
        receivers={one for duty in layout.duties for one in duty.receivers},
        now=begins,
        new_id=new_id,
    )
    alerts: dict[str, Alert] = {}
    transitions: list[Transition] = []

    def turn(now: datetime) -> None:
        for alert in list(officer.desk.alerts.values()):
            if (
                alert.fired_at is not None
                and alert.acked_at is None
                and now - alert.fired_at >= response.after
            ):
                officer.desk.acknowledge(alert.id, "what-if", now)
        seen = officer.turn(now)
        for node in seen.nodes:
            presence.look(node, now)
        alerts.update((alert.id, alert) for alert in seen.alerts.changed)
        transitions.extend(seen.alerts.transitions)

    turn(begins)
    for now, together in _in_turns(entries, begins, ends):
        _pass(officer, turn, now)
        for observed in together:
            officer.observe(observed)
        turn(now)
    _pass(officer, turn, ends)
    fired = [alert for alert in alerts.values() if alert.fired_at is not None]
    return WouldBe(sorted(fired, key=lambda one: (one.since, one.id)), transitions)


def side_by_side(was: Iterable[Alert], would: Iterable[Alert]) -> list[Side]:
    """The alerts that were and those that would be, matched, by time."""
    left = sorted(would, key=lambda one: one.since)
    sides: list[Side] = []
    for alert in sorted(was, key=lambda one: one.since):
        match = next((one for one in left if _is_same(alert, one)), None)
        if match is not None:
            left.remove(match)
        sides.append(Side(alert.rule, alert.label, alert, match))
    sides += [Side(one.rule, one.label, None, one) for one in left]
    return sorted(sides, key=lambda side: (side.at, side.rule, side.label))


def loads(
    layout: Layout,
    alerts: Iterable[Alert],
    transitions: Iterable[Transition],
    begins: datetime,
    ends: datetime,
) -> dict[str, Load]:
    """The load of each guard's duty by the alerts of its buildings, or of all where nobody has one."""
    places = Whereabouts(layout)
    building_of = {alert.id: places.building_of(alert) for alert in alerts}
    fired = [one for one in transitions if one.change in (Change.FIRED, Change.RETURNED)]
    guards = {duty.id: duty.buildings for duty in layout.duties if duty.role is Role.GUARD} or {"campus": ()}
    return {
        guard: load(
            [one for one in fired if not buildings or building_of.get(one.alert) in (None, *buildings)],
            begins,
            ends,
        )
        for guard, buildings in guards.items()
    }


def _is_same(was: Alert, would: Alert) -> bool:
    return was.key == would.key and abs(was.since - would.since) <= SAME_WITHIN


def _in_turns(
    entries: Iterable[Observed], begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, list[Observed]]]:
    """The entries that came within a second of each other, with the instant at which they are judged."""
    together: list[Observed] = []
    now = begins
    for observed in entries:
        came = max(observed.received, begins)
        if came >= ends:
            break
        if together and came - now >= TOGETHER:
            yield now, together
            together = []
        if not together:
            now = max(came, now)
        together.append(observed)
    if together:
        yield now, together


def _pass(officer: DutyOfficer, turn: Callable[[datetime], None], until: datetime) -> None:
    last = None
    while (due := officer.next_turn()) <= until and due != last:
        turn(due)
        last = due
