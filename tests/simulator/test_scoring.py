import pytest

from edge.signals.crossing import Crossing, Outcome
from simulator.scoring import score
from simulator.tracks import Body


def a_body(at_s: float, truth: Outcome = Outcome.IN) -> Body:
    return Body(t_s=(at_s - 1, at_s + 1), along_m=(1.0, -1.0), truth=truth, crossing_s=at_s)


def told(at_s: float, outcome: Outcome = Outcome.IN, people: int = 1) -> Crossing:
    return Crossing(outcome=outcome, people=people, t_s=at_s + 0.2, took_s=0.4, confidence=0.9)


@pytest.mark.parametrize(
    ("bodies", "crossings", "wrong"),
    [
        pytest.param([a_body(1.0)], [told(1.0)], 0, id="right"),
        pytest.param([a_body(1.0)], [], 1, id="missed"),
        pytest.param([], [told(1.0)], 1, id="nobody there"),
        pytest.param([a_body(1.0), a_body(1.1)], [told(1.0)], 1, id="two told as one"),
        pytest.param([a_body(1.0)], [told(1.0, people=2)], 1, id="one told as two"),
        pytest.param([a_body(1.0), a_body(1.1)], [told(1.0, people=2)], 0, id="two told as two"),
        pytest.param([a_body(1.0)], [told(1.0, Outcome.OUT)], 2, id="the other way"),
        pytest.param([a_body(9.0)], [told(1.0)], 1, id="at another time"),
    ],
)
def test_score_counts_what_was_told_wrong(bodies: list[Body], crossings: list[Crossing], wrong: int) -> None:
    assert score(bodies, crossings).wrong == wrong


def test_score_expects_as_many_wrong_as_the_confidences_say() -> None:
    assert score([], [told(1.0), told(5.0)]).expected_wrong == pytest.approx(0.2)
