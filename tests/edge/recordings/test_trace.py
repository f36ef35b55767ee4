from pathlib import Path

import pytest

from edge.recordings.trace import MOST_FAULTS, TraceError, format_trace, parse_trace, read_trace
from edge.signals.pulses import Beam, BeamEdge

EDGES = [
    BeamEdge(t_s=1.0, beam=Beam.OUTER, broken=True),
    BeamEdge(t_s=1.1, beam=Beam.INNER, broken=True),
    BeamEdge(t_s=1.25, beam=Beam.OUTER, broken=False),
    BeamEdge(t_s=1.35, beam=Beam.INNER, broken=False),
]


def test_trace_reads_back_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "door.csv"
    path.write_text(format_trace(EDGES), encoding="utf-8")
    assert read_trace(path) == EDGES


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("t_s,beam,broken\r\n1.0,outer,1\r\n", id="windows line ends"),
        pytest.param("\ufefft_s,beam,broken\n1.0,outer,1\n", id="byte order mark"),
        pytest.param("broken,t_s,beam,note\n1,1.0,outer,hello\n", id="other order, more columns"),
        pytest.param("t_s, beam, broken\n\n 1.0 , Outer , 1 \n\n", id="blanks"),
    ],
)
def test_trace_forgives_what_does_not_change_the_meaning(tmp_path: Path, text: str) -> None:
    path = tmp_path / "door.csv"
    path.write_bytes(text.encode())
    assert read_trace(path) == EDGES[:1]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("nan,outer,1", "t_s must be a finite number of seconds, got 'nan'"),
        ("inf,outer,1", "t_s must be a finite number of seconds, got 'inf'"),
        ("soon,outer,1", "t_s must be seconds such as 12.345, got 'soon'"),
        ("2.0,outter,1", "beam must be outer or inner, got 'outter'; did you mean outer?"),
        ("2.0,outer,2", "broken must be 1 (broken) or 0 (free), got '2'"),
        ("2.0,outer", "has 2 values; expected t_s,beam,broken such as 12.345,outer,1"),
        ("0.5,outer,1", "time goes back from 1.0 to 0.5 s; sort the rows by t_s"),
    ],
)
def test_trace_tells_the_line_and_what_is_wrong_with_it(row: str, fault: str) -> None:
    with pytest.raises(TraceError) as caught:
        parse_trace(f"t_s,beam,broken\n1.0,outer,1\n{row}\n1.5,outer,0\n", "door.csv")
    assert caught.value.faults == (f"door.csv: line 3: {fault}",)


def test_trace_tells_every_fault_at_once() -> None:
    with pytest.raises(TraceError) as caught:
        parse_trace("t_s,beam,broken\nx,outer,1\n1.0,left,1\n1.0,inner,yes\n", "door.csv")
    assert [fault.split(":")[1] for fault in caught.value.faults] == [" line 2", " line 3", " line 4"]


def test_trace_stops_telling_faults_of_a_file_that_is_no_trace() -> None:
    with pytest.raises(TraceError) as caught:
        parse_trace("t_s,beam,broken\n" + "a,b,c\n" * 5000, "door.csv")
    assert len(caught.value.faults) == MOST_FAULTS + 1
    assert caught.value.faults[-1].startswith("door.csv: and 4980 more lines")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "door.csv: is empty", id="empty"),
        pytest.param("\n \n", "door.csv: is empty", id="blank"),
        pytest.param("t_s,beam,broken\n", "door.csv: has no rows", id="no rows"),
        pytest.param("1.0,outer,1\n", "door.csv: line 1: the header lacks t_s, beam, broken", id="no header"),
        pytest.param("t_s,broken\n1.0,1\n", "door.csv: line 1: the header lacks beam;", id="no beam"),
    ],
)
def test_trace_refuses_a_file_without_a_trace(text: str, fault: str) -> None:
    with pytest.raises(TraceError) as caught:
        parse_trace(text, "door.csv")
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(fault)


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"\x89PNG\r\n\x1a\n\xff\xfe", "is not text"), (b"t_s,beam,broken\n1.0,\0,1\n", "is a binary file")],
)
def test_trace_refuses_a_binary_file(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "door.png"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=fault):
        read_trace(path)


def test_trace_refuses_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="is a directory"):
        read_trace(tmp_path)
    with pytest.raises(TraceError, match="no such file"):
        read_trace(tmp_path / "none.csv")


def test_trace_keeps_only_the_changes_of_a_polled_trace() -> None:
    levels = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    text = "t_s,beam,broken\n" + "".join(f"{k / 200},outer,{level}\n" for k, level in enumerate(levels))
    assert [(edge.t_s, edge.broken) for edge in parse_trace(text, "polled.csv")] == [
        (0.0, False),
        (0.015, True),
        (0.035, False),
    ]


def test_trace_keeps_a_rare_repeat_which_tells_of_a_lost_edge() -> None:
    repeated = BeamEdge(t_s=3.0, beam=Beam.INNER, broken=False)
    assert parse_trace(format_trace([*EDGES, repeated]), "door.csv") == [*EDGES, repeated]
