import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.quantities import Duration, format_instant, parse_duration, require_utc, to_milliseconds
from tests.builders import MORNING, at


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("20min", 1200), ("1.5h", 5400), ("250ms", 0.25), ("2d", 172800)]
)
def test_duration_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["90", "", "s", "-5s", "5 parsecs", "1e3s", "NaN s"])
def test_duration_without_a_unit_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ValueError, match="it needs a number and a unit"):
        parse_duration(text)


def test_bare_number_gets_the_hint_it_needs() -> None:
    with pytest.raises(ValueError, match='did you mean "60s"'):
        Duration("60")


def test_instant_outside_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="must be in UTC"):
        require_utc(MORNING.replace(tzinfo=None))


@given(st.integers(0, 999_999))
def test_milliseconds_never_round_up(microsecond: int) -> None:
    cut = to_milliseconds(MORNING.replace(microsecond=microsecond))
    assert cut.microsecond == microsecond - microsecond % 1000


def test_instant_is_written_with_milliseconds() -> None:
    assert format_instant(at(1.5)) == "2026-11-23T04:00:01.500Z"
