import os
from pathlib import Path

import pytest

from edge.kept import Kept
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings

LEVEL = (35.05, 34.9, 35.2)


def test_level_is_the_same_after_a_restart(tmp_path: Path) -> None:
    Kept(tmp_path / "level").save(LEVEL)
    assert Kept(tmp_path / "level").load() == LEVEL


def test_level_of_a_living_post_is_the_same_after_a_restart(tmp_path: Path) -> None:
    screener = Screener(ScreeningSettings(), DEFAULT_LIMITS)
    for place in range(300):
        day, minute = divmod(place, 120)
        at_s = day * 86_400.0 + minute * 60.0
        screener.judge(34.5 + 0.01 * (place * 37 % 100), 24.0, 1, at_s, visit=str(place))
    Kept(tmp_path / "level").save(screener.baseline)
    again = Screener(ScreeningSettings(), DEFAULT_LIMITS, Kept(tmp_path / "level").load())
    assert again.drift().mornings == screener.drift().mornings + 1
    assert again.level_c == pytest.approx(screener.level_c, abs=0.02)


def test_level_of_a_new_post_is_empty(tmp_path: Path) -> None:
    assert Kept(tmp_path / "level").load() == ()


@pytest.mark.parametrize(
    "content", [b"", b"[35.0", b'{"a":1}', b"[35.0,1037.55]", b"[-35.0]", b"\xff\xfe", b"[null]"]
)
def test_level_that_is_damaged_is_learned_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "level"
    path.write_bytes(content)
    assert Kept(path, 0.0, 45.0).load() == ()


def test_level_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "level"
    level = Kept(path)
    level.save(LEVEL)
    os.utime(path, (1, 1))
    level.save(LEVEL)
    assert path.stat().st_mtime == 1


def test_level_that_cannot_be_written_is_said_and_not_missed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Kept(tmp_path / "missing" / "level").save(LEVEL)
    assert "kept=not-written" in caplog.text
