"""Whatever is found, taken, shelved and silenced in whatever order: what must always hold."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.alerts.alert import Change, Transition
from hub.alerts.drill import Drill, DrillKind
from hub.alerts.notification import Notification, Reason
from protocol.messages import AlertState
from tests.builders import at
from tests.hub.alerts.stories import (
    BATTERY,
    DARK,
    FEVER,
    OVER,
    SILENT,
    Story,
    a_campus,
    a_silence,
    at_capacity,
)
from tests.hub.alerts.stories import RULES as GRADED

FINDINGS = (
    OVER,
    at_capacity(),
    replace(OVER, subject="far", space="far"),
    FEVER,
    # Somebody else, later: after an acknowledgement that is another alert.
    replace(FEVER, newest_at=at(1000)),
    replace(FEVER, newest_at=at(5000)),
    SILENT,
    DARK,
    BATTERY,
)
RULES = ("over-capacity", "elevated-screening", "silent-node", "silent-building", "battery")
KINDS = ("ack", "shelve", "silence", "unsilence", "wait", "restart", "drill", "switch")
#: What may follow what, of one alert.
FOLLOWS: dict[Change | None, set[Change]] = {
    None: {Change.BEGAN},
    Change.BEGAN: {Change.FIRED, Change.DROPPED},
    Change.FIRED: {Change.RESOLVED, Change.ACKED},
    Change.RETURNED: {Change.RESOLVED, Change.ACKED},
    Change.RESOLVED: {Change.RETURNED, Change.ACKED, Change.CLOSED},
    # A second fever closes the alert that was taken.
    Change.ACKED: {Change.RESOLVED, Change.CLOSED},
    Change.DROPPED: set(),
    Change.CLOSED: set(),
}
BESIDE = {
    Change.AGAIN,
    Change.MUTED,
    Change.UNMUTED,
    Change.SKIPPED,
    Change.UNREACHED,
    Change.CORRECTED,
    Change.REGRADED,
    Change.RAISED,
}
MUTED, UNMUTED = {Change.MUTED}, {Change.UNMUTED}
BEGIN_A_ROUND = {Change.FIRED, Change.RETURNED, Change.UNMUTED, Change.AGAIN, Change.RAISED}
CALLS = {Reason.FIRED, Reason.DRILL, Reason.ESCALATED}


class Deed(NamedTuple):
    """One thing that happens, so long after the last."""

    wait_s: float
    what: str
    which: int
    found: tuple[int, ...]


DEEDS = st.lists(
    st.builds(
        Deed,
        st.sampled_from((0.0, 1.0, 9.0, 30.0, 200.0, 1000.0, 9000.0)),
        st.sampled_from(
            (
                "find",
                "find",
                "find",
                "ack",
                "shelve",
                "silence",
                "unsilence",
                "wait",
                "restart",
                "drill",
                "switch",
            )
        ),
        st.integers(0, 4),
        st.lists(st.integers(0, len(FINDINGS) - 1), max_size=5, unique=True).map(tuple),
    ),
    max_size=25,
)


def do(story: Story, deed: Deed, seconds: float) -> None:
    rule = RULES[deed.which]
    has_alert = any(alert.rule == rule for alert in story.book.values())
    match deed.what:
        case "find":
            # The last of two findings of one subject is what holds.
            story.find(seconds, *(FINDINGS[n] for n in deed.found))
        case "ack" if has_alert:
            story.acknowledge(seconds, rule)
        case "shelve" if has_alert:
            story.shelve(seconds, rule, 15 * deed.which)
        case "silence":
            starts, ends = story.at(seconds), story.at(seconds + 1800)
            story.silence(seconds, a_silence(rule=rule, building="a", starts=starts, ends=ends))
        case "unsilence":
            story.unsilence(seconds)
        case "drill":
            kind = list(DrillKind)[deed.which % 3]
            started = story.at(seconds)
            story.drill(seconds, Drill(id="1", kind=kind, space="room", label="ROOM", started_at=started))
        case "switch":
            priority = 1 + deed.which % 3
            graded = {name: structs.replace(one, priority=priority) for name, one in GRADED.items()}
            story.switch(seconds, graded, *story.found.values())
        case "restart":
            story.restart(seconds)
        case _:
            story.later(seconds)


def tell(deeds: list[Deed], *, is_incremental: bool = True, has_duties: bool = True) -> Story:
    story = Story(a_campus() if has_duties else a_campus(duties=()), is_incremental=is_incremental)
    seconds = 0.0
    for deed in deeds:
        seconds += deed.wait_s
        do(story, deed, seconds)
    return story


def of_each_alert(story: Story) -> dict[str, list[Transition]]:
    found: dict[str, list[Transition]] = defaultdict(list)
    for one in story.transitions:
        found[one.alert].append(one)
    return found


def history_of_each_alert(story: Story) -> dict[str, list[Transition | Notification]]:
    found: dict[str, list[Transition | Notification]] = defaultdict(list)
    for one in story.history:
        found[one.alert].append(one)
    return found


def is_one_of(one: Transition | Notification, changes: set[Change]) -> int:
    return int(isinstance(one, Transition) and one.change in changes)


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_looking_only_at_what_was_touched_is_looking_at_everything(deeds: list[Deed]) -> None:
    some, everything = tell(deeds), tell(deeds, is_incremental=False)
    assert some.transitions == everything.transitions
    assert some.notifications == everything.notifications
    assert some.book == everything.book
    assert some.desk.state == everything.desk.state


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_every_alert_changes_in_a_legal_order(deeds: list[Deed]) -> None:
    for transitions in of_each_alert(tell(deeds)).values():
        own = [one.change for one in transitions if one.change not in BESIDE]
        # A drill that nobody took ends by itself, from wherever it is.
        own = own[:-1] if transitions[-1].note == "drill-over" else own
        assert all(after in FOLLOWS[before] for before, after in zip([None, *own], own, strict=False)), own
        assert [one.at for one in transitions] == sorted(one.at for one in transitions)
        mutes = [one.change for one in transitions if one.change in (Change.MUTED, Change.UNMUTED)]
        assert mutes == [Change.MUTED, Change.UNMUTED] * (len(mutes) // 2) + [Change.MUTED] * (len(mutes) % 2)


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_alert_that_fired_is_told_or_there_is_a_reason_why_not(deeds: list[Deed]) -> None:
    story = tell(deeds)
    told = {one.alert for one in story.notifications}
    for alert in story.book.values():
        changes = {one.change for one in of_each_alert(story)[alert.id]}
        excuses = {Change.MUTED, Change.UNREACHED} & changes
        is_asleep = alert.priority == 3 and alert.telling.retry_at is not None
        assert alert.fired_at is None or alert.id in told or excuses or is_asleep


@settings(max_examples=100, deadline=None)
@given(DEEDS)
def test_alert_nobody_can_be_told_of_is_noted_as_such(deeds: list[Deed]) -> None:
    story = tell(deeds, has_duties=False)
    assert story.notifications == []
    for alert in story.book.values():
        changes = {one.change for one in of_each_alert(story)[alert.id]}
        assert alert.fired_at is None or alert.priority == 3 or changes & {Change.MUTED, Change.UNREACHED}


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_after_an_acknowledgement_nobody_is_told_but_the_owner(deeds: list[Deed]) -> None:
    story = tell(deeds)
    for one in story.notifications:
        acked_at = story.book[one.alert].acked_at
        is_after = acked_at is not None and one.at > acked_at
        assert (one.reason is Reason.REMINDER) if is_after else (one.reason is not Reason.REMINDER)


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_nobody_is_told_twice_of_one_step_of_one_round(deeds: list[Deed]) -> None:
    story = tell(deeds)
    assert max(Counter(one.id for one in story.notifications).values(), default=1) == 1
    for history in history_of_each_alert(story).values():
        rounds = list(accumulate(is_one_of(one, BEGIN_A_ROUND) for one in history))
        told = Counter(
            (number, one.duty, one.step)
            for number, one in zip(rounds, history, strict=True)
            if isinstance(one, Notification) and one.reason in CALLS
        )
        assert max(told.values(), default=1) == 1


@settings(max_examples=150, deadline=None)
@given(DEEDS)
def test_muted_alert_is_told_to_nobody_while_it_is_muted(deeds: list[Deed]) -> None:
    for history in history_of_each_alert(tell(deeds)).values():
        muted = list(accumulate(is_one_of(one, MUTED) - is_one_of(one, UNMUTED) for one in history))
        told = [
            is_muted
            for is_muted, one in zip(muted, history, strict=True)
            if isinstance(one, Notification) and one.reason is not Reason.CHATTERING
        ]
        assert not any(told)


@settings(max_examples=100, deadline=None)
@given(DEEDS)
def test_turn_that_is_repeated_changes_nothing(deeds: list[Deed]) -> None:
    story = tell(deeds)
    now = story.at(sum(deed.wait_s for deed in deeds))
    everything = {*story.found, *story.desk.alerts}
    story.desk.step(story.found, everything, now)
    again = story.desk.step(story.found, everything, now)
    assert again == ([], [], [], None)


@settings(max_examples=100, deadline=None)
@given(DEEDS)
def test_only_resolved_and_acknowledged_alerts_leave_the_board(deeds: list[Deed]) -> None:
    for alert in tell(deeds).book.values():
        fired_and_gone = alert.closed_at is not None and alert.fired_at is not None
        assert not fired_and_gone or alert.acked_at is not None or alert.is_drill
        assert alert.closed_at is not None or alert.state in AlertState
