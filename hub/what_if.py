"""What would have been: a journal judged again under another profile, beside what was. Pure.

The journal holds what nodes saw and people did to rooms. Who was silent is not in it; it is taken from the
alerts that were raised then. Nobody can know who would have acted: every alert is taken after a while.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import chain
from typing import NamedTuple

from hub.alerts.alert import Alert, Change, Key, Transition
from hub.alerts.load import NEW
from hub.alerts.notification import Notification
from hub.alerts.whereabouts import Whereabouts
from hub.campus import Campus, Observed
from hub.duty_officer import DutyOfficer
from hub.layout import Layout
from hub.presence import Liveness, Presence
from hub.regime.schedule import Regime
from hub.rules import silent_building, silent_node
from hub.timetable.lesson import LessonSource

_OVER = frozenset({Change.RESOLVED, Change.DROPPED, Change.CLOSED})
#: Turns are this far apart, as a hub's own are; what came in between is judged in one.
TICK = timedelta(milliseconds=200)
#: An alert is acknowledged so long after it fired, or after it came back.
ACKED_AFTER = timedelta(minutes=2)
#: Two alerts of one rule about one subject that overlap, or began so near each other, are the same.
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
        self._now = since
        self._silences: dict[str, list[Silent]] = {}
        for one in silences:
            self._silences.setdefault(one.node, []).append(one)

    def turn_to(self, now: datetime) -> None:
        """It is `now`; to be said before each turn."""
        self._now = now

    def liveness(self, node: str, now: datetime) -> Liveness:
        """Silent within a recorded silence, else online."""
        silent = any(
            one.since <= now and (one.until is None or now < one.until)
            for one in self._silences.get(node, ())
        )
        return Liveness.SILENT if silent else Liveness.ONLINE

    def changes_at(self, node: str, now: datetime | None = None) -> datetime | None:
        """The next edge of a silence of the node."""
        edges = (at for one in self._silences.get(node, ()) for at in (one.since, one.until))
        return min((at for at in edges if at is not None and at > self._now), default=None)

    def may_still_come(self, node: str, now: datetime) -> bool:
        """Nobody is waited for: it is known who came."""
        return False


class WouldBe(NamedTuple):
    """What the other profile gives."""

    #: Those that fired, by time.
    alerts: list[Alert]
    transitions: list[Transition]
    notifications: list[Notification]
    #: Entries that were looked at, and those of channels that the campus file does not name.
    entries: int
    unplaced: int


class Side(NamedTuple):
    """One alert that was, that would be, or both."""

    rule: str
    label: str
    was: Alert | None
    would: Alert | None

    @property
    def at(self) -> datetime:
        """When it fired, or would have."""
        return min(one.fired_at or one.since for one in (self.was, self.would) if one is not None)


class Judging:
    """One officer who is told again what came, instant by instant."""

    def __init__(
        self,
        *,
        campus: Campus,
        regime: Regime,
        lesson_book: LessonSource,
        silences: Iterable[Silent],
        new_id: Callable[[], str],
        begins: datetime,
        acked_after: timedelta = ACKED_AFTER,
    ) -> None:
        self._presence = RecordedPresence(begins, silences)
        self._officer = DutyOfficer(
            campus=campus,
            presence=self._presence,
            regime=regime,
            lesson_book=lesson_book,
            receivers={one for duty in campus.layout.duties for one in duty.receivers},
            now=begins,
            new_id=new_id,
        )
        self._acked_after = acked_after
        #: Alerts to acknowledge, by when.
        self._acks: list[tuple[datetime, str]] = []
        self._now = begins
        self.alerts: dict[str, Alert] = {}
        self.transitions: list[Transition] = []
        self.notifications: list[Notification] = []
        self._turn(begins)

    def hear(self, came: datetime, together: Iterable[Observed]) -> None:
        """What came at this instant, after all that was due before it."""
        self.pass_to(came)
        for observed in together:
            self._officer.observe(observed)
        self._turn(max(came, self._now))

    def pass_to(self, until: datetime) -> None:
        """Let time pass: a turn whenever one is due."""
        while True:
            due = self._officer.next_turn()
            if self._acks:
                due = min(due, self._acks[0][0])
            due = max(due, self._now + TICK)
            if due >= until:
                return
            self._turn(due)

    def _turn(self, now: datetime) -> None:
        self._now = now
        self._presence.turn_to(now)
        while self._acks and self._acks[0][0] <= now:
            self._officer.desk.acknowledge(heappop(self._acks)[1], "what-if", now)
        outcome = self._officer.turn(now).alerts
        self.alerts.update((alert.id, alert) for alert in outcome.changed)
        self.transitions += outcome.transitions
        self.notifications += outcome.notifications
        for one in outcome.transitions:
            if one.change in NEW:
                heappush(self._acks, (now + self._acked_after, one.alert))


def judge_again(
    entries: Iterable[Observed],
    *,
    layout: Layout,
    regime: Regime,
    lesson_book: LessonSource,
    silences: Iterable[Silent],
    new_id: Callable[[], str],
    begins: datetime,
    ends: datetime,
    acked_after: timedelta = ACKED_AFTER,
) -> WouldBe:
    """The alerts of [begins, ends) under `regime`, from the entries in the order of the journal.

    What came before is believed and raises nothing. Each entry is judged by when it came, not by when it
    was seen: what comes late corrects the record and raises no alert about the past.
    """
    campus = Campus(layout)
    left = iter(entries)
    count = 0
    first: list[Observed] = []
    for observed in left:
        count += 1
        if observed.received >= begins:
            first = [observed]
            break
        campus.observe(observed)
    judging = Judging(
        campus=campus,
        regime=regime,
        lesson_book=lesson_book,
        silences=silences,
        new_id=new_id,
        begins=begins,
        acked_after=acked_after,
    )
    count -= len(first)
    for came, together in _in_ticks(chain(first, left), ends):
        count += len(together)
        judging.hear(came, together)
    judging.pass_to(ends)
    fired = [alert for alert in judging.alerts.values() if alert.fired_at is not None]
    return WouldBe(
        sorted(fired, key=lambda one: (one.since, one.id)),
        judging.transitions,
        judging.notifications,
        count,
        campus.state.unplaced,
    )


def silences_of(
    alerts: Iterable[Alert],
    transitions: Iterable[Transition],
    layout: Layout,
    heard_between: Callable[[datetime, datetime | None], set[str]],
) -> list[Silent]:
    """The stretches in which nodes were silent, from the alerts about it.

    Of a dark building it is not said which nodes were: its nodes of whom no entry came then.
    """
    places, building_of = Whereabouts(layout), {space.id: space.building for space in layout.spaces}
    nodes_in: dict[str | None, set[str]] = defaultdict(set)
    for node in layout.nodes():
        for room in places.rooms_of(node):
            nodes_in[building_of.get(room)].add(node)
    found: list[Silent] = []
    happened: dict[str, list[Transition]] = defaultdict(list)
    for one in transitions:
        happened[one.alert].append(one)
    for alert in alerts:
        if alert.is_drill or alert.rule not in (silent_node.RULE, silent_building.RULE):
            continue
        for since, until in _stretches(alert, happened[alert.id]):
            if alert.rule == silent_node.RULE:
                found.append(Silent(alert.subject, since, until))
                continue
            mute = nodes_in[alert.building] - heard_between(since, until)
            found += [Silent(node, since, until) for node in sorted(mute)]
    return found


def side_by_side(was: Iterable[Alert], would: Iterable[Alert]) -> list[Side]:
    """The alerts that were and those that would be, matched, by time."""
    left: dict[Key, list[Alert]] = defaultdict(list)
    for alert in would:
        left[alert.key].append(alert)
    sides: list[Side] = []
    for alert in sorted(was, key=lambda one: one.since):
        same = [one for one in left[alert.key] if _is_same(alert, one)]
        match = min(same, key=lambda one: abs(one.since - alert.since), default=None)
        if match is not None:
            left[alert.key].remove(match)
        sides.append(Side(alert.rule, alert.label, alert, match))
    sides += [Side(one.rule, one.label, None, one) for some in left.values() for one in some]
    return sorted(sides, key=lambda side: (side.at, side.rule, side.label))


def _is_same(was: Alert, would: Alert) -> bool:
    if abs(was.since - would.since) <= SAME_WITHIN:
        return True
    first, second = (was, would) if was.since <= would.since else (would, was)
    over = first.gone_at or first.closed_at
    return over is None or second.since <= over


def _in_ticks(entries: Iterable[Observed], ends: datetime) -> Iterator[tuple[datetime, list[Observed]]]:
    """The entries of each tick, with the instant at which the last of them came."""
    together: list[Observed] = []
    for observed in entries:
        if observed.received >= ends:
            break
        if together and observed.received - together[0].received >= TICK:
            yield together[-1].received, together
            together = []
        together.append(observed)
    if together:
        yield together[-1].received, together


def _stretches(alert: Alert, happened: Iterable[Transition]) -> Iterator[tuple[datetime, datetime | None]]:
    """From when to when it was found; a resolved alert was found again where it came back."""
    since: datetime | None = alert.since
    for one in happened:
        if one.change is Change.RETURNED:
            since = one.at
        elif one.change in _OVER and since is not None:
            # It was gone for its patience before that; how long is known of the last time only.
            gone = alert.gone_at
            yield since, gone if gone is not None and since <= gone <= one.at else one.at
            since = None
    if since is not None:
        yield since, alert.gone_at or alert.closed_at
