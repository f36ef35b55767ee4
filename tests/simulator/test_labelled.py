from pathlib import Path

import pytest

from edge.signals.passage import Outcome, PassageSettings, decode
from simulator.labelled import LabelsError, read_passages
from simulator.tracks import Mount, trace
from tests.recordings import recording

HEADER = "section,scenario,repetition,action,direction,people,t_start_local,t_end_local,duration_s\n"


def test_labelled_pair_walks_as_long_as_the_label_says(tmp_path: Path) -> None:
    path = tmp_path / "passages.csv"
    path.write_text(HEADER + "Center,2 people in 1 m distance,1,exit,out,2,,,2.07\n", encoding="utf-8")
    ((scenario, bodies),) = read_passages(path)
    assert scenario == "2 people in 1 m distance"
    assert [body.truth for body in bodies] == [Outcome.OUT, Outcome.OUT]
    # 1.07 m of watched way and 1 m between them in 2.07 s: 1 m/s, so one second apart.
    assert bodies[1].crossing_s - bodies[0].crossing_s == pytest.approx(1.0)


@pytest.mark.parametrize("duration", ["", "x", "-1"])
def test_labelled_passage_without_a_duration_is_a_fault(tmp_path: Path, duration: str) -> None:
    path = tmp_path / "passages.csv"
    path.write_text(HEADER + f"Center,2 people in 1 m distance,1,exit,out,2,,,{duration}\n", encoding="utf-8")
    with pytest.raises(LabelsError, match=r"passages\.csv: line 2: expected direction, people"):
        read_passages(path)


def test_labels_that_are_not_there_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="cannot be read"):
        read_passages(tmp_path / "passages.csv")


@pytest.mark.data
def test_labelled_pairs_are_counted_but_for_those_abreast() -> None:
    passages = read_passages(recording("door_passages") / "passages.csv")
    assert len(passages) == 56
    found: dict[str, set[int]] = {}
    for scenario, bodies in passages:
        crossings = decode(trace(bodies, Mount()), PassageSettings())
        assert {crossing.outcome for crossing in crossings} == {bodies[0].truth}
        found.setdefault(scenario, set()).add(sum(crossing.people for crossing in crossings))
    assert found == {
        "2 people in 2 m distance": {2},
        "2 people in 1 m distance": {2},
        "2 people in 0.5 m distance": {2},
        "2 people next to each other": {1},
    }
