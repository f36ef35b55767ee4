from hub.counts.door_error import UNTUNED, DoorError
from hub.counts.lie import Lie, Suspicion
from hub.counts.trust import trust_of


def test_untuned_door_is_believed_and_says_so() -> None:
    found = trust_of("main", UNTUNED, None)
    assert (found.verdict, found.since) == ("untuned", None)
    assert 0.7 < found.trust < 0.9


def test_tuned_door_is_believed_more() -> None:
    found = trust_of("main", DoorError(var_in=1e-6, var_out=1e-6), None)
    assert found.verdict == "tuned"
    assert found.trust > 0.95


def test_door_that_lies_is_not_believed() -> None:
    found = trust_of("main", UNTUNED, Suspicion("main", Lie.SWAPPED, 14.0, 600))
    assert (found.trust, found.verdict, found.since) == (0.0, "swapped", 600)
    assert "14 people" in found.reason


def test_drifting_door_is_believed_a_little() -> None:
    found = trust_of("main", DoorError(miss_in=0.09), Suspicion("main", Lie.DRIFTING, 7.0, 600))
    assert 0.0 < found.trust < 0.5
    assert "7 points" in found.reason
