"""What late passages say of past alerts: the corrected record in, corrections and missed alerts out. Pure.

Nothing here rings: what is over is corrected, shown and kept.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hub.acts import Act
from hub.alerts.alert import Alert, Transition
from hub.alerts.late_truth import mark_late, missed
from hub.campus import Observed
from hub.counts.space_day import SpaceDay
from hub.places import Place, Subject
from hub.regime.capacity import capacity_of
from hub.regime.closed import closed_by
from hub.rules import over_capacity
from hub.rules.finding import Finding
from hub.situation import Situation
from protocol.events import Passage

#: Further apart than this, happening and arriving are two things.
LATE = timedelta(minutes=2)
#: Alerts that ended longer ago are not looked at again: later than that nothing is promised.
KEEPS = timedelta(days=5)
#: Shorter stretches are not told apart by a record of minutes.
SHORTEST_MIN = 2


class Corrected(NamedTuple):
    """Past alerts as the record has them now."""

    alerts: list[Alert]
    transitions: list[Transition]


class Hindsight:
    """Remembers which rooms got late passages, and the alerts of the last days."""

    def __init__(self, situation: Situation, past: Iterable[Alert], new_id: Callable[[], str]) -> None:
        self._situation = situation
        self._new_id = new_id
        self._past: dict[str, Alert] = {
            one.id: one for one in past if one.rule == over_capacity.RULE and one.closed_at is not None
        }
        #: Rooms and campus days that late passages have changed.
        self._late: set[tuple[str, str]] = set()

    def note(self, observed: Observed, places: Iterable[Place]) -> None:
        """An entry came; if it came late, its rooms are looked at again."""
        event = observed.event
        if isinstance(event, Act) or not isinstance(event, Passage):
            return
        if observed.received - event.at > LATE:
            day = self._situation.campus.day_of(event.at)
            self._late.update((one.id, day) for one in places if one.subject is Subject.SPACE)

    def remember(self, changed: Iterable[Alert]) -> None:
        """Alerts that have just ended."""
        for one in changed:
            if one.closed_at is not None and one.fired_at is not None and one.rule == over_capacity.RULE:
                self._past[one.id] = one

    def correct(self, open_alerts: Iterable[Alert], now: datetime) -> Corrected:
        """The alerts that the corrected record says otherwise of; open ones too, their state untouched."""
        found = Corrected([], [])
        if not self._late:
            return found
        late, self._late = self._late, set()
        self._past = {
            key: one
            for key, one in self._past.items()
            if one.closed_at is not None and now - one.closed_at < KEEPS
        }
        known = [*self._past.values(), *(one for one in open_alerts if one.rule == over_capacity.RULE)]
        for space, day in sorted(late):
            page = self._situation.campus.state.spaces.get(space, {}).get(day)
            if page is None or page.is_closed or space not in self._situation.spaces:
                continue
            about = [one for one in known if one.space == space and not one.is_drill]
            self._mark(space, day, page, about, found, now)
            self._miss(space, page, about, found, now)
        return found

    def _mark(
        self, space: str, day: str, page: SpaceDay, about: list[Alert], found: Corrected, now: datetime
    ) -> None:
        for alert in about:
            if alert.fired_at is None or self._situation.campus.day_of(alert.fired_at) != day:
                continue
            value = _most_at(page, alert.fired_at)
            limit = alert.limit if alert.limit is not None else self._situation.capacity[space].value
            after, transitions = mark_late(alert, is_held=value > limit, value=float(value), now=now)
            self._take(after, transitions, found)

    def _miss(self, space: str, page: SpaceDay, about: list[Alert], found: Corrected, now: datetime) -> None:
        """Stretches over the limit that nobody knew of then; one that goes on is the rule's, not ours."""
        room = self._situation.spaces[space]
        limits = self._situation.regime.limits(space, _instant(page.last))
        cap = capacity_of(room, limits)
        if closed_by(room, limits) is not None:
            return
        rule = self._situation.profile.alerts[over_capacity.RULE]
        least_min = max(SHORTEST_MIN, -(-int(rule.fire_after.seconds) // 60))
        for begins, ends, most in _stretches(page, cap.value):
            began, ended = _instant(begins), _instant(ends)
            if ends - begins < least_min or ended > now - LATE or _is_known(about, began, ended):
                continue
            finding = Finding(
                rule=over_capacity.RULE,
                subject=space,
                label=room.code,
                space=space,
                building=room.building,
                value=most,
                limit=cap.value,
                limit_rule=cap.limit,
                clause=cap.clause,
            )
            alert, transitions = missed(self._new_id(), finding, began, ended, rule, now)
            about.append(alert)
            self._take(alert, transitions, found)

    def _take(self, alert: Alert, transitions: list[Transition], found: Corrected) -> None:
        if not transitions:
            return
        if alert.closed_at is not None:
            self._past[alert.id] = alert
        found.alerts.append(alert)
        found.transitions.extend(transitions)


def _most_at(page: SpaceDay, at: datetime) -> int:
    """The most that may have been inside in the minute of `at`: nobody knows who was first in it."""
    minute, inside = int(at.timestamp()) // 60, 0
    for step in page.steps(0):
        if step.minute > minute:
            break
        if step.minute == minute:
            return max(inside + step.ins, step.inside)
        inside = step.inside
    return inside


def _stretches(page: SpaceDay, limit: int) -> Iterator[tuple[int, int, int]]:
    """Minutes [begins, ends) over the limit, and the most people in them; one without end is left out."""
    begins: int | None = None
    most = 0
    for step in page.steps(0):
        if step.inside > limit:
            begins = step.minute if begins is None else begins
            most = max(most, step.inside)
        elif begins is not None:
            yield begins, step.minute, most
            begins, most = None, 0


def _is_known(about: Iterable[Alert], began: datetime, ended: datetime) -> bool:
    """Whether an alert is about this stretch."""
    for alert in about:
        over = alert.resolved_at or alert.closed_at
        if alert.since <= ended + LATE and (over is None or over >= began - LATE):
            return True
    return False


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
