"""From the printed link to a door that counts: an administrator's first minutes, as a newcomer has them."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.codec import encode
from protocol.messages import Channel, Hello
from protocol.topics import Topics
from tests.brokers import find_mosquitto
from tests.builders import EPOCH, a_message, a_passage, an_exit
from tests.dashboards.browser import chromium
from tests.end_to_end.test_run import Running

NODE, CHANNEL = "door-9f2a", "beams"
PASSWORD = "qyzyl alma bes tauda"


class Sensor:
    """A node that nobody has told the campus of."""

    def __init__(self, port: int, site: str) -> None:
        self._topics = Topics(site)
        self._seq = 0
        self._session = Session(
            BrokerConfig(port=port, client_id=NODE), on_message=lambda *_: None, subscriptions=()
        )
        self._session.start()
        self._session.wait_connected(60.0)

    def say_hello(self) -> None:
        """It is switched on."""
        channels = (Channel(channel=CHANNEL, kind="beam-pair"),)
        hello = Hello(software="test", config_hash="0", epoch=EPOCH, seq=self._seq, channels=channels)
        self._say(self._topics.hello(NODE), encode(hello), retain=True)

    def see(self, direction: str) -> None:
        """Somebody walks through."""
        self._seq += 1
        make = a_passage if direction == "in" else an_exit
        event = make(self._seq, channel=CHANNEL, at=datetime.now(UTC))
        self._say(self._topics.events(NODE), a_message(event), retain=False)

    def close(self) -> None:
        self._session.stop()

    def _say(self, topic: str, payload: bytes, *, retain: bool) -> None:
        assert self._session.publish(Publication(topic=topic, payload=payload, retain=retain))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    find_mosquitto()
    run = Running(tmp_path / "data")
    yield run
    run.close()


class Administrator:
    """Counts the clicks, the choices and the words typed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    def click(self, css: str) -> None:
        self.steps += 1
        self.page.click(css)

    def type(self, name: str, words: str) -> None:
        self.steps += 1
        self.page.fill(f"[name={name}]", words)

    def choose(self, name: str, value: str) -> None:
        self.steps += 1
        self.page.select_option(f"select[name={name}]", value)


@pytest.mark.broker
@pytest.mark.browser
@pytest.mark.timeout(120)
def test_newcomer_sets_up_and_adds_a_door_by_hearing_it(running: Running) -> None:
    where = running.where()
    sensor = Sensor(where["mqtt_port"], where["site"])
    clock = SystemClock()
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        admin = Administrator(page)
        page.goto(where["sign_in"])
        admin.click("button[type=submit]")
        # Each step is kept: the way is left and taken again.
        expect(page.locator("[aria-current=step]")).to_have_count(1)
        admin.type("new", PASSWORD)
        admin.type("again", PASSWORD)
        admin.click("main button[type=submit]")
        page.goto(where["address"])
        page.goto(where["address"] + "setup")
        admin.type("name_kk", "Алатау университеті")
        admin.click("main button[type=submit]")
        page.check("[name=sure]")
        admin.click("form:has([value=empty]) button")

        began_s, setting_up = clock.monotonic(), admin.steps
        expect(page.locator(".heard li")).to_have_count(0)
        sensor.say_hello()
        card = page.locator(".heard li", has_text=NODE)
        expect(card).to_contain_text("beam-pair")
        admin.click(f".heard li:has-text('{NODE}') .button")
        admin.choose("building", "+")
        admin.type("building_name", "А корпусы")
        admin.type("code", "A-204")
        admin.type("area_m2", "48,5")
        admin.type("desks", "24")
        admin.choose("outer", "outside")
        admin.click("main button[type=submit]")
        expect(page.locator(".walk [aria-current=step]")).to_be_visible()
        # The sensor hangs the wrong way round: it calls "out" what goes in.
        sensor.see("out")
        expect(page.locator("main .fault")).to_be_visible()
        admin.click("main .fault button")
        expect(page.locator("main .fault")).to_have_count(0)
        sensor.see("out")
        expect(page.locator(".walk li.done")).to_have_count(1)
        sensor.see("in")
        expect(page.locator(".walk li.done")).to_have_count(2)
        admin.click(".button.main")
        expect(page.locator(".livetile .big")).to_have_text(re.compile(r"^1\b"))
        sensor.see("out")
        expect(page.locator(".livetile .big")).to_have_text(re.compile(r"^2\b"))
        took_s, steps = clock.monotonic() - began_s, admin.steps - setting_up
        browser.close()
    sensor.close()
    assert said == []
    assert steps <= 12
    written = tomllib.loads((running.data / "campus.toml").read_text(encoding="utf-8"))
    assert written["names"]["ru"] == "Алатау университеті"
    assert [(door["inner"], door["outer"]) for door in written["doors"]] == [("outside", "a-204")]
    print(f"set up in {setting_up} steps; a door in {steps} steps, {took_s:.1f} s of machine time")
