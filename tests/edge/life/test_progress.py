import pytest

from edge.life.progress import MOST_PATIENT_S, Progress, Stuck, patience_s

PARTS = {"steps": 20.0, "outbox": 30.0, "bus-1": 45.0}


def test_progress_of_parts_at_rest_owes_nothing() -> None:
    assert Progress(PARTS).stuck(1e9) is None


def test_progress_that_keeps_moving_is_never_stuck() -> None:
    progress = Progress(PARTS)
    stuck = []
    for now_s in range(0, 1000, 20):
        progress.note("steps", now_s)
        stuck.append(progress.stuck(now_s + 20.0))
    assert stuck == [None] * 50


def test_progress_names_the_part_that_does_not_move() -> None:
    progress = Progress(PARTS)
    progress.note("steps", 100.0)
    assert progress.stuck(120.0) is None
    stuck = progress.stuck(121.0)
    assert stuck == Stuck("steps", 21.0, has_moved=True)
    assert str(stuck) == "steps has not moved for 21 s"


def test_progress_counts_from_when_the_part_became_due() -> None:
    progress = Progress(PARTS)
    progress.due("outbox", 100.0)
    progress.due("outbox", 125.0)
    assert progress.stuck(131.0) == Stuck("outbox", 31.0, has_moved=False)


def test_progress_of_a_part_that_nothing_waits_for_owes_nothing() -> None:
    progress = Progress(PARTS)
    progress.note("outbox", 100.0)
    progress.rest("outbox")
    assert progress.stuck(500.0) is None
    progress.due("outbox", 500.0)
    assert progress.stuck(530.0) is None
    assert progress.stuck(531.0) == Stuck("outbox", 31.0, has_moved=True)


def test_progress_names_the_part_that_is_over_its_time_by_most() -> None:
    progress = Progress(PARTS)
    progress.due("bus-1", 0.0)
    progress.due("steps", 0.0)
    stuck = progress.stuck(60.0)
    assert stuck is not None
    assert stuck.part == "steps"


def test_progress_forgets_what_moves_again() -> None:
    progress = Progress(PARTS)
    progress.due("bus-1", 0.0)
    progress.note("bus-1", 90.0)
    assert progress.stuck(90.0) is None


@pytest.mark.parametrize("verb", ["note", "due"])
def test_progress_refuses_a_part_nobody_declared(verb: str) -> None:
    with pytest.raises(KeyError, match="doors"):
        getattr(Progress(PARTS), verb)("doors", 0.0)


def test_progress_refuses_rest_of_a_part_nobody_declared() -> None:
    with pytest.raises(KeyError, match="doors"):
        Progress(PARTS).rest("doors")


@pytest.mark.parametrize(
    ("in_vain", "seconds"), [(0, 45.0), (1, 90.0), (3, 360.0), (9, MOST_PATIENT_S), (10_000, MOST_PATIENT_S)]
)
def test_patience_doubles_with_each_restart_in_vain(in_vain: int, seconds: float) -> None:
    assert patience_s(45.0, in_vain) == seconds
