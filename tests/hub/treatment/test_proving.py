from collections.abc import Callable

import pytest

from hub.treatment.view import TaskStatus
from protocol.events import Proof, Task
from tests.hub.treatment.rooms import Story, clock, limits, minute
from tests.hub.treatment.stories import (
    ABORTED,
    AIRING,
    DONE,
    LAMP,
    STARTED,
    SURFACES,
    aired,
    cleaned,
    lamped,
    lit,
    missed,
    taught,
)

TASKS: list[tuple[str, Callable[[], Story], str, Task, TaskStatus, str]] = [
    ("due after use", taught, "9:42", SURFACES, TaskStatus.DUE, "after-use"),
    ("window open so long", aired, "10:01", AIRING, TaskStatus.DONE, ""),
    (
        "window shut a minute early",
        lambda: aired().window("10:00", False),
        "10:30",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "two windows, one shut",
        lambda: aired().window("9:50", True, "w2").window("9:55", False),
        "10:01",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "open since the lesson counts from its end",
        lambda: taught().window("9:10", True),
        "10:00",
        AIRING,
        TaskStatus.STARTED,
        "after-use",
    ),
    ("cleaned, the dwell not over", cleaned, "9:56:59", SURFACES, TaskStatus.STARTED, "dwell"),
    (
        "cleaned, and about to go out",
        lambda: taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:51", SURFACES, DONE),
        "9:51",
        SURFACES,
        TaskStatus.STARTED,
        "not-empty",
    ),
    (
        "cleaned, and the door is silent",
        lambda: cleaned().silent("9:54"),
        "10:30",
        SURFACES,
        TaskStatus.UNPROVEN,
        "not-empty",
    ),
    ("cleaned, left, and dwelt", cleaned, "9:57", SURFACES, TaskStatus.DONE, ""),
    (
        "cleaned, and still inside",
        lambda: taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:51", SURFACES, DONE),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "not-empty",
    ),
    (
        "nobody went in for it",
        lambda: taught().word("9:50", SURFACES, DONE, "I did"),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "nobody-entered",
    ),
    (
        "the door saw somebody, no start was said",
        lambda: taught().enter("9:45").word("9:51", SURFACES, DONE).leave("9:51"),
        "9:57",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short",
        lambda: (
            taught().enter("9:45").word("9:45", SURFACES, STARTED).word("9:47", SURFACES, DONE).leave("9:47")
        ),
        "10:20",
        SURFACES,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "too short, with a reason",
        lambda: taught().enter("9:45").word("9:47", SURFACES, DONE, "a small room").leave("9:47"),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short, said twice",
        lambda: (
            taught().enter("9:45").word("9:47", SURFACES, DONE).leave("9:47").word("9:48", SURFACES, DONE)
        ),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "too short, where that counts",
        lambda: (
            Story(limits(short_counts=True))
            .lesson("9:00", "9:40")
            .enter("9:45")
            .word("9:46", SURFACES, DONE)
            .leave("9:47")
        ),
        "10:20",
        SURFACES,
        TaskStatus.DONE,
        "",
    ),
    (
        "a word is too weak a proof here",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .word("10:05", AIRING, DONE)
        ),
        "10:10",
        AIRING,
        TaskStatus.UNPROVEN,
        "weak-proof",
    ),
    (
        "a word and a button together are enough",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .word("10:05", AIRING, DONE)
            .node("10:06", AIRING, DONE, Proof.BUTTON)
        ),
        "10:10",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "two buttons are one proof",
        lambda: (
            Story(limits(airing_needed=0.9))
            .lesson("9:00", "9:40")
            .word("9:41", AIRING, STARTED)
            .node("10:05", AIRING, DONE, Proof.BUTTON)
            .node("10:06", AIRING, DONE, Proof.BUTTON)
        ),
        "10:10",
        AIRING,
        TaskStatus.UNPROVEN,
        "weak-proof",
    ),
    (
        "CO2 fell by its share",
        lambda: taught().air("9:39", 1420).air("9:50", 780),
        "9:51",
        AIRING,
        TaskStatus.DONE,
        "",
    ),
    (
        "CO2 fell too little",
        lambda: taught().air("9:39", 1420).air("9:50", 800),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "CO2 was never high",
        lambda: taught().air("9:39", 560).air("9:50", 430),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "a wrong CO2 sensor proves nothing",
        lambda: taught().air("9:39", 1420).air("9:50", 300),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "after-use",
    ),
    (
        "aborted",
        lambda: taught().word("9:45", AIRING, STARTED).word("9:50", AIRING, ABORTED, "no key"),
        "9:51",
        AIRING,
        TaskStatus.DUE,
        "aborted",
    ),
    ("the lamp ran over nobody", lit, "10:15", LAMP, TaskStatus.DONE, ""),
    (
        "the lamp ran too short",
        lambda: (
            lamped()
            .enter("9:43")
            .leave("9:44")
            .node("9:45", LAMP, STARTED, Proof.CONTACT)
            .node("10:00", LAMP, DONE, Proof.CONTACT)
        ),
        "10:10",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "somebody went in while the lamp ran",
        lambda: (
            lamped()
            .node("9:45", LAMP, STARTED, Proof.CONTACT)
            .enter("10:00")
            .leave("10:01")
            .node("10:15", LAMP, DONE, Proof.CONTACT)
        ),
        "10:50",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "the door was silent while the lamp ran",
        lambda: lit().silent("9:50", "9:55"),
        "10:16",
        LAMP,
        TaskStatus.UNPROVEN,
        "too-short",
    ),
    (
        "entered before re-entry",
        lambda: lit().enter("10:20").leave("10:21"),
        "10:40",
        LAMP,
        TaskStatus.DUE,
        "entered-early",
    ),
    ("entered at re-entry", lambda: lit().enter("10:30").leave("10:31"), "10:40", LAMP, TaskStatus.DONE, ""),
]


@pytest.mark.parametrize(
    ("tell", "when", "task", "state", "reason"), [row[1:] for row in TASKS], ids=[row[0] for row in TASKS]
)
def test_treatment_is_where_its_story_says(
    tell: Callable[[], Story], when: str, task: Task, state: TaskStatus, reason: str
) -> None:
    view = tell().at(when).task(task)
    assert view is not None
    assert (view.state, view.reason) == (state, reason)


def test_what_was_begun_before_the_use_was_known_to_be_over_stands() -> None:
    story = missed().enter("9:42").word("9:42:30", SURFACES, STARTED).word("9:48", SURFACES, DONE)
    story.leave("9:48").recount(minute("9:49"), 0)
    surfaces = story.at("9:55").task(SURFACES)
    assert surfaces is not None
    assert (surfaces.state, surfaces.done_at) == (TaskStatus.DONE, clock("9:55"))


def test_lamp_beside_one_who_may_be_there_proves_nothing() -> None:
    story = Story(limits(after_use=(LAMP,))).enter("9:00", 20).leave("9:40", 19)
    story.node("9:50", LAMP, STARTED, Proof.CONTACT).node("10:30", LAMP, DONE, Proof.SENSOR)
    lamp = story.at("10:31").task(LAMP)
    assert lamp is not None
    assert (lamp.state, lamp.reason) == (TaskStatus.UNPROVEN, "too-short")
