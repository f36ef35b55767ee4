from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.calibration.checked import Checked, file_of, keep, last

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_check(**fields: Any) -> Checked:
    known: dict[str, Any] = {"kind": "black-body", "channel": "thermometer", "at": AT, "passed": True}
    return Checked(**{**known, "summary": "offset +0.05 °C", **fields})


def test_checked_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    keep(outbox, a_check(offset=0.05, uncertainty=0.1))
    assert last(outbox, "thermometer") == a_check(offset=0.05, uncertainty=0.1)
    assert [path.name for path in tmp_path.iterdir()] == ["outbox.sqlite.thermometer.checked"]


def test_checked_keeps_the_newest(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    keep(outbox, a_check())
    keep(outbox, a_check(passed=False))
    assert last(outbox, "thermometer") == a_check(passed=False)


def test_checked_of_a_channel_never_checked(tmp_path: Path) -> None:
    assert last(tmp_path / "outbox.sqlite", "main") is None


def test_checked_that_is_illegible_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = tmp_path / "outbox.sqlite"
    file_of(outbox, "main").write_bytes(b'{"kind": "guess"}')
    assert last(outbox, "main") is None
    assert "illegible" in caplog.text


def test_checked_refuses_an_instant_outside_utc() -> None:
    with pytest.raises(ValueError, match="UTC"):
        a_check(at=AT.replace(tzinfo=None))
