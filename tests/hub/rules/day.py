"""A campus that has just begun to be heard, and what one rule finds on it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.acts import Hold, Recount
from hub.campus import Campus, Observed
from hub.layout import PEOPLE, Layout
from hub.presence import Presence
from hub.regime.profile import Profile
from hub.regime.schedule import Regime
from hub.rules import CHECKS, find_all, subjects_of
from hub.rules.finding import Finding, Later
from hub.situation import Situation
from hub.timetable.lesson import Lesson, Lessons
from protocol.events import AnyEvent
from protocol.messages import Hello
from tests.builders import EPOCH, a_layout, at, observed
from tests.hub.regime.regimes import shipped


class SomeLessons:
    """A timetable that is the same on every day."""

    def __init__(self, lessons: Lessons) -> None:
        self._lessons = lessons

    def around(self, now: datetime) -> Lessons:
        return self._lessons


class Day:
    """A campus under the shipped order, or another profile, seen one event after the other."""

    def __init__(
        self,
        layout: Layout | None = None,
        profile: Profile | dict[str, Profile] | None = None,
        *lessons: Lesson,
    ) -> None:
        self.layout = layout or a_layout()
        self.campus = Campus(self.layout)
        self.presence = Presence(at(0))
        # One profile alone is called as the campus calls it.
        named = profile if isinstance(profile, dict) else {self.layout.profile: profile or shipped()}
        self.regime = Regime(named, self.layout)
        self.lessons = Lessons(lessons, ZoneInfo(self.layout.timezone))
        self.situation = self._look(at(0))
        self._position = 0

    def see(self, node: str, *events: AnyEvent, seconds: float = 0) -> "Day":
        """The node was heard, and saw this."""
        self.presence.hear(node, at(seconds))
        for event in events:
            self._position += 1
            one = observed(event, node=node, position=self._position, received=at(seconds))
            self.campus.observe(one)
        return self

    def decide(self, act: Hold | Recount) -> "Day":
        """Somebody decided this."""
        self._position += 1
        self.campus.observe(Observed(self._position, PEOPLE, EPOCH, act.at, act))
        return self

    def promise(self, node: str, every_s: float, seconds: float = 0) -> "Day":
        """The node said how often it speaks."""
        hello = Hello(software="1", config_hash="x", epoch=EPOCH, seq=0, health_every_s=every_s)
        self.presence.hear_hello(node, hello, at(seconds), retained=False)
        return self

    def hear(self, *nodes: str, seconds: float) -> "Day":
        """The nodes are alive."""
        for node in nodes or self.layout.nodes():
            self.presence.hear(node, at(seconds))
        return self

    def find(self, rule: str, seconds: float = 1) -> list[Finding]:
        """What the rule finds about every subject of its kind."""
        return [one for one in self.look(rule, seconds) if isinstance(one, Finding)]

    def laters(self, rule: str, seconds: float = 1) -> list[float]:
        """When the rule wants to look again, seconds of the day, those to come only."""
        laters = [one.at for one in self.look(rule, seconds) if isinstance(one, Later)]
        return sorted({(one - at(0)) / timedelta(seconds=1) for one in laters if one > at(seconds)})

    def look(self, rule: str, seconds: float) -> list[Finding | Later]:
        self.situation.renew(at(seconds))
        kind = CHECKS[rule].subject
        return [
            one
            for subject in subjects_of(self.layout)[kind]
            for one in CHECKS[rule].check(self.situation, subject, at(seconds))
        ]

    def find_all(self, seconds: float) -> list[Finding]:
        """What every rule finds."""
        self.situation.renew(at(seconds))
        return find_all(self.situation, at(seconds))

    def _look(self, now: datetime) -> Situation:
        return Situation(self.campus, self.presence, self.regime, SomeLessons(self.lessons), frozenset(), now)


def a_lesson(begins_min: float, lasts_min: float, **changes: Any) -> Lesson:
    """A lesson in the room, minutes after the morning began."""
    start = at(60 * begins_min)
    fields: dict[str, Any] = {"space": "room", "start": start, "end": start + timedelta(minutes=lasts_min)}
    return Lesson(**{**fields, **changes})
