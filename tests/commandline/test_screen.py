import argparse
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from commandline import bench_screen, screen, screen_score
from simulator.thermography import read_thermography
from tests.recordings import recording

HEADER = "visit,attempt,t_s,object_c,ambient_c\n"


def run_screen(*words: str) -> int:
    parser = argparse.ArgumentParser()
    screen.add_arguments(parser)
    return screen.run(parser.parse_args(words))


def run_bench(*words: str) -> int:
    parser = argparse.ArgumentParser()
    bench_screen.add_arguments(parser)
    return bench_screen.run(parser.parse_args(words))


def screened(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> dict[str, Any]:
    file = tmp_path / "readings.csv"
    file.write_text(text, encoding="utf-8")
    assert run_screen(str(file), "--json") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    document: dict[str, Any] = json.loads(captured.out)
    return document


#: Forty people around 35.0 °C, a row each.
CROWD = "".join(f"p{i},1,{i * 12},{34.6 + 0.02 * (i * 17 % 41):.2f},24.0\n" for i in range(40))


def test_screen_prints_one_document_in_order_of_arrival(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        CROWD
        + "x,1,500,36.5,24.0\ny,1,505,33.0,24.0\nx,2,510,36.4,24.0\nz,1,520,1037.55,24.0\nw,1,530,36,24\n"
    )
    document = screened(tmp_path, capsys, HEADER + text)
    found = {visit["visit"]: visit for visit in document["visits"]}
    assert list(found)[-4:] == ["x", "y", "z", "w"]
    assert {name: found[name]["verdict"] for name in "xyzw"} == {
        "x": "elevated",
        "y": "too_cold",
        "z": "no_reading",
        "w": "repeat",
    }
    assert [one["verdict"] for one in found["x"]["attempts"]] == ["repeat", "elevated"]
    assert set(found["x"]["attempts"][0]) == {"attempt", "verdict", "index_c", "skin_c", "ambient_c"}
    assert found["w"]["needs_another_try"]
    assert not found["x"]["needs_another_try"]
    assert sum(document["totals"].values()) == 44
    assert document["totals"]["elevated"] == 1
    assert document["baseline_c"] == pytest.approx(35.0, abs=0.05)
    assert document["needs_recalibration"] is False


def test_screen_takes_rows_of_an_attempt_as_its_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"s,1,{i},{c},24\n" for i, c in enumerate((30.0, 33.0, 35.0, 35.1, 35.0, 35.1, 35.0)))
    rows += "u,1,0,30,24\nu,1,1,33,24\nu,1,2,35,24\n"
    document = screened(tmp_path, capsys, HEADER + rows)
    assert document["visits"][0]["attempts"][0]["skin_c"] == 35.0
    assert document["visits"][1]["verdict"] == "no_reading"


def test_screen_of_a_single_row_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = screened(tmp_path, capsys, HEADER + "1,1,0,35.0,24\n")
    assert document["totals"]["pass"] == 1


def test_screen_without_any_reading_has_no_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert screened(tmp_path, capsys, HEADER + "1,1,0,1037.55,24\n")["baseline_c"] is None


def test_screen_does_not_trust_the_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = screened(tmp_path, capsys, HEADER + CROWD)
    wrong = screened(
        tmp_path,
        capsys,
        HEADER
        + "".join(
            ",".join([*row.split(",")[:2], "0", *row.split(",")[3:]]) + "\n" for row in CROWD.split("\n")[:-1]
        ),
    )
    assert [v["verdict"] for v in wrong["visits"]] == [v["verdict"] for v in right["visits"]]


def test_screen_says_in_words_who_must_try_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(HEADER + "1,1,0,37.0,24\n", encoding="utf-8")
    assert run_screen(str(file)) == 0
    assert "needs another try" in capsys.readouterr().out


def test_screen_of_a_bad_file_exits_1_with_its_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(HEADER + "1,1,0,,24\n1,x,0,35,24\n", encoding="utf-8")
    assert run_screen(str(file), "--json") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split(": ")[1] for line in captured.err.splitlines()] == ["line 2", "line 3"]


def test_screen_of_no_file_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_screen(str(tmp_path / "none.csv"), "--json") == 1
    assert "no such file" in capsys.readouterr().err


@pytest.mark.data
def test_screen_takes_thermography_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_screen(str(recording("fda_thermography") / "FLIR_group1.csv"), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert sum(document["totals"].values()) == len(document["visits"]) == 544
    assert max(len(visit["attempts"]) for visit in document["visits"]) == 4


@pytest.mark.data
def test_bench_screen_holds_where_the_fixed_limit_falls(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench("--json", "--mornings", "20", "--data", str(recording("fda_thermography"))) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = {(row["camera"], row["morning_bias_sd_c"], row["way"]): row for row in rows}
    ours, fixed = (found["FLIR", 0.5, way] for way in ("kuzet, every round", "fixed limit"))
    assert ours["sensitivity"] >= 0.85
    assert ours["worst_morning_specificity"] >= 0.9
    assert fixed["worst_morning_specificity"] < 0.6
    assert found["FLIR", 0.0, "formula in circulation, 37.0"]["specificity"] < 0.6


@pytest.mark.data
@pytest.mark.parametrize("way", ["kuzet", "kuzet, every round"])
@pytest.mark.parametrize("file", ["FLIR_group1.csv", "ICI_group1.csv"])
def test_screening_meets_its_aim_on_either_camera(file: str, way: str) -> None:
    volunteers = read_thermography(recording("fda_thermography") / file)
    rows, _ = screen_score.score(volunteers, 0.5, 60, [1, 2])
    ours = {row["way"]: row for row in rows}[way]
    # Some 700 draws of 19 people: 0.012 of chance.
    assert ours["sensitivity"] >= 0.85
    assert ours["worst_morning_specificity"] >= 0.9
    assert ours["retest_load"] < 0.25
    assert ours["too_cold_share"] < 0.16


@pytest.mark.data
def test_bench_screen_draws_a_picture_for_each_camera(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(recording("fda_thermography"))
    assert run_bench("--mornings", "3", "--seeds", "2", "--roc", str(tmp_path), "--data", data) == 0
    assert "least over seeds" in capsys.readouterr().out
    for camera in ("flir", "ici"):
        picture = ElementTree.fromstring((tmp_path / f"roc-{camera}.svg").read_text(encoding="utf-8"))
        assert picture.tag.endswith("svg")


@pytest.mark.data
def test_bench_screen_says_where_it_cannot_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(recording("fda_thermography"))
    assert run_bench("--mornings", "1", "--roc", str(tmp_path / "none"), "--data", data) == 1
    assert "make the folder first" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--mornings", "--seeds"])
def test_bench_screen_of_nothing_is_a_usage_error(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench(option, "0") == 2
    assert option in capsys.readouterr().err


def test_bench_screen_without_data_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench("--json", "--data", str(tmp_path)) == 1
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("positives", "negatives", "area"),
    [([3.0], [1.0, 2.0], 1.0), ([1.0], [1.0], 0.5), ([2.0], [1.0, 3.0], 0.5), ([0.0], [1.0], 0.0)],
)
def test_area_under_curve_by_hand(positives: list[float], negatives: list[float], area: float) -> None:
    assert screen_score.area_under_curve(positives, negatives) == area
