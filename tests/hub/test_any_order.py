"""However events come, twice, late and in whatever order, the campus and its board end the same."""

import os
import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.acts import AnyAct, AnyEntry, Hold, Recount, TaskWord
from hub.campus import Campus, Observed
from hub.layout import PEOPLE, Layout, Sensor, SensorKind
from hub.presence import Presence
from hub.regime.schedule import Regime
from hub.situation import Situation
from hub.timetable.lesson_book import LessonBook
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
from tests.builders import EPOCH, OTHER_EPOCH, a_layout, at, shipped_profile

#: Sequences tried; KUZET_SEQUENCES=10000 for a release.
SEQUENCES = int(os.environ.get("KUZET_SEQUENCES", "500"))
#: What is late is at most so late.
SPAN_S = 72 * 3600


def layout() -> Layout:
    sensors = (
        Sensor(id="button", node="room-node", channel="button", kind=SensorKind.BUTTON, space="room"),
        Sensor(id="air", node="room-node", channel="air", kind=SensorKind.AIR, space="room"),
        Sensor(id="window", node="room-node", channel="window", kind=SensorKind.WINDOW, space="room"),
        Sensor(id="dispenser", node="entrance", channel="gel", kind=SensorKind.DISPENSER, door="entrance"),
    )
    return a_layout(sensors=sensors, profile="kz-2020-order-345-381")


LAYOUT = layout()
REGIME = Regime({LAYOUT.profile: shipped_profile()}, LAYOUT)


def event(draw: st.DrawFn, kind: str, seq: int) -> AnyEvent:
    when = at(draw(st.integers(0, SPAN_S - 1)) if draw(st.booleans()) else draw(st.integers(0, 3 * 3600)))
    fields: dict[str, Any] = {"seq": seq, "at": when}
    if kind == "passage":
        return Passage(
            channel="door",
            direction=draw(st.sampled_from(Direction)),
            people=draw(st.integers(1, 6)),
            **fields,
        )
    if kind == "treatment":
        return Treatment(
            channel="button",
            task=draw(st.sampled_from(Task)),
            action=draw(st.sampled_from(Action)),
            proof=draw(st.sampled_from(Proof)),
            **fields,
        )
    if kind == "air":
        return Air(channel="air", co2_ppm=float(draw(st.integers(380, 2500))), **fields)
    if kind == "contact":
        return Contact(channel="window", open=draw(st.booleans()), **fields)
    fields |= {"channel": draw(st.sampled_from(["door", "air"])), "component": "part", "code": "stuck"}
    return (Fault if kind == "fault" else Recovered)(**fields)


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, str, AnyEntry]]:
    """What a room's node saw, in two lives of its outbox, what the entrance saw, what people did."""
    kinds = st.sampled_from(["passage", "passage", "passage", "treatment", "air", "contact", "fault", "well"])
    told: list[tuple[str, str, AnyEntry]] = []
    for epoch in (EPOCH, OTHER_EPOCH):
        for seq, kind in enumerate(draw(st.lists(kinds, max_size=14)), 1):
            told.append(("room-node", epoch, event(draw, kind, seq)))
    for seq in range(1, draw(st.integers(0, 6)) + 1):
        when, verdict = at(draw(st.integers(0, SPAN_S - 1))), draw(st.sampled_from(Verdict))
        told.append(
            ("entrance", EPOCH, Screening(seq=2 * seq, at=when, channel="thermometer", verdict=verdict))
        )
        level = draw(st.none() | st.floats(0.0, 1.0))
        told.append(("entrance", EPOCH, Dispense(seq=2 * seq - 1, at=when, channel="gel", level=level)))
    for seq in range(1, draw(st.integers(0, 5)) + 1):
        told.append((PEOPLE, "0" * 26, act(draw, seq)))
    return told


def act(draw: st.DrawFn, seq: int) -> AnyAct:
    when = at(draw(st.integers(0, 3 * 3600)))
    if draw(st.booleans()):
        net_before = draw(st.none() | st.integers(-3, 6))
        return Recount(seq=seq, at=when, space="room", count=draw(st.integers(0, 9)), net_before=net_before)
    if draw(st.booleans()):
        return Hold(seq=seq, at=when, space="room", on=draw(st.booleans()))
    return TaskWord(
        seq=seq,
        at=when,
        space="room",
        task=draw(st.sampled_from(Task)),
        action=draw(st.sampled_from(Action)),
        reason=draw(st.sampled_from(["", "the caretaker says so"])),
    )


class Hub:
    """The fold and what is derived from it; looked at now and then, as the hub does."""

    def __init__(self) -> None:
        self.campus = Campus(LAYOUT)
        self.presence = Presence(at(0))
        self.situation = Situation(self.campus, self.presence, REGIME, LessonBook(LAYOUT), frozenset(), at(0))
        self._known: set[tuple[str, str, int]] = set()

    def take(self, node: str, epoch: str, entry: AnyEntry) -> None:
        """As the journal does: once, however often it comes."""
        if (node, epoch, entry.seq) in self._known:
            return
        self._known.add((node, epoch, entry.seq))
        self.campus.observe(Observed(len(self._known), node, epoch, at(SPAN_S), entry))

    def look(self, seconds: int) -> dict[str, Any]:
        now = at(seconds)
        for node in LAYOUT.nodes():
            self.presence.hear(node, now)
        self.situation.renew(now)
        states = {space.id: self.situation.state(space.id, now) for space in LAYOUT.spaces}
        # Since when a door has been in doubt is not in the journal: what was owed then is as it was noticed.
        return {
            id: replace(state, tasks=()) if state.occupancy is None else state for id, state in states.items()
        }

    def belief(self) -> Any:
        """All that is believed, but for when and in which order it came."""
        state = msgspec.to_builtins(self.campus.state)
        for post in state["posts"].values():
            post["elevated"] = [one["at"] for one in post["elevated"]]
        return state


@pytest.mark.timeout(120 + SEQUENCES * 0.2)
@settings(max_examples=SEQUENCES, deadline=None)
@given(stories(), st.integers(0, 2**32), st.lists(st.integers(0, SPAN_S), max_size=4))
def test_any_order_and_any_repetition_give_the_same_campus_and_board(
    story: list[tuple[str, str, AnyEntry]], seed: int, looks: list[int]
) -> None:
    chance = random.Random(seed)
    in_order, mixed = Hub(), Hub()
    for one in sorted(story, key=lambda one: (one[2].at, one[0], one[1], one[2].seq)):
        in_order.take(*one)
    jumbled = story + chance.sample(story, len(story) // 2)
    chance.shuffle(jumbled)
    for i, one in enumerate(jumbled):
        mixed.take(*one)
        for seconds in looks[i : i + 1]:
            mixed.look(seconds)
    assert mixed.belief() == in_order.belief()
    for seconds in (1800, 3 * 3600 + 60, 30 * 3600, SPAN_S + 60):
        assert mixed.look(seconds) == in_order.look(seconds)


def test_late_events_find_their_day() -> None:
    hub = Hub()
    hub.take("room-node", EPOCH, Passage(seq=2, at=at(26 * 3600), channel="door", direction=Direction.IN))
    hub.take("room-node", EPOCH, Passage(seq=1, at=at(0), channel="door", direction=Direction.IN, people=3))
    days = hub.campus.state.spaces["room"]
    assert sorted(page.entered for page in days.values()) == [1, 3]
    assert len(days) == 2
    assert timedelta(seconds=SPAN_S).days == 3
