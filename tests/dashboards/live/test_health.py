"""Machines are told whether the board is live, and never a count that is not known."""

import pytest
from flask import Flask

from hub.store import schema
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock


def test_health_is_failing_until_the_hub_has_written(stranger: Guest) -> None:
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "failing")


def test_health_is_ok_while_the_hub_pulses(stranger: Guest, campus: CampusBoard) -> None:
    campus.pulse()
    assert stranger.get("/healthz").status_code == 200


def test_health_fails_when_the_pulse_is_old_and_says_so(
    stranger: Guest, campus: CampusBoard, clock: FakeClock
) -> None:
    campus.pulse()
    clock.advance(20)
    answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert "20 s old" in answer.get_json()["why"]


def test_health_fails_when_the_store_does_not_answer(stranger: Guest, campus: CampusBoard) -> None:
    campus.pulse()
    schema.board.drop(campus.engine)
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.get_json()["why"]) == (503, "the store does not answer")


@pytest.fixture
def metrics(stranger: Guest, campus: CampusBoard) -> list[str]:
    campus.calm()
    campus.troubles()
    return stranger.get("/metrics").text.splitlines()


@pytest.mark.parametrize(
    "line",
    [
        'kuzet_space_people{space="a-204"} 18',
        'kuzet_space_capacity_people{space="a-204"} 15',
        "kuzet_spaces_unknown 4",
        'kuzet_alerts{state="firing",priority="1"} 1',
        'kuzet_alerts{state="firing",priority="2"} 2',
        'kuzet_ledger_events{part="produced"} 18430',
        'kuzet_hub{counter="events"} 18423',
        "kuzet_streams 0",
        'kuzet_build_info{version="0.1.0",build="b1"} 1',
    ],
    ids=str,
)
def test_metrics_have_the_line(metrics: list[str], line: str) -> None:
    assert line in metrics


def test_metrics_leave_out_a_count_that_is_not_known(metrics: list[str]) -> None:
    assert not [line for line in metrics if line.startswith('kuzet_space_people{space="a-104"}')]


def test_metrics_of_a_silent_hub_count_nobody(
    app: Flask, campus: CampusBoard, clock: FakeClock, stranger: Guest
) -> None:
    campus.calm()
    clock.advance(60)
    text = stranger.get("/metrics").text
    assert "kuzet_spaces_unknown 60" in text
    assert "kuzet_space_people{" not in text
