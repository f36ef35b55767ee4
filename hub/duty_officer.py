"""The duty officer: what happens to the campus in, findings, alerts and whom to tell out. Pure.

He believes (`Campus`), knows who is there (`Presence`), walks his rounds (`Rounds`) and keeps the alerts
(`Desk`). The engine is his hands: it makes things durable and says them. A what-if replay and the
scenarios of the tests use him alone.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.acts import Act, Recount
from hub.agenda import Agenda
from hub.alerts.alert import Alert
from hub.alerts.desk import Desk
from hub.alerts.outcome import DeskState, Outcome
from hub.campus import Campus, Observed
from hub.hindsight import Hindsight
from hub.itself import Itself, said_by_node
from hub.places import CAMPUS, Place, Places, Subject
from hub.presence import Liveness, Presence
from hub.regime.schedule import Regime
from hub.rounds import Rounds
from hub.rules import CHECKS, Rule
from hub.situation import Situation
from hub.stillness import Stillness
from hub.timetable.lesson import LessonSource
from protocol.events import Fault, Passage, Recovered
from protocol.expiry import Nearness
from protocol.wire import Accord

ONE_DAY = timedelta(days=1)
A_MOMENT = timedelta(milliseconds=1)


class Turn(NamedTuple):
    """What one turn changed."""

    #: Spaces and nodes that were looked at: their state may be another.
    spaces: set[str]
    nodes: set[str]
    alerts: Outcome
    #: Another profile, variant or override came into force.
    is_regime_new: bool
    #: Rooms that have just proven empty: locked and still.
    still: list[str]


class _Standing(NamedTuple):
    """What of a node's presence matters to its spaces."""

    liveness: Liveness
    holds_back: bool
    is_behind: bool
    accord: Accord
    #: What it says of its certificate; matters to the campus alone.
    certificate: Nearness


