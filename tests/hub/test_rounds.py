"""Looking only where something changed finds what looking everywhere would."""

import random
from datetime import datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.acts import AnyEntry
from hub.campus import Campus, Observed
from hub.duty_officer import DutyOfficer
from hub.presence import Presence
from hub.rules import find_all
from hub.rules.finding import Finding
from hub.timetable.lesson_book import LessonBook
from tests.builders import at
from tests.hub.test_any_order import LAYOUT, REGIME, SPAN_S, stories

#: Estimates grow with every second and are looked at once a minute.
ESTIMATED = ("ventilation-need",)
CLOCK_S = 3 * 3600


class Watch:
    """A duty officer who looks only where he must."""

    def __init__(self) -> None:
        ids = count(1)
        self.now = at(0)
        self._presence = Presence(self.now)
        self._position = count(1)
        self.officer = DutyOfficer(
            campus=Campus(LAYOUT),
            presence=self._presence,
            regime=REGIME,
            lesson_book=LessonBook(LAYOUT),
            receivers=(),
            now=self.now,
            new_id=lambda: f"alert-{next(ids)}",
        )

    def hear(self, *nodes: str) -> None:
        for node in nodes:
            self._presence.hear(node, self.now)
        self.officer.hear(nodes)

    def see(self, node: str, epoch: str, entry: AnyEntry) -> None:
        self.officer.observe(Observed(next(self._position), node, epoch, self.now, entry))

    def wait_until(self, then: datetime) -> None:
        while (due := self.officer.next_turn()) <= then:
            self.now = max(due, self.now)
            self.officer.turn(self.now)
        self.now = then
        self.officer.turn(then)

    def by_rounds(self) -> dict[tuple[str, str], Finding]:
        found = self.officer.rounds.findings
        return {key: one for key, one in found.items() if one.rule not in ESTIMATED}

    def by_looking_everywhere(self) -> dict[tuple[str, str], Finding]:
        found = find_all(self.officer.situation, self.now)
        return {(one.rule, one.subject): one for one in found if one.rule not in ESTIMATED}


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**32))
def test_rounds_find_what_looking_everywhere_would(story: list[tuple[str, str, AnyEntry]], seed: int) -> None:
    chance = random.Random(seed)
    watch = Watch()
    for node, epoch, entry in sorted(story, key=lambda one: chance.random()):
        # What is of a later day comes then: nothing is of the future.
        came = max(watch.now, entry.at if entry.at <= at(CLOCK_S) else watch.now)
        watch.wait_until(came + timedelta(seconds=chance.randrange(300)))
        watch.hear(*chance.sample(LAYOUT.nodes(), chance.randrange(3)))
        if entry.at <= watch.now:
            watch.see(node, epoch, entry)
        watch.officer.turn(watch.now)
        assert watch.by_rounds() == watch.by_looking_everywhere()
    watch.wait_until(watch.now + timedelta(seconds=chance.randrange(SPAN_S)))
    assert watch.by_rounds() == watch.by_looking_everywhere()
