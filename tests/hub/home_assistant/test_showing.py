"""What lies at the broker for Home Assistant: offered, kept right, taken back; a fake voice, a mosquitto."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.home_assistant.entities import Discovery
from hub.home_assistant.showing import MOST, SETTLE_S, Showing
from hub.layout import Layout
from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.codec import encode
from protocol.messages import AlertState
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.builders import a_layout, a_space, at
from tests.fakes.hub import SettableClock, Voice
from tests.hub.home_assistant.test_entities import an_alert, rendered

ALERT = "kuzet/1/test/alert/"
OURS = "kuzet/1/test/home-assistant/"
CONFIG = "homeassistant/sensor/kuzet-test/space-{}-people/config"
WAIT_S = 60.0


def discovery(layout: Layout) -> Discovery:
    return Discovery(layout, prefix="homeassistant", language="kk", valid_s=60.0, version="1")


class Home:
    """A showing with a broker's voice and a settable clock."""

    def __init__(self, layout: Layout | None = None) -> None:
        layout = layout or a_layout()
        self.voice, self.clock = Voice(), SettableClock()
        self.showing = Showing(self.voice, self.clock, layout, discovery(layout))
        self.settle()

    def settle(self) -> None:
        self.clock.pass_by(SETTLE_S)
        self.finish()

    def finish(self) -> None:
        for _ in range(100):
            if not self.showing.step():
                return
        raise AssertionError("it never ends")

    def alert(self, id: str, *, retained: bool = False, **changes: Any) -> None:
        self.showing.hear(ALERT + id, encode(an_alert(id=id, **changes)), retained)
        self.finish()

    def close(self, id: str) -> None:
        self.showing.hear(ALERT + id, b"", False)
        self.finish()

    def lies(self) -> dict[str, bytes]:
        """What is retained."""
        last = {one.topic: one.payload for one in self.voice.said if one.retain}
        return {topic: payload for topic, payload in last.items() if payload}

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.lies()[OURS + "alerts"])
        return found

    def happened(self) -> list[str]:
        said = [json.loads(one.payload) for one in self.voice.said if one.topic == OURS + "happened"]
        return [one["event_type"] for one in said]


@pytest.fixture
def home() -> Home:
    return Home()


def test_everything_is_retained_and_said_once(home: Home) -> None:
    assert set(discovery(a_layout()).messages()) <= set(home.lies())
    said = len(home.voice.said)
    home.settle()
    assert len(home.voice.said) == said
    assert len(home.lies()) == said


def test_nothing_is_said_before_the_broker_has_told_what_it_has() -> None:
    layout, voice, clock = a_layout(), Voice(), SettableClock()
    showing = Showing(voice, clock, layout, discovery(layout))
    assert showing.step() > 0
    assert voice.said == []


def test_big_campus_is_said_bit_by_bit() -> None:
    layout = a_layout(spaces=tuple(a_space(f"r{i}") for i in range(60)), doors=(), posts=())
    voice, clock = Voice(), SettableClock()
    showing = Showing(voice, clock, layout, discovery(layout))
    clock.pass_by(SETTLE_S)
    assert showing.step() > 0
    assert len(voice.said) == MOST


def test_room_that_goes_is_taken_back_and_a_new_one_offered(home: Home) -> None:
    layout = a_layout(spaces=(a_space("hall"), a_space("new")), doors=(), posts=())
    home.showing.show(layout, discovery(layout))
    home.finish()
    lies = home.lies()
    assert CONFIG.format("new") in lies
    assert [topic for topic in lies if "space-room" in topic or "door-" in topic] == []
    assert OURS + "space/room" not in lies


def test_what_an_earlier_run_left_is_taken_back() -> None:
    layout, voice, clock = a_layout(), Voice(), SettableClock()
    showing = Showing(voice, clock, layout, discovery(layout))
    showing.hear(CONFIG.format("gone"), b"{}", True)
    showing.hear("homeassistant/sensor/kuzet-other/space-gone-people/config", b"{}", True)
    showing.hear(OURS + "space/gone", b"{}", True)
    clock.pass_by(SETTLE_S)
    showing.step()
    emptied = {one.topic for one in voice.said if one.payload == b""}
    assert emptied == {CONFIG.format("gone"), OURS + "space/gone"}
    assert all(one.retain for one in voice.said)


def test_everything_can_be_taken_back(home: Home) -> None:
    home.alert("a1")
    home.showing.take_back()
    home.finish()
    assert home.lies() == {}


def test_broker_that_forgot_hears_everything_again(home: Home) -> None:
    before = home.lies()
    home.voice.said.clear()
    home.showing.connected()
    home.settle()
    assert home.lies() == before


def test_broker_that_is_away_hears_it_later(home: Home) -> None:
    home.voice.is_up = False
    home.showing.hear(ALERT + "a1", encode(an_alert()), False)
    home.showing.step()
    home.voice.is_up = True
    home.finish()
    assert home.summary()["open"] == 1


