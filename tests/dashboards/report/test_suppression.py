import pytest

from dashboards.report.suppression import suppress, suppressed


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0"), (1, "<5"), (4, "<5"), (5, "5"), (1200, "1200")],
)
def test_suppressed_hides_one_to_four(count: int, said: str) -> None:
    assert suppressed(count) == said


def test_suppressed_refuses_what_is_no_count() -> None:
    with pytest.raises(ValueError, match="got -1"):
        suppressed(-1)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"pass": 90, "repeat": 7, "elevated": 2}, {"pass": "90", "repeat": "…", "elevated": "<5"}),
        ({"pass": 90, "repeat": 3, "elevated": 2}, {"pass": "90", "repeat": "<5", "elevated": "<5"}),
        ({"pass": 90, "repeat": 0, "elevated": 0}, {"pass": "90", "repeat": "0", "elevated": "0"}),
        ({"pass": 3}, {"pass": "<5"}),
    ],
    ids=["one would be worked out", "two hide each other", "nothing to hide", "nothing beside it"],
)
def test_suppress_leaves_nothing_to_work_out(parts: dict[str, int], said: dict[str, str]) -> None:
    assert suppress(parts) == said
