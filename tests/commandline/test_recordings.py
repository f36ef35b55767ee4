import argparse
import json
from pathlib import Path

import pytest

from commandline import replay
from commandline.recordings import read_recording
from hub.layout import read_layout
from protocol.errors import ConfigError
from protocol.events import Direction, Passage
from tests.recordings import recording

LAYOUT = read_layout(replay.ONE_DOOR)
#: The totals of the file, added up by hand with awk.
CALIT2_IN, CALIT2_OUT = 12038, 11355


def write(folder: Path, text: str) -> Path:
    path = folder / "recording"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_person_of_a_half_hour_is_an_event_inside_it(tmp_path: Path) -> None:
    found = read_recording(write(tmp_path, "9,07/24/05,08:00:00,3\n7,07/24/05,08:00:00,1\n"), LAYOUT)
    passages = [one.event for one in found.events if isinstance(one.event, Passage)]
    assert (found.ins, found.outs, len(passages)) == (3, 1, 4)
    # 08:00 in California in summer is 15:00 UTC.
    assert {(one.at.hour, one.at.minute < 30) for one in passages} == {(15, True)}
    assert [one.direction for one in passages].count(Direction.OUT) == 1
    assert [one.at for one in passages] == sorted(one.at for one in passages)


def test_event_lines_keep_their_nodes(tmp_path: Path) -> None:
    line = {
        "node": "n1",
        "at": "2026-11-23T04:00:00Z",
        "kind": "passage",
        "channel": "door",
        "direction": "in",
    }
    found = read_recording(write(tmp_path, json.dumps({**line, "people": 2})), LAYOUT)
    assert (found.kind, found.ins, found.events[0].node) == ("events", 2, "n1")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("8,07/24/05,08:00:00,3", "line 1: `8,07/24/05,08:00:00,3` is not"),
        ("9,07/24/05,08:00:00,3\n9,24/07/05,08:00:00,3", "line 2"),
        ("9,07/24/05,08:00:00,-3", "count must be 0 or more, got -3"),
        ("9,07/24/05,08:00:00,many", "line 1"),
        ('{"node": "n", "kind": "levitation"}', "line 1"),
        ("{not json", "line 1"),
        (
            '{"node": "n", "at": "2026-11-23T04:00:00Z", "kind": "contact", "channel": "d", "open": 1}',
            "open",
        ),
    ],
)
def test_fault_names_its_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_recording(write(tmp_path, text), LAYOUT)
    assert any(fault in one for one in caught.value.faults)


def test_many_faults_are_cut_short_and_counted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_recording(write(tmp_path, "nonsense\n" * 100), LAYOUT)
    assert len(caught.value.faults) == 21
    assert "80 more lines" in caught.value.faults[-1]


@pytest.mark.data
def test_calit2_totals_are_those_of_the_file() -> None:
    found = read_recording(recording("calit2/CalIt2.data"), LAYOUT)
    assert (found.ins, found.outs) == (CALIT2_IN, CALIT2_OUT)


@pytest.mark.data
@pytest.mark.broker
def test_calit2_replay_accounts_for_every_person(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    replay.add_arguments(parser)
    status = replay.run(parser.parse_args([str(recording("calit2/CalIt2.data")), "--json"]))
    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (report["hub_in"], report["hub_out"]) == (CALIT2_IN, CALIT2_OUT)
    assert report["produced"] == report["stored"] == CALIT2_IN + CALIT2_OUT
    assert (report["pending"], report["rejected"], report["closes"]) == (0, 0, True)
    assert sum(day["clamp_free"] for day in report["days"]) == CALIT2_IN - CALIT2_OUT
    assert all(day["closing"] == day["clamp_free"] + day["missed"] >= 0 for day in report["days"])
