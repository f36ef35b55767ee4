"""What a server answers in, what the copy does about it out."""

import socket

import pytest

from hub.history.target import HistoryRefused, InfluxTarget, TargetAway, TargetBusy
from tests.builders import (
    a_screening,
)
from tests.hub.history.bench import CANARY_C, DAY, Copying, Hub, Refusing


def to(server: Refusing) -> InfluxTarget:
    return InfluxTarget(url=server.url, org="campus", bucket="kuzet", token=None, deadline_s=10.0)


@pytest.mark.parametrize(
    ("status", "fault", "says"),
    [
        (200, HistoryRefused, "where a write API answers 204"),
        (301, HistoryRefused, "check the URL"),
        (400, HistoryRefused, "check the URL"),
        (401, HistoryRefused, "give the right token"),
        (403, HistoryRefused, "may write to this bucket"),
        (404, HistoryRefused, "--bucket"),
        (429, TargetBusy, "429"),
        (500, TargetAway, "500"),
        (503, TargetAway, "503"),
    ],
)
def test_answer_means(refusing: Refusing, status: int, fault: type[Exception], says: str) -> None:
    refusing.status = status
    target = to(refusing)
    with pytest.raises(fault, match=says) as raised:
        target.write(["air co2_ppm=1 1"])
    target.close()
    assert type(raised.value) is fault


def test_server_that_does_not_answer_in_time_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        target = InfluxTarget(url=url, org="campus", bucket="kuzet", token=None, deadline_s=0.1)
        with pytest.raises(TargetAway, match="timed out"):
            target.write(["air co2_ppm=1 1"])
        target.close()


def test_points_outside_the_retention_hold_nothing_up(refusing: Refusing, hub: Hub) -> None:
    refusing.status = 422
    hub.take_passages(5)
    target = to(refusing)
    copying = Copying(hub, target)
    copying.steps(2)
    target.close()
    assert copying.history.is_caught_up


def test_no_reading_of_a_person_is_on_the_wire(refusing: Refusing, hub: Hub) -> None:
    refusing.status = 204
    hub.take("entrance", a_screening(1, at=DAY, skin_c=CANARY_C, index_c=CANARY_C, ambient_c=CANARY_C))
    target = to(refusing)
    Copying(hub, target).steps(1)
    target.close()
    assert len(refusing.bodies) == 1
    assert str(CANARY_C).encode() not in refusing.bodies[0]
