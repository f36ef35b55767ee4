import pytest

from edge.recordings.readings import ReadingsError
from simulator.thermography import Round, is_thermography, parse_thermography, read_thermography
from tests.recordings import recording

NAMES = (
    "SubjectID,,T_FHC_Max1,T_LC14,T_FHC_Max2,T_FHC_Max3,T_FHC_Max4,,aveOralF,aveOralM,T_atm,Humidity,Distance"
)
TEXT = f",,Round 1:,,,,,,,,,,\n,,T_FCmax,,,,,,,,,,\n{NAMES}\n"


def parse(*rows: str) -> list[tuple[str, tuple[Round, ...], float | None]]:
    return [(v.visit, v.rounds, v.oral_c) for v in parse_thermography(TEXT + "\n".join(rows), "t.csv")]


def a_round(attempt: int, skin_c: float, ambient_c: float | None = 24.0) -> Round:
    return Round(attempt=attempt, skin_c=skin_c, ambient_c=ambient_c)


def test_rounds_are_attempts_with_the_air_and_the_truth_apart() -> None:
    assert parse("s-1,,35.1,30.0,35.2,35.3,35.4,,36.9,37.2,24,30,0.8") == [
        ("s-1", (a_round(1, 35.1), a_round(2, 35.2), a_round(3, 35.3), a_round(4, 35.4)), 37.2)
    ]


def test_blank_rounds_are_no_attempts_and_the_others_keep_their_number() -> None:
    assert parse("s-1,,,30.0,35.2,,35.4,,36.9,37.2,24,30,0.8") == [
        ("s-1", (a_round(2, 35.2), a_round(4, 35.4)), 37.2)
    ]


def test_volunteer_without_any_round_stays_a_visit() -> None:
    assert parse("s-1,,,,nan,,,,36.9,37.2,24,30,0.8") == [("s-1", (), 37.2)]


def test_missing_air_and_truth_are_unknown() -> None:
    assert parse("s-1,,35.1,,,,,,,,,,") == [("s-1", (a_round(1, 35.1, None),), None)]


@pytest.mark.parametrize("oral", ["3.72", "372", "98.6"])
def test_truth_no_living_person_shows_is_no_truth(oral: str) -> None:
    assert parse(f"s-1,,35.1,,,,,,,{oral},24,30,0.8")[0][2] is None


@pytest.mark.parametrize("trap", ["24,3021.1,0.8", "24,30,79"], ids=["humidity of 3021", "distance of 79"])
def test_traps_in_columns_not_used_cost_nobody(trap: str) -> None:
    assert parse(f"s-1,,35.1,,,,,,,37.2,{trap}") == [("s-1", (a_round(1, 35.1),), 37.2)]


def test_subject_written_twice_is_two_visits() -> None:
    row = "s-1,,35.1,,,,,,,37.2,24,30,0.8"
    assert [visit for visit, _, _ in parse(row, row)] == ["s-1", "s-1#2"]


def test_words_for_temperatures_are_faults_all_at_once() -> None:
    with pytest.raises(ReadingsError) as caught:
        parse("s-1,,warm,,,,,,,37.2,24,30,0.8", "s-2,,35.1,,,,,,,37.2,mild,30,0.8")
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["line 4", "line 5"]


def test_file_without_the_columns_is_a_fault() -> None:
    with pytest.raises(ReadingsError, match="lacks the columns"):
        parse_thermography("a\nb\nSubjectID,T_FHC_Max1\n", "t.csv")


def test_file_without_volunteers_is_a_fault() -> None:
    with pytest.raises(ReadingsError, match="no volunteers"):
        parse()


def test_thermography_is_recognised_by_its_third_line() -> None:
    assert is_thermography(TEXT)
    assert not is_thermography("visit,attempt,t_s,object_c,ambient_c\n1,1,0,35,24\n1,2,0,35,24\n")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "people", "without_first"), [("FLIR_group1.csv", 544, 11), ("ICI_group1.csv", 539, 32)]
)
def test_thermography_files_are_read_whole(file: str, people: int, without_first: int) -> None:
    volunteers = read_thermography(recording("fda_thermography") / file)
    assert len(volunteers) == people
    assert sum(all(one.attempt != 1 for one in v.rounds) for v in volunteers) == without_first
    assert sum(v.oral_c is not None and v.oral_c >= 38.0 for v in volunteers) == 19
