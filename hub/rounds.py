"""A watchman's rounds: every rule looks at what has changed or whose time has come, at nothing else. Pure.

The result is what looking at everything would give; `tests/hub/test_rounds.py` compares the two.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.agenda import Agenda
from hub.places import Place, Subject
from hub.rules import Rule
from hub.rules.finding import Finding, Later
from hub.situation import Situation

Key = tuple[str, str]
#: Places looked at in one walk when everything is to be looked at: some 30 ms, see `kuzet bench rules`.
A_WALK = 300


class Round(NamedTuple):
    """What one round saw."""

    visited: set[Place]
    #: Alerts-to-be whose finding came, went or changed.
    touched: set[Key]


class Rounds:
    """What every rule finds at this moment, kept up by looking only where it may have changed."""

    def __init__(self, checks: Mapping[str, Rule]) -> None:
        self._checks: dict[Subject, list[Rule]] = defaultdict(list)
        for rule in checks.values():
            self._checks[rule.subject].append(rule)
        self.findings: dict[Key, Finding] = {}
        self._of: dict[Place, dict[Key, Finding]] = {}
        self._waiting: set[Place] = set()
        #: To be looked at as time allows, in this order.
        self._by_and_by: deque[Place] = deque()
        self._agenda: Agenda[Place] = Agenda()

    def touch(self, places: Iterable[Place]) -> None:
        """Something about these has changed."""
        self._waiting.update(places)

    def touch_all(self, places: Iterable[Place]) -> None:
        """Everything may have changed (a start, a new day, another profile): some places a walk."""
        there = set(self._by_and_by)
        self._by_and_by.extend(place for place in places if place not in there)

    def touch_found(self) -> None:
        """What is found may have changed: look at once wherever something is."""
        self._waiting.update(self._of)

    @property
    def is_behind(self) -> bool:
        """Whether places still wait that the last walk had no time for."""
        return bool(self._by_and_by)

    def look_by(self, place: Place, at: datetime) -> None:
        """Look at `place` no later than `at`."""
        self._agenda.put_by(place, at)

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much."""
        self._agenda.shift(by)

    def due_at(self) -> datetime | None:
        """When the next round is needed by time alone; None: not before something happens."""
        return self._agenda.next()

    def walk(self, situation: Situation, now: datetime) -> Round:
        """Look at everything that waits."""
        visited = self._waiting.union(self._agenda.due(now))
        self._waiting = set()
        room = max(A_WALK // 10, A_WALK - len(visited))
        for _ in range(min(room, len(self._by_and_by))):
            visited.add(self._by_and_by.popleft())
        touched: set[Key] = set()
        for place in visited:
            touched |= self._look(place, situation, now)
        return Round(visited, touched)

    def _look(self, place: Place, situation: Situation, now: datetime) -> set[Key]:
        found: dict[Key, Finding] = {}
        again: datetime | None = None
        for rule in self._checks.get(place.subject, ()):
            for one in rule.check(situation, place.id, now):
                if isinstance(one, Later):
                    again = one.at if again is None else min(again, one.at)
                else:
                    found[one.rule, one.subject] = one
        if again is not None and again > now:
            self._agenda.put_by(place, again)
        before = self._of.get(place, {})
        if found == before:
            return set()
        touched = {key for key in found.keys() | before.keys() if found.get(key) != before.get(key)}
        for key in before.keys() - found.keys():
            self.findings.pop(key, None)
        self.findings.update(found)
        if found:
            self._of[place] = found
        else:
            self._of.pop(place, None)
        return touched
