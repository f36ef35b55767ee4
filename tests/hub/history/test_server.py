"""The copy of the journal in a real VictoriaMetrics: exact, once, and whole through kills."""

from collections.abc import Iterator

import pytest

from hub.history.target import InfluxTarget
from tests.builders import (
    a_screening,
)
from tests.hub.history.bench import CANARY_C, DAY_NS, Copying, Hub, expected, on, people_by_door
from tests.victoria import VictoriaServer


@pytest.fixture
def real(hub: Hub, victoria: VictoriaServer) -> Iterator[Copying]:
    target = InfluxTarget(url=victoria.url, org="campus", bucket="kuzet", token="secret", deadline_s=10.0)
    yield Copying(hub, target, batch=100)
    target.close()


@pytest.mark.broker
def test_passages_are_read_back_exactly(real: Copying, hub: Hub, victoria: VictoriaServer) -> None:
    hub.take_passages(250)
    assert sum(real.steps(6)) == 500
    assert people_by_door(victoria) == expected(250)
    (one,) = [series for series in victoria.export("passage_net") if series.labels["node"] == "room-node"]
    assert one.values[:4] == [1.0, -2.0, 3.0, -1.0]
    assert one.times_ms == [DAY_NS // 10**6 + i for i in range(250)]
    assert one.labels | {"db": ""} == {
        "__name__": "passage_net",
        "site": "test",
        "node": "room-node",
        "channel": "door",
        "door": "room-door",
        "space_in": "room",
        "space_out": "hall",
        "db": "",
    }


@pytest.mark.broker
def test_writing_everything_twice_changes_nothing(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(100)
    real.steps(3)
    real.start()
    assert sum(real.steps(3)) == 200
    assert people_by_door(victoria) == expected(100)


@pytest.mark.broker
def test_server_that_is_away_gets_everything_when_it_is_back(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.stop()
    hub.take_passages(50, first_ms=1000)
    assert real.steps(2) == [0, 0]
    victoria.start()
    real.steps(4)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_server_killed_between_two_writes_has_everything_afterwards(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.restart()
    hub.take_passages(50, first_ms=1000)
    real.steps(6)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_server_killed_before_a_write_fails_has_everything_afterwards(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(50)
    real.steps(2)
    victoria.kill()
    hub.take_passages(50, first_ms=1000)
    assert real.steps(1) == [0]
    victoria.start()
    real.steps(6)
    assert people_by_door(victoria) == expected(50, 50)


@pytest.mark.broker
def test_no_reading_of_a_person_reaches_the_server(
    real: Copying,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    readings = {"skin_c": CANARY_C, "index_c": CANARY_C, "ambient_c": CANARY_C, "spread_c": CANARY_C}
    hub.take("entrance", *(a_screening(i, at=on(i), **readings) for i in range(1, 51)))
    assert sum(real.steps(2)) == 50
    series = victoria.export(".*")
    assert {one.labels["__name__"] for one in series} == {"screening_count"}
    assert {value for one in series for value in one.values} == {1.0}
    assert str(CANARY_C) not in str(series)
