import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from commandline import bench_count, count, simulate_tracks
from tests.recordings import recording

WALKERS = """t_s,beam,broken
1.00,outer,1
1.11,inner,1
1.29,outer,0
1.40,inner,0
5.00,inner,1
5.10,outer,1
5.60,outer,0
5.70,inner,0
"""


def run_count(*words: str) -> int:
    parser = argparse.ArgumentParser()
    count.add_arguments(parser)
    return count.run(parser.parse_args(words))


def run_simulate(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate_tracks.add_arguments(parser)
    return simulate_tracks.run(parser.parse_args(words))


def run_bench(*words: str) -> int:
    parser = argparse.ArgumentParser()
    bench_count.add_arguments(parser)
    return bench_count.run(parser.parse_args(words))


@pytest.fixture(scope="module")
def scored_runs() -> list[dict[str, Any]]:
    """What `kuzet bench count --json` says of the recorded walkers; it takes half a minute."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert run_bench("--json", "--tracks", str(recording("pedestrians"))) == 0
    runs: list[dict[str, Any]] = json.loads(said.getvalue())["runs"]
    return runs


def a_walk(path: Path) -> Path:
    rows = [f"{k} {f + 25 * k} 0.0 {2 - f / 16} 1.7" for k in range(4) for f in range(65)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_count_prints_one_document_with_passages_and_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "door.csv"
    path.write_text(WALKERS, encoding="utf-8")
    assert run_count(str(path), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"] == {"in": 1, "out": 0, "turned_back": 1, "ambiguous": 0}
    (passage,) = document["passages"]
    confidence = passage.pop("confidence")
    assert passage == {"t_s": 1.4, "direction": "in", "people": 1, "took_s": 0.4}
    assert 0.5 < confidence <= 1.0


def test_count_prints_text_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "door.csv"
    path.write_text(WALKERS, encoding="utf-8")
    assert run_count(str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "1 in" in lines[0]
    assert "turned back" in lines[1]
    assert lines[-1] == "in 1, out 0, turned back 1, ambiguous 0"


def test_count_of_a_trace_that_ends_while_a_beam_is_broken_counts_what_was_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "door.csv"
    path.write_text(WALKERS + "9.0,outer,1\n", encoding="utf-8")
    assert run_count(str(path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["totals"]["in"] == 1


def test_count_of_a_bad_trace_is_a_fault_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "door.csv"
    path.write_text("t_s,beam,broken\nnan,outer,1\n", encoding="utf-8")
    assert run_count(str(path), "--json") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{path}: line 2: t_s must be a finite number of seconds")


def test_simulate_tracks_writes_a_trace_that_counts_to_its_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk, door = a_walk(tmp_path / "walk.txt"), tmp_path / "door.csv"
    assert run_simulate(str(walk), "--door", "0", "--out", str(door), "--json") == 0
    assert json.loads(capsys.readouterr().out)["truth"] == {"in": 4, "out": 0, "turned_back": 0}
    assert run_count(str(door), "--json") == 0
    assert json.loads(capsys.readouterr().out)["totals"]["in"] == 4


def test_simulate_tracks_prints_the_same_trace_for_the_same_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = str(a_walk(tmp_path / "walk.txt"))
    day = (walk, "--door", "0", "--mode", "campus", "--people", "20")
    assert run_simulate(*day, "--seed", "4") == 0
    first = capsys.readouterr().out
    assert run_simulate(*day, "--seed", "4") == 0
    assert capsys.readouterr().out == first
    assert first.startswith("t_s,beam,broken\n")


@pytest.mark.parametrize("door", ["50", "-50"])
def test_simulate_tracks_says_where_the_tracks_are_when_nobody_passes_the_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], door: str
) -> None:
    assert run_simulate(str(a_walk(tmp_path / "walk.txt")), "--door", door) == 1
    assert "the tracks lie between y = -2.00 and 2.00 m" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("--turn-back", "2"), ("--people", "0"), ("--lost", "x"), ("--door", "nan")]
)
def test_simulate_tracks_refuses_impossible_options(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run_simulate("walk.txt", "--door", "0", *words)
    assert caught.value.code == 2


def test_bench_count_without_tracks_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench("--json", "--tracks", str(tmp_path)) == 1
    assert "040_c_56_h-.txt: cannot be read" in capsys.readouterr().err


@pytest.mark.data
def test_bench_count_shows_the_decoder_beside_the_simpler_ways(scored_runs: list[dict[str, Any]]) -> None:
    runs = {row["run"]: row for row in scored_runs}
    crowded = runs["dense 0.95 m"]
    assert crowded["truth"]["in"] == 159
    assert crowded["full_path"]["in"] < 0.75 * 159
    assert 0.9 * 159 <= crowded["decoder"]["in"] <= 1.02 * 159
    assert crowded["wrong"] == pytest.approx(crowded["expected_wrong"], rel=0.5)
    day = runs["quiet day 0.7 m"]
    assert abs(day["decoder"]["error_pct"]["in"]) < 1.5
    assert abs(day["decoder"]["error_pct"]["out"]) < 1.5
    assert abs(day["decoder"]["error_pct"]["turned_back"]) < 10.0
    assert runs["labelled: 0.5 m distance"]["decoder"]["error_pct"]["in"] == 0.0


@pytest.mark.data
def test_bench_count_prints_one_table_for_people(
    scored_runs: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    bench_count.print_table(scored_runs)
    head, columns, *rows = capsys.readouterr().out.splitlines()
    assert [way in head for way in ("ours", "path table", "first beam")] == [True] * 3
    assert columns.split()[0] == "scene,"
    assert [row for row in rows if row.startswith("lost edges 0.95 m")]
