from pathlib import Path
from random import Random

import pytest

from edge.signals.crossing import Outcome
from edge.signals.pulses import Beam
from simulator.gait import TracksError, read_tracks
from simulator.tracks import Body, Campus, Faults, Mount, campus, recorded, spoiled, trace, truth_of
from tests.recordings import recording


def a_track_file(path: Path, people: int = 8, unit_m: float = 1.0, header: str = "") -> Path:
    """Walkers one second apart, 1 m/s from y = 2 m to y = -2 m, 25 frames a second."""
    rows = [
        f"{person} {frame + 25 * person} {0.1 * (person % 3) / unit_m} {(2 - frame / 25) / unit_m}"
        f" {1.7 / unit_m}"
        for person in range(people)
        for frame in range(101)
    ]
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("unit_m", [1.0, 0.01])
def test_tracks_are_read_in_metres_whatever_the_unit(tmp_path: Path, unit_m: float) -> None:
    tracks = read_tracks(a_track_file(tmp_path / "walk.txt", unit_m=unit_m, header="# framerate: 25 fps\n"))
    assert len(tracks) == 8
    assert tracks[0].y_m[0] == pytest.approx(2.0)
    assert tracks[1].crossing_s(0.0) == pytest.approx(3.0)


def test_tracks_without_a_frame_rate_have_sixteen_frames_a_second(tmp_path: Path) -> None:
    tracks = read_tracks(a_track_file(tmp_path / "walk.txt"))
    assert tracks[0].t_s[16] == pytest.approx(1.0)


def test_tracks_tell_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "walk.txt"
    path.write_text("1 0 0.0 1.0 1.7\n1 1 0.0 nan 1.7\nx\n", encoding="utf-8")
    with pytest.raises(TracksError) as caught:
        read_tracks(path)
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["line 2", "line 3"]


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"\xff\xfe\x00"])
def test_tracks_refuse_a_file_without_tracks(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "walk.txt"
    path.write_bytes(content)
    with pytest.raises(TracksError, match="expected rows id frame x y z"):
        read_tracks(path)


def test_trace_of_one_body_breaks_both_beams_for_its_depth() -> None:
    body = Body(t_s=(0.0, 4.0), along_m=(2.0, -2.0), truth=Outcome.IN, crossing_s=2.0)
    edges = trace([body], Mount())
    assert [(edge.beam, edge.broken) for edge in edges] == [
        (Beam.OUTER, True),
        (Beam.INNER, True),
        (Beam.OUTER, False),
        (Beam.INNER, False),
    ]
    # Outer beam 0.05 m before the door's middle, half a body before the head: 2 - 0.05 - 0.13 s at 1 m/s.
    assert [edge.t_s for edge in edges] == pytest.approx([1.82, 1.92, 2.085, 2.185])


def test_trace_merges_bodies_that_overlap_on_a_beam() -> None:
    bodies = [
        Body(t_s=(late, 4.0 + late), along_m=(2.0, -2.0), truth=Outcome.IN, crossing_s=2.0 + late)
        for late in (0.0, 0.2)
    ]
    assert len(trace(bodies, Mount())) == 4


def test_trace_leaves_out_who_is_beside_the_opening() -> None:
    body = Body(t_s=(0.0, 1.0, 4.0), along_m=(2.0, None, -2.0), truth=Outcome.IN, crossing_s=2.0)
    assert trace([body], Mount()) == []


def test_campus_is_the_same_for_the_same_seed_only(tmp_path: Path) -> None:
    tracks = read_tracks(a_track_file(tmp_path / "walk.txt"))
    day = Campus(people=50)
    assert campus(tracks, 0.0, day, Random(1)) == campus(tracks, 0.0, day, Random(1))
    assert campus(tracks, 0.0, day, Random(1)) != campus(tracks, 0.0, day, Random(2))


def test_campus_has_people_both_ways_and_some_who_turn_back(tmp_path: Path) -> None:
    tracks = read_tracks(a_track_file(tmp_path / "walk.txt"))
    truth = truth_of(campus(tracks, 0.0, Campus(people=400, turn_back=0.1), Random(3)))
    assert sum(truth.values()) == 400
    assert min(truth["in"], truth["out"]) > 100
    assert 20 <= truth["turned_back"] <= 60


def test_campus_of_one_who_turns_back_frees_both_beams_on_the_side_they_came_from(tmp_path: Path) -> None:
    tracks = read_tracks(a_track_file(tmp_path / "walk.txt"))
    (body,) = campus(tracks, 0.0, Campus(people=1, turn_back=1.0), Random(5))
    edges = trace([body], Mount())
    assert body.truth is Outcome.TURNED_BACK
    assert edges[0].beam is edges[-1].beam


def test_spoiled_trace_has_chatter_within_five_milliseconds_and_ends_at_the_right_level() -> None:
    body = Body(t_s=(0.0, 4.0), along_m=(2.0, -2.0), truth=Outcome.IN, crossing_s=2.0)
    clean = trace([body], Mount())
    noisy = spoiled(clean, Faults(bounce=1.0), Random(1))
    assert len(noisy) > len(clean)
    assert all(min(abs(edge.t_s - real.t_s) for real in clean) <= 0.005 for edge in noisy)
    assert [edge.broken for edge in noisy if edge.beam is Beam.INNER][-1] is False


def test_spoiled_trace_loses_edges() -> None:
    body = Body(t_s=(0.0, 4.0), along_m=(2.0, -2.0), truth=Outcome.IN, crossing_s=2.0)
    assert spoiled(trace([body], Mount()), Faults(lost=1.0), Random(1)) == []


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "door_y_m", "people"), [("040_c_56_h-.txt", -0.75, 75), ("uo-180-180-095.txt", -4.25, 159)]
)
def test_recorded_run_has_everybody_who_walked_through(name: str, door_y_m: float, people: int) -> None:
    assert len(recorded(read_tracks(recording("pedestrians") / name), door_y_m)) == people
