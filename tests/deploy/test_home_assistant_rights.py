"""The copy for Home Assistant on a campus's broker: it says what it has to say, and nothing else."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.broker import Session
from tests.deploy.tls_campus import ROOT, TOPICS, WAIT_S, CampusBroker, kuzet_command, running, wait_until
from tests.deploy.wire import Wire, tls

COPY, READER = "home-assistant-copy", "sign-a"
OURS = f"{TOPICS.root}/home-assistant/"
#: What only hub and nodes say, or nobody; and the discovery messages of others.
FOREIGN = (
    f"{TOPICS.root}/space/a-101/state",
    TOPICS.alert("01KAQR5T6M2222222222222222"),
    TOPICS.hub_status,
    TOPICS.events("entrance-a"),
    TOPICS.ack("entrance-a"),
    TOPICS.signal("entrance-a"),
    f"{OURS}else",
    f"{OURS}space/a-101/deeper",
    "homeassistant/sensor/kuzet-other/one/config",
    "homeassistant/sensor/kitchen/config",
    "homeassistant/status",
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[CampusBroker]:
    for made in running(CampusBroker(tmp_path)):
        where = ["--ca", made.authority, "--out", made.files, "--host", made.host, "--port", made.port]
        more = ["--listen", made.host, "--user", "root", "--discovery", "homeassistant"]
        kuzet_command("broker", "config", *where, *more)
        yield made


class Ear:
    """Home Assistant itself, as far as the broker goes: a reader."""

    def __init__(self, broker: CampusBroker) -> None:
        self.heard: dict[str, bytes] = {}
        own = broker.enrol(READER, "--role", "reader") / "node.pem"
        self.session = Session(
            broker.connection(READER, own),
            on_message=lambda topic, payload, _: self.heard.update({topic: payload}),
            subscriptions=("homeassistant/#", f"{TOPICS.root}/#"),
            jitter=lambda: 0.0,
        )
        self.session.start()
        self.session.wait_connected(WAIT_S)


@pytest.mark.broker
def test_copy_says_all_it_has_to_say_and_nothing_else(broker: CampusBroker, tmp_path: Path) -> None:
    ear = Ear(broker)
    own = broker.files / "home-assistant.pem"
    file = tmp_path / "home-assistant.toml"
    file.write_text(
        f'campus = "{ROOT / "deploy" / "campus.toml"}"\n[broker]\nhost = "{broker.host}"\n'
        f"port = {broker.port}\n"
        f'client_id = "{COPY}"\nca_file = "{broker.ca_file}"\ncertificate_file = "{own}"\n',
        encoding="utf-8",
    )
    kuzet_command("check", file)
    with (tmp_path / "copy.log").open("wb") as log:
        copy = subprocess.Popen(
            [sys.executable, "-m", "kuzet", "home-assistant", "run", "--config", str(file)],
            stderr=log,
        )
    wait_until(lambda: b"online" in ear.heard.get(f"{OURS}status", b""), "the copy")
    wait_until(lambda: f"{OURS}space/a-101" in ear.heard, "a room's alerts")
    wait_until(lambda: f"{OURS}alerts" in ear.heard, "the alerts")
    shown = [topic for topic in ear.heard if topic.startswith("homeassistant/")]
    assert len(shown) > 60
    copy.send_signal(signal.SIGTERM)
    assert copy.wait(WAIT_S) == 0
    wait_until(lambda: b"lost" in ear.heard[f"{OURS}status"], "its goodbye")
    refused = f"refused=publish from={COPY} "
    assert broker.lines(refused) == []

    before = dict(ear.heard)
    wire = Wire(broker.port, tls(broker.ca_file, own))
    assert wire.connect(COPY)
    for topic in FOREIGN:
        wire.publish(topic, b"forged", retain=True)
    # What it may say comes through behind them.
    wire.publish(f"{OURS}happened", b"{}")
    wire.close()
    wait_until(lambda: f"{OURS}happened" in ear.heard, "its own word")
    ear.session.stop()
    assert {topic for topic, said in ear.heard.items() if before.get(topic) != said} == {f"{OURS}happened"}
    assert len(broker.wait_lines(refused, len(FOREIGN))) == len(FOREIGN)
