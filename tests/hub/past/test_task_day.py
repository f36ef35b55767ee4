"""How often a treatment was due, done and late."""

from datetime import datetime

from hub.past.task_day import end, follow
from hub.store.history_rows import TaskDay
from protocol.messages import SpaceCondition, SpaceState, TaskState
from tests.builders import at


def told(*steps: tuple[float, str, datetime | None]) -> TaskDay:
    """Airing, seen so at these seconds."""
    tasks: dict[str, TaskDay] = {}
    for seconds, state, due in steps:
        tasks = follow(tasks, a_state(TaskState(task="airing", due=due, state=state)), ms(seconds))
    return tasks["airing"]


def a_state(*tasks: TaskState) -> SpaceState:
    nothing = dict.fromkeys(("clause", "occupancy", "low", "high", "capacity", "free", "until"))
    return SpaceState(
        space="room", state=SpaceCondition.OPEN, reason="", tasks=tasks, trust=1.0, as_of=at(), **nothing
    )


def ms(seconds: float) -> int:
    return round(at(seconds).timestamp() * 1000)


def test_treatment_due_late_and_done_is_each_once() -> None:
    day = told((0, "due", at(0)), (900, "late", at(0)), (960, "started", at(0)), (1200, "done", None))
    assert (day.due, day.done, day.late, day.extra, day.lapsed) == (1, 1, 1, 0, 0)
    assert day.minutes_late == 1.0


def test_treatment_is_due_again_after_the_next_use() -> None:
    day = told((0, "due", at(0)), (60, "done", None), (120, "done", None), (600, "due", at(600)))
    assert (day.due, day.done, day.due_ms) == (2, 1, ms(600))


def test_treatment_nobody_asked_for_is_extra_once() -> None:
    assert told((0, "done", None), (60, "done", None)).extra == 1


def test_corrected_instant_does_not_make_it_due_twice() -> None:
    assert told((0, "due", at(0)), (10, "due", at(-60))).due == 1


def test_treatment_that_is_no_longer_due_was_not_done() -> None:
    tasks = follow({}, a_state(TaskState(task="airing", due=at(), state="due")), ms(0))
    day = follow(tasks, a_state(), ms(60))["airing"]
    assert (day.due, day.done, day.lapsed, day.due_ms) == (1, 0, 1, None)


def test_end_of_the_day_leaves_it_undone_and_ends_its_lateness() -> None:
    tasks = follow({}, a_state(TaskState(task="airing", due=at(), state="late")), ms(0))
    day = end(tasks, ms(600))["airing"]
    assert (day.due, day.done, day.late, day.minutes_late, day.late_ms) == (1, 0, 1, 10.0, None)
