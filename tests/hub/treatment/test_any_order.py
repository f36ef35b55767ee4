from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.layout import SensorKind, SpaceKind
from hub.treatment.view import RoomTreatment
from protocol.events import Action, Proof, Task
from tests.hub.treatment.rooms import DAY, EPOCH, Story, limits

START_MS = (DAY - EPOCH) // timedelta(milliseconds=1)
START = START_MS // 60_000
#: The stories last three hours, so that much happens close together.
SPAN_S = 3 * 3600
TASKS = (Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION)


class Told(NamedTuple):
    """One input of a story; `at_s` and `seq` name it."""

    what: str
    at_s: int
    seq: int
    number: int
    flag: bool
    task: Task
    action: Action
    proof: Proof


NOTHING = Told("nothing", 0, 0, 0, False, Task.AIRING, Action.DONE, Proof.TAG)


def tell(story: Story, one: Told) -> None:
    at_ms = START_MS + one.at_s * 1000
    day, follower = story.day, story.follower
    match one.what:
        case "pass":
            ins, outs = (one.number, 0) if one.flag else (0, one.number)
            story.passed(START + one.at_s // 60, ins, outs)
        case "recount":
            story.recount(START + one.at_s // 60, one.number % 4)
        case "air":
            follower.touch(day.air(START + one.at_s // 60, 350 + one.number * 100))
        case "hold":
            follower.touch(day.hold(at_ms, one.seq, on=one.flag))
        case "contact":
            kind = SensorKind.WINDOW
            touched = day.contact(at_ms, "n", "E", one.seq, sensor="w", kind=kind, is_open=one.flag)
            follower.touch(touched)
        case "word":
            reason = "because" if one.number > 10 else ""
            touched = day.word(at_ms, one.seq, task=one.task, action=one.action, reason=reason)
            follower.touch(touched)
        case "node":
            touched = day.treatment(
                at_ms, "n", "E", one.seq, task=one.task, action=one.action, proof=one.proof
            )
            follower.touch(touched)
        case "silent":
            story.doubts.append((at_ms, at_ms + one.number * 60_000))
            follower.touch(at_ms)


USUAL = [
    Told("pass", 0, 101, 9, True, Task.AIRING, Action.DONE, Proof.TAG),
    Told("pass", 1200, 102, 9, False, Task.AIRING, Action.DONE, Proof.TAG),
    Told("pass", 1500, 103, 1, True, Task.AIRING, Action.DONE, Proof.TAG),
    Told("word", 1800, 104, 12, True, Task.SURFACES, Action.DONE, Proof.TAG),
    Told("pass", 1860, 105, 1, False, Task.AIRING, Action.DONE, Proof.TAG),
    Told("word", 2000, 106, 1, True, Task.AIR_DISINFECTION, Action.STARTED, Proof.TAG),
    Told("node", 4000, 107, 1, True, Task.AIR_DISINFECTION, Action.DONE, Proof.SENSOR),
]


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(
                    (*["pass"] * 5, "recount", "air", "hold", "contact", "word", "word", "node", "silent")
                ),
                st.integers(0, SPAN_S),
                st.integers(1, 12),
                st.booleans(),
                st.sampled_from(TASKS),
                st.sampled_from(Action),
                st.sampled_from(Proof),
            ),
            max_size=40,
        )
    )
    told = [Told(what, at, seq, *rest) for seq, (what, at, *rest) in enumerate(rows, start=1)]
    # A lesson of 20 min, somebody who goes in after it, and a lamp, so that there is something to be spoiled.
    usual = draw(st.integers(0, len(USUAL)))
    return told + USUAL[:usual]


KINDS = st.sampled_from(
    (SpaceKind.CLASSROOM, SpaceKind.CLASSROOM, SpaceKind.CORRIDOR, SpaceKind.CANTEEN, SpaceKind.OFFICE)
)


def a_story(kind: SpaceKind = SpaceKind.CLASSROOM) -> Story:
    return Story(limits(after_use=(Task.AIRING, Task.SURFACES, Task.AIR_DISINFECTION)), kind)


def told(some: Iterable[Told], kind: SpaceKind = SpaceKind.CLASSROOM) -> Story:
    story = a_story(kind)
    for one in some:
        tell(story, one)
    return story


def look(story: Story, at_s: float) -> RoomTreatment:
    return story.follower.view(story.day, story.steps, story.doubts, DAY + timedelta(seconds=at_s))


def anew(story: Story, at_s: float) -> RoomTreatment:
    return story.fresh().view(story.day, story.steps, story.doubts, DAY + timedelta(seconds=at_s))


@settings(max_examples=150, deadline=None)
@given(some=stories(), data=st.data())
def test_any_order_and_repetition_gives_one_view(some: list[Told], data: st.DataObject) -> None:
    other = data.draw(st.permutations(some))
    # Passages come once: the journal sees to that before the counts.
    again = data.draw(st.lists(st.sampled_from([NOTHING, *some]), max_size=10))
    other += [one for one in again if one.what not in ("pass", "silent")]
    when, kind = data.draw(st.integers(0, SPAN_S + 3600)), data.draw(KINDS)
    assert look(told(some, kind), when) == look(told(other, kind), when)


@settings(max_examples=150, deadline=None)
@given(some=stories(), looks=st.lists(st.integers(0, SPAN_S + 3600), min_size=1, max_size=5), data=st.data())
def test_follower_shows_what_a_fresh_fold_shows(
    some: list[Told], looks: list[int], data: st.DataObject
) -> None:
    # Half in order, as in life; half in any.
    ordered = data.draw(st.one_of(st.just(sorted(some, key=lambda one: one.at_s)), st.permutations(some)))
    story = a_story(data.draw(KINDS))
    for i, one in enumerate(ordered):
        tell(story, one)
        when = data.draw(st.sampled_from((one.at_s, one.at_s + 59, looks[i % len(looks)])))
        assert look(story, when) == anew(story, when)


@settings(max_examples=150, deadline=None)
@given(some=stories())
def test_nothing_that_needs_an_empty_room_is_done_in_one_that_is_not_or_unknown(some: list[Told]) -> None:
    story = told(some)
    done = set()
    for when in range(0, SPAN_S + 7200, 300):
        view = look(story, when)
        done |= {
            one.done_at
            for one in view.tasks
            if one.done_at is not None and one.task in (Task.SURFACES, Task.AIR_DISINFECTION)
        }
    for at in done:
        at_ms = (at - EPOCH) // timedelta(milliseconds=1)
        # What begins at the very instant comes after it.
        before = [step for step in story.steps() if step.minute * 60_000 < at_ms]
        assert not before or before[-1].inside == 0
        assert not any(begins < at_ms < (ends or at_ms + 1) for begins, ends in story.doubts)


@settings(max_examples=150, deadline=None)
@given(some=stories(), when=st.integers(0, SPAN_S), share=st.floats(0.01, 0.99), kind=KINDS)
def test_nothing_changes_before_the_instant_the_view_names(
    some: list[Told], when: int, share: float, kind: SpaceKind
) -> None:
    # Only what has happened by then: what comes later changes it by itself.
    story = told((one for one in some if one.at_s <= when and one.what != "silent"), kind)
    view = look(story, when)
    again_s = SPAN_S * 3 if view.again_at is None else (view.again_at - DAY).total_seconds()
    assert again_s > when or view.again_at is None
    assert look(story, when + (again_s - when) * share) == view
    assert anew(story, when + (again_s - when) * share) == view


def test_corridor_in_any_order() -> None:
    story = Story(kind=SpaceKind.CORRIDOR)
    story.window("9:10", True).enter("9:00", 5)
    assert story.at("9:45") == story.folded_anew("9:45")
