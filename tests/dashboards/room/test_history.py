"""History over HTTP: columns, gaps, and what is told to whoever asks badly."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.remembered import remember_day


@pytest.fixture
def day(campus: CampusBoard, guard: Guest) -> dict[str, Any]:
    """The last 24 h of A-204."""
    campus.calm()
    remember_day(campus.engine, "a-204", NOON)
    found: dict[str, Any] = guard.get("/api/1/history?space=a-204").get_json()
    return found


def test_history_has_columns_of_one_length_over_the_last_day(day: dict[str, Any]) -> None:
    lengths = {len(day[name]) for name in ("times", "count", "low", "high", "capacity")}
    assert len(lengths) == 1
    assert day["to"] - day["from"] == 24 * 3600
    assert max(one for one in day["count"] if one is not None) == 18
    assert day["times"] == sorted(day["times"])


def test_history_is_null_while_the_count_was_unknown_and_while_the_hub_was_down(day: dict[str, Any]) -> None:
    noon = int(NOON.timestamp())
    nulls = [(noon - at) / 3600 for at, n in zip(day["times"], day["count"], strict=True) if n is None]
    assert [round(one, 1) for one in nulls] == [5.5, 4.0]
    gaps = [one for one in day["states"] if one["state"] == "gap"]
    assert [(noon - one["from"], noon - one["to"]) for one in gaps] == [(4 * 3600, 3 * 3600)]


def test_history_says_which_minutes_were_corrected(day: dict[str, Any]) -> None:
    assert [one["reason"] for one in day["states"] if one["corrected"]] == ["free"]


def test_history_of_a_room_without_any_is_a_gap(campus: CampusBoard, guard: Guest) -> None:
    campus.calm()
    found = guard.get("/api/1/history?space=a-101").get_json()
    assert found["count"] == [None]
    assert [one["state"] for one in found["states"]] == ["gap"]


def test_history_between_instants_with_an_offset(campus: CampusBoard, guard: Guest) -> None:
    campus.calm()
    remember_day(campus.engine, "a-204", NOON)
    starts = (NOON - timedelta(hours=7)).isoformat()
    ends = (NOON - timedelta(hours=6)).isoformat()
    found = guard.get(f"/api/1/history?space=a-204&from={starts}&to={ends}&step=1800").get_json()
    assert found["to"] - found["from"] == 3600
    assert found["step_s"] == 1800
    assert 18 in found["count"]


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("", 400, "space=<id>"),
        ("space=a-999", 404, "no space `a-999`"),
        ("space=a-204&from=yesterday", 400, "2026-11-23T09:00:00Z"),
        ("space=a-204&from=2026-11-23T09:00:00", 400, "offset"),
        ("space=a-204&to=2026-11-01T00:00:00Z&from=2026-11-02T00:00:00Z", 400, "before `to`"),
        ("space=a-204&from=2020-01-01T00:00:00Z", 400, "At most 36 days"),
        ("space=a-204&from=0001-01-01T00:00:00%2B14:00", 400, "`from` is an instant"),
        ("space=a-204&step=0", 400, "whole seconds"),
        ("space=a-204&step=1.5", 400, "whole seconds"),
        ("space=a-204&step=²²²", 400, "whole seconds"),
        ("space=a-204&step=99999999999", 400, "whole seconds"),
    ],
)
def test_bad_question_is_told_what_to_do(
    campus: CampusBoard, guard: Guest, asked: str, status: int, says: str
) -> None:
    campus.calm()
    answer = guard.get(f"/api/1/history?{asked}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert says in answer.get_json()["detail"]


def test_stranger_gets_no_history(campus: CampusBoard, stranger: Guest) -> None:
    campus.calm()
    assert stranger.get("/api/1/history?space=a-204").status_code == 401