def test_alerts_are_counted_by_campus_and_room(home: Home) -> None:
    home.alert("a1", priority=2)
    home.alert("a2", priority=1, space=None, node="entrance")
    home.alert("a3", acked_by="Aigerim", state=AlertState.RESOLVED)
    found = home.summary()
    assert (found["open"], found["waiting"]) == (3, 2)
    assert [one["priority"] for one in found["alerts"]] == [1, 1, 2]
    assert len(json.loads(home.lies()[OURS + "space/room"])["alerts"]) == 2
    home.close("a1")
    home.close("a3")
    assert json.loads(home.lies()[OURS + "space/room"]) == {"alerts": []}


def test_most_urgent_is_said_first_and_the_newest_of_equals(home: Home) -> None:
    for id, minute, priority in (("a1", 0, 1), ("a2", 5, 2), ("a3", 5, 1)):
        home.alert(id, priority=priority, since=at(60 * minute))
    assert [one["id"] for one in home.summary()["alerts"]] == ["a3", "a1", "a2"]


def test_room_has_a_problem_while_an_alert_of_it_is_open(home: Home) -> None:
    template = json.loads(home.lies()["homeassistant/binary_sensor/kuzet-test/space-room-alert/config"])
    calm = home.lies()[OURS + "space/room"]
    home.alert("a1")
    shown = [rendered(template["value_template"], one) for one in (calm, home.lies()[OURS + "space/room"])]
    assert shown == ["OFF", "ON"]


def test_what_happens_is_said_once_and_not_what_was(home: Home) -> None:
    home.alert("a0", retained=True)
    home.alert("a1")
    home.alert("a1", value=17.0)
    home.alert("a1", acked_by="Aigerim")
    home.alert("a1", acked_by="Aigerim", state=AlertState.RESOLVED)
    home.close("a1")
    assert home.happened() == ["fired", "acknowledged", "resolved", "closed"]


def test_nobody_is_named_and_nothing_measured_is_told(home: Home) -> None:
    home.alert("a1", acked_by="Aigerim", value=36.7173)
    said = b"".join(one.payload for one in home.voice.said)
    assert b"Aigerim" not in said
    assert b"36.7173" not in said


def test_illegible_alert_is_let_pass(home: Home) -> None:
    home.showing.hear(ALERT + "a1", b"{", False)
    home.finish()
    assert home.summary()["open"] == 0


def test_summary_tells_some_and_counts_all(home: Home) -> None:
    for number in range(200):
        home.showing.hear(f"{ALERT}a{number}", encode(an_alert(id=f"a{number}")), False)
    home.finish()
    assert home.summary()["open"] == 200
    assert len(home.lies()[OURS + "alerts"]) < 16 * 1024


# A real broker.


class Watcher:
    """A program at the broker that keeps what is retained."""

    def __init__(self, port: int, name: str = "watcher") -> None:
        self.retained: dict[str, bytes] = {}
        self._lock = threading.Lock()
        config = BrokerConfig(port=port, client_id=name)
        self.session = Session(config, on_message=self._keep, subscriptions=("homeassistant/#", OURS + "#"))
        self.session.start()
        self.session.wait_connected(WAIT_S)

    def lies(self) -> dict[str, bytes]:
        with self._lock:
            return {topic: payload for topic, payload in self.retained.items() if payload}

    def close(self) -> None:
        self.session.stop()

    def _keep(self, topic: str, payload: bytes, _retained: bool) -> None:
        with self._lock:
            self.retained[topic] = payload


@pytest.fixture
def watcher(mosquitto: MosquittoServer) -> Iterator[Watcher]:  # noqa: F811
    made = Watcher(mosquitto.port)
    yield made
    made.close()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until it holds; the deadline only ends a test that has failed."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {WAIT_S:g} s for {what}"
        time.sleep(0.02)


@pytest.mark.broker
def test_room_that_went_while_nobody_looked_is_taken_back(
    mosquitto: MosquittoServer,  # noqa: F811
    watcher: Watcher,
) -> None:
    watcher.session.publish(Publication(topic=CONFIG.format("gone"), payload=b"{}", retain=True))
    wait_until(lambda: CONFIG.format("gone") in watcher.lies(), "the leftover")
    layout = a_layout()
    found = discovery(layout)
    heard: list[tuple[str, bytes, bool]] = []
    session = Session(
        BrokerConfig(port=mosquitto.port, client_id="home"),
        on_message=lambda *one: heard.append(one),
        subscriptions=found.patterns,
    )
    showing = Showing(session, SystemClock(), layout, found)
    session.start()
    session.wait_connected(WAIT_S)

    def go_on() -> bool:
        while heard:
            showing.hear(*heard.pop(0))
        showing.step()
        return CONFIG.format("gone") not in watcher.lies() and CONFIG.format("room") in watcher.lies()

    wait_until(go_on, "the room that went")
    session.stop()
