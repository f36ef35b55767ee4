"""From a door to somebody's phone: an overload is told in the guard's language, once, and called off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import opened, people_url
from hub.store.decisions import Decisions
from hub.store.orders import Count, encode_order
from hub.store.schema import people as people_tables
from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from tests.brokers import find_mosquitto
from tests.builders import a_message, a_passage
from tests.end_to_end.test_kills import wait_until
from tests.end_to_end.test_run import Running
from tests.fakes.providers import HttpProvider

CAMPUS = """
site = "told"
profile = "kz-2020-order-345-381"
names = { kk = "Кампус", ru = "Кампус", en = "Campus" }
buildings = [{ id = "a", names = { kk = "А корпусы", ru = "Корпус А", en = "Building A" } }]
doors = [{ id = "door-a-1", node = "node-a-1", channel = "door", inner = "a-1", outer = "outside" }]
duties = [{ id = "guard-a", role = "guard", receivers = ["guard-hook"], language = "kk" }]

[[spaces]]
id = "a-1"
building = "a"
kind = "classroom"
code = "A-1"
floor = 1
area_m2 = 48
desks = 30
names = { kk = "Дәрісхана", ru = "Аудитория", en = "Classroom" }
"""
#: Only ends a test that has failed, seconds.
PATIENT_S = 100.0
RECEIVERS = """
[courier]
base_url = "http://127.0.0.1"

[[receivers]]
id = "guard-hook"
kind = "webhook"
url = "{url}"
schemes = ["http"]
allow_private = true
"""


@pytest.fixture
def phone() -> Iterator[HttpProvider]:
    provider = HttpProvider()
    yield provider
    provider.close()


@pytest.fixture
def running(tmp_path: Path, phone: HttpProvider) -> Iterator[Running]:
    find_mosquitto()
    campus, receivers = tmp_path / "campus.toml", tmp_path / "receivers.toml"
    campus.write_text(CAMPUS, encoding="utf-8")
    receivers.write_text(RECEIVERS.format(url=f"{phone.url}/told"), encoding="utf-8")
    receivers.chmod(0o600)
    run = Running(tmp_path / "data", "--campus", str(campus), "--receivers", str(receivers))
    yield run
    run.close()


def told(phone: HttpProvider) -> list[dict[str, object]]:
    """What was told of the loudest: the entrance without a thermometer is told of too."""
    return [request.json for request in phone.taken if request.json["priority"] == 1]


@pytest.mark.broker
@pytest.mark.timeout(240)
def test_overload_is_told_in_kazakh_and_called_off_when_the_room_empties(
    running: Running, phone: HttpProvider
) -> None:
    where = running.where()
    topics, clock = Topics("told"), SystemClock()
    session = Session(BrokerConfig(port=where["mqtt_port"], client_id="node-a-1"), on_message=lambda *_: None)
    session.start()
    session.wait_connected(60.0)
    crowd = a_passage(1, channel="door", people=20, at=to_milliseconds(clock.now()))
    event = Publication(topic=topics.events("node-a-1"), payload=a_message(crowd))
    wait_until(lambda: session.publish(event), "the broker")
    # The rule itself waits 20 s before it is told, and 30 s before it is over.
    wait_until(lambda: bool(told(phone)), "somebody to be told", PATIENT_S)
    first = told(phone)[0]
    assert (first["language"], first["priority"], first["drill"]) == ("kk", 1, False)
    assert "A-1" in str(first["text"])
    assert "§71" in str(first["text"])
    assert str(first["link"]).startswith("http://127.0.0.1/")
    now_ms = int(clock.now().timestamp() * 1000)
    with opened(people_url(running.data), people_tables) as store:
        kind, detail = encode_order(Count(count=0, reason="empty: yes"))
        Decisions(store).add(kind, "a-1", "guard", now_ms, detail)
    wait_until(lambda: len(told(phone)) > 1, "the end to be told", PATIENT_S)
    assert "Аяқталды" in str(told(phone)[-1]["title"])
    session.stop()
    assert running.stop() == 0