class DutyOfficer:
    """The whole of the hub's judgement, one turn at a time; called by one thread."""

    def __init__(
        self,
        *,
        campus: Campus,
        presence: Presence,
        regime: Regime,
        lesson_book: LessonSource,
        receivers: Iterable[str] | None,
        now: datetime,
        new_id: Callable[[], str],
        alerts: Iterable[Alert] = (),
        past: Iterable[Alert] = (),
        judged_until: datetime | None = None,
        desk: DeskState | None = None,
        checks: Mapping[str, Rule] = CHECKS,
    ) -> None:
        self.campus = campus
        self.presence = presence
        self.regime = regime
        self.situation = Situation(
            campus, presence, regime, lesson_book, None if receivers is None else frozenset(receivers), now
        )
        self.situation.unjudged_since = judged_until
        self.rounds = Rounds(checks)
        in_force = regime.at(now).limits
        self.desk = Desk(campus.layout, in_force.alerts, new_id, alerts, desk or DeskState())
        self.places = Places(campus.layout)
        self._stillness = Stillness(campus, presence, now)
        self._hindsight = Hindsight(self.situation, past, new_id)
        self._nodes = campus.layout.nodes()
        self._standings: dict[str, _Standing] = {}
        self._node_agenda: Agenda[str] = Agenda()
        self._heard: set[str] = set(self._nodes)
        self._now = self._calendar_due = self._turned_at = now
        self._is_first = True
        #: Doors passed since the last turn.
        self._passed: set[str] = set()

    def observe(self, observed: Observed) -> None:
        """Believe a journal entry, just come or replayed."""
        self.campus.observe(observed)
        places = self.places_of(observed)
        self.rounds.touch(places)
        while self.campus.changed_lives:
            # What the old life said of any channel is no longer true.
            self.rounds.touch(self.places.of_node(self.campus.changed_lives.pop()))
        if observed.event.at > observed.received:
            # Of a clock that is a little ahead: it counts from then on, and nothing else may happen then.
            for place in places:
                self.rounds.look_by(place, observed.event.at + A_MOMENT)
        self._hindsight.note(observed, places)
        if isinstance(observed.event, Passage):
            self._passed.update(place.id for place in places if place.subject is Subject.DOOR)

    def places_of(self, observed: Observed) -> frozenset[Place]:
        """What the entry may change: the places of its channel; a fault, all of the node.

        A fault of a new life of the node takes those of the old one back, whatever channel they were of.
        """
        event = observed.event
        if isinstance(event, Act):
            if event.space not in self.situation.spaces:
                return frozenset()
            # A count teaches the doors of its building, and so the counts of all its spaces.
            counted = isinstance(event, Recount)
            return self.places.around(event.space) if counted else self.places.only(event.space)
        if isinstance(event, Fault | Recovered):
            return self.places.of_node(observed.node)
        return self.places.of_channel(observed.node, event.channel)

    def hear(self, nodes: Iterable[str]) -> None:
        """These nodes said something, or something was said for them."""
        self._heard.update(nodes)

    def set_refusing(self, receivers: frozenset[str]) -> None:
        """These receivers do not work: who is told through them alone is not reached."""
        self.situation.refusing = receivers
        self.rounds.touch((CAMPUS,))

    def set_itself(self, itself: Itself) -> None:
        """Stores that were put back, certificates that end: what is known of them now."""
        if itself != self.situation.itself:
            self.situation.itself = itself
            self.rounds.touch((CAMPUS,))

    def look_at_everything(self) -> None:
        """Nothing seen before counts: the next turns look at every place, some at a time."""
        self.rounds.touch_all(self.places.in_order)

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: how long things have lasted stays what it was."""
        self.presence.shift(by)
        self.situation.clock_was_set(by)
        self.rounds.shift(by)
        self.situation.trusts.shift(by)
        self._stillness.shift(by)
        self._node_agenda.shift(by)
        self.desk.shift(by)
        self._calendar_due = min(self._calendar_due, self._calendar_due + by)
        self.look_at_everything()

    def turn(self, now: datetime) -> Turn:
        """Look at what has changed or whose time has come, and work out what follows."""
        self._turned_at = now
        is_regime_new = self._look_at_calendar(now)
        self._look_at_doors(now)
        nodes = self._look_at_nodes(now)
        seen = self.rounds.walk(self.situation, now)
        spaces = {place.id for place in seen.visited if place.subject is Subject.SPACE}
        for space in spaces:
            again = self.situation.changes_at(space, now)
            if again is not None and again > now:
                self.rounds.look_by(Place(Subject.SPACE, space), again)
        nodes.update(place.id for place in seen.visited if place.subject is Subject.NODE)
        still = self._stillness.look(now)
        outcome = self._correct(self.desk.step(self.rounds.findings, seen.touched, now), now)
        return Turn(spaces, nodes, outcome, is_regime_new, still)

    def _correct(self, outcome: Outcome, now: datetime) -> Outcome:
        """What came late corrects alerts that are past or open; nobody is told."""
        self._hindsight.remember(outcome.changed)
        corrected = self._hindsight.correct(self.desk.alerts.values(), now)
        if not corrected.alerts:
            return outcome
        self.desk.put_corrected(one for one in corrected.alerts if one.closed_at is None)
        changed = {one.id: one for one in (*outcome.changed, *corrected.alerts)}
        transitions = [*outcome.transitions, *corrected.transitions]
        return outcome._replace(changed=list(changed.values()), transitions=transitions)

    def next_turn(self) -> datetime:
        """When the next turn is needed if nothing happens."""
        if self.rounds.is_behind:
            return self._turned_at
        instants = (
            self.rounds.due_at(),
            self.desk.due_at(),
            self._node_agenda.next(),
            self.situation.trusts.due_at(),
            self._stillness.due_at(),
            self._calendar_due,
        )
        return min(at for at in instants if at is not None)

    def _look_at_calendar(self, now: datetime) -> bool:
        """A new campus day, a switch of the profile, the start or end of an override."""
        if now < self._calendar_due and not self._is_first:
            return False
        day_before = self.campus.day_of(now - ONE_DAY if self._is_first else self._now)
        if day_before != self.campus.day_of(now):
            self.situation.trusts.end_day(day_before, now)
        self._now = now
        is_new = self.situation.renew(now)
        if is_new:
            self.desk.set_rules(self.situation.profile.alerts)
            # Open alerts are graded at this turn: by what the new limits find, not by what the old ones did.
            self.rounds.touch_found()
        change = self.regime.next_change(now)
        day = self.campus.next_day(now)
        self._calendar_due = day if change is None else min(day, change)
        if self._is_first:
            # At once: an alert from before must not end because its place has not been looked at yet.
            self.rounds.touch(self.places.all)
        else:
            self.look_at_everything()
        self._is_first = False
        return is_new

    def _look_at_doors(self, now: datetime) -> None:
        """Doors of which something else is thought: their spaces are looked at."""
        trusts = self.situation.trusts
        trusts.passed(self._passed, now)
        self._passed = set()
        for door in trusts.look(now):
            self.rounds.touch(self.places.at_door(door))

    def _look_at_nodes(self, now: datetime) -> set[str]:
        """Nodes that were heard, or whose patience is over: their spaces are looked at where it matters."""
        nodes = self._heard.union(self._node_agenda.due(now))
        self._heard = set()
        for node in nodes:
            presence = self.presence
            one = presence.nodes.get(node)
            health = None if one is None else one.health
            standing = _Standing(
                presence.liveness(node, now),
                presence.holds_back(node),
                presence.is_behind(node, now),
                presence.accord(node),
                Nearness.FAR if health is None else said_by_node(health.faults),
            )
            if self._standings.get(node) != standing:
                self._standings[node] = standing
                self.rounds.touch(self.places.of_node(node))
                self.rounds.touch((CAMPUS,))
            again = self.presence.changes_at(node, now)
            if again is not None and again > now:
                self._node_agenda.put(node, again)
        return nodes
