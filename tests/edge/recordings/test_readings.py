from pathlib import Path

import pytest

from edge.recordings.readings import ReadingsError, parse_readings, read_readings

HEADER = "visit,attempt,t_s,object_c,ambient_c\n"


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ReadingsError) as caught:
        parse_readings(text, "r.csv")
    return caught.value.faults


def test_readings_gather_the_samples_of_an_attempt() -> None:
    (one,) = parse_readings(HEADER + "7,1,0.0,34.9,23.5\n7,1,0.2,35.0,23.5\n", "r.csv")
    assert (one.visit, one.attempt) == ("7", 1)
    assert [sample.object_c for sample in one.samples] == [34.9, 35.0]


def test_readings_stand_where_their_last_row_came() -> None:
    text = HEADER + "a,1,0,35,24\nb,1,1,35,24\na,1,2,35,24\na,2,3,35,24\n"
    assert [(one.visit, one.attempt) for one in parse_readings(text, "r.csv")] == [
        ("b", 1),
        ("a", 1),
        ("a", 2),
    ]


def test_readings_take_columns_by_name_and_a_mark_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_bytes(
        "\ufeffAmbient_C,visit,attempt,object_c,t_s,note\r\n23.5,1,1,34.9,0.5,x\r\n\r\n".encode()
    )
    (one,) = read_readings(file)
    assert (one.samples[0].ambient_c, one.samples[0].object_c, one.samples[0].t_s) == (23.5, 34.9, 0.5)


def test_readings_keep_impossible_temperatures_for_the_screener() -> None:
    found = parse_readings(HEADER + "1,1,0,1037.55,24\n2,1,1,-273.15,24\n", "r.csv")
    assert [one.samples[0].object_c for one in found] == [1037.55, -273.15]


def test_readings_tell_every_fault_at_once() -> None:
    text = HEADER + ",1,0,35,24\n1,0,0,35,24\n1,1.5,0,35,24\n1,1,x,nan,\n1,1,0,35\n1,1,0,inf,24\n"
    found = faults(text)
    assert [fault.split(": ")[1] for fault in found] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "line 5",
        "line 5",
        "line 6",
        "line 7",
    ]
    assert all(fault.startswith("r.csv: line ") for fault in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("\n \n", "is empty", id="blank"),
        pytest.param(HEADER, "has no rows", id="header only"),
        pytest.param(
            "visit,attempt,t_s,object,ambient_c\n1,1,0,35,24\n", "lacks object_c", id="wrong header"
        ),
        pytest.param("t_s,beam,broken\n1,outer,1\n", "lacks visit, attempt", id="another file"),
        pytest.param(HEADER + '1,1,0,"35,24\n', "is not CSV", id="open quote"),
        pytest.param(HEADER + '1,1,0,"34,9",24\n', "decimal point", id="decimal comma"),
        pytest.param(HEADER + "1,1,0,,24\n", "leave the whole row out", id="empty cell"),
        pytest.param(HEADER + "1,1,0,1_0,24\n", "must be a number", id="underscore"),
    ],
)
def test_readings_fault_says_what_is_wrong(text: str, said: str) -> None:
    assert said in faults(text)[0]


def test_readings_tell_no_more_than_twenty_faults() -> None:
    found = faults(HEADER + "1,1,0,x,24\n" * 30)
    assert len(found) == 21
    assert found[-1] == "r.csv: and 10 more faults"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"\xff\xfe\x00", "is not text", id="not text"),
        pytest.param(b"visit\0", "is a binary file", id="binary"),
    ],
)
def test_readings_file_that_is_no_text_is_a_fault(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "r.csv"
    file.write_bytes(content)
    with pytest.raises(ReadingsError, match=said):
        read_readings(file)


def test_readings_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ReadingsError, match="no such file"):
        read_readings(tmp_path / "none.csv")
    with pytest.raises(ReadingsError, match="is a directory"):
        read_readings(tmp_path)
