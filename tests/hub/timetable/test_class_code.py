import pytest

from hub.timetable.class_code import class_code, read_description, read_people


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("CS-101", "CS-101"),
        ("GEst2626PB02 0", "GEst2626PB02 0"),
        ("Com56451113262L05 0", "Com56451113262L05 0"),
        ("CS-101 Networks, Prof. A. Person", "CS-101"),
        ("Физика-2 лекция, доц. Некто Н.Н. (ИС-21-3)", "Физика-2 ИС-21-3"),
        ("A. Person", ""),
        ("Person person85@example.kz +7 (701) 123-45-67", ""),
        ("Meeting https://example.kz/j/88", ""),
        ("", ""),
    ],
)
def test_class_code_keeps_no_name(title: str, code: str) -> None:
    assert class_code(title) == code


def test_read_description_takes_numbers_only() -> None:
    text = "Lecturer: A. Person\nenrolled=26; capacity = 40; group: IS-21-3 (A. Person)"
    assert read_description(text) == (26, 40, "IS-21-3")


def test_read_description_without_numbers_is_unknown() -> None:
    assert read_description("see you there") == (None, None, None)


@pytest.mark.parametrize("word", ["-1", "many", "1.5", "²", "9999999"])
def test_read_people_refuses_what_is_no_number(word: str) -> None:
    with pytest.raises(ValueError, match="is not a number of people"):
        read_people(word, "enrolled")
