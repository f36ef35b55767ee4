"""`kuzet home-assistant run` as a process of its own against a real mosquitto."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandline.home_assistant_run import HomeAssistantConfig
from protocol.broker import Publication
from protocol.codec import encode
from protocol.config import read_struct
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.hub.history.bench import CAMPUS
from tests.hub.home_assistant.test_entities import an_alert
from tests.hub.home_assistant.test_showing import ALERT, CONFIG, OURS, WAIT_S, Watcher, wait_until

ROOT = Path(__file__).parents[2]
ROOM = CAMPUS[CAMPUS.index('[[spaces]]\nid = "room"') : CAMPUS.index("[[doors]]")]
ROOM_DOOR = CAMPUS[CAMPUS.index('[[doors]]\nid = "room-door"') :]


class Copy:
    """The command over a campus file that a test may change."""

    def __init__(self, folder: Path, port: int) -> None:
        self.campus, self._file = folder / "campus.toml", folder / "home-assistant.toml"
        self.write(CAMPUS)
        self._file.write_text(
            f'campus = "{self.campus}"\nlanguage = "en"\n[broker]\nport = {port}\nclient_id = "copy"\n',
            encoding="utf-8",
        )
        self._children: list[subprocess.Popen[bytes]] = []

    def write(self, campus: str) -> None:
        new = self.campus.with_suffix(".new")
        new.write_text(campus, encoding="utf-8")
        new.replace(self.campus)

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "kuzet", "home-assistant", "run", "--config", str(self._file), *more]
        self._children.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))
        return self._children[-1]

    def close(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()


@pytest.fixture
def watcher(mosquitto: MosquittoServer) -> Iterator[Watcher]:  # noqa: F811
    made = Watcher(mosquitto.port)
    yield made
    made.close()


@pytest.fixture
def copy(tmp_path: Path, mosquitto: MosquittoServer) -> Iterator[Copy]:  # noqa: F811
    made = Copy(tmp_path, mosquitto.port)
    yield made
    made.close()


def is_there(watcher: Watcher, word: str) -> bool:
    said: dict[str, str] = json.loads(watcher.lies().get(OURS + "status", b"{}"))
    return said.get("state") == word


def is_shown(watcher: Watcher, room: str) -> bool:
    return CONFIG.format(room) in watcher.lies()


@pytest.mark.broker
def test_campus_is_shown_follows_its_file_and_is_said_to_be_gone(copy: Copy, watcher: Watcher) -> None:
    child = copy.start()
    wait_until(lambda: is_shown(watcher, "room") and is_there(watcher, "online"), "the rooms")
    watcher.session.publish(Publication(topic=ALERT + "a1", payload=encode(an_alert()), retain=True))
    wait_until(lambda: b'"open":1' in watcher.lies().get(OURS + "alerts", b""), "the alert")
    # A file that is not legal changes nothing.
    copy.write("site = 1")
    copy.write(CAMPUS.replace(ROOM, "").replace(ROOM_DOOR, ""))
    wait_until(lambda: not is_shown(watcher, "room"), "the room's end")
    assert is_shown(watcher, "hall")
    assert not [topic for topic in watcher.lies() if "room-door" in topic]
    child.send_signal(signal.SIGTERM)
    assert child.wait(WAIT_S) == 0
    wait_until(lambda: is_there(watcher, "lost"), "the goodbye")


@pytest.mark.broker
def test_copy_that_is_killed_is_said_to_be_lost(copy: Copy, watcher: Watcher) -> None:
    child = copy.start()
    wait_until(lambda: is_there(watcher, "online"), "the copy")
    child.kill()
    wait_until(lambda: is_there(watcher, "lost"), "its last will")


@pytest.mark.broker
def test_broker_that_lost_everything_is_told_again(
    copy: Copy,
    mosquitto: MosquittoServer,  # noqa: F811
    watcher: Watcher,
) -> None:
    copy.start()
    wait_until(lambda: is_shown(watcher, "room"), "the rooms")
    watcher.close()
    mosquitto.restart()
    again = Watcher(mosquitto.port, "again")
    wait_until(lambda: is_shown(again, "room") and is_there(again, "online"), "the rooms again")
    again.close()


@pytest.mark.broker
def test_take_back_leaves_nothing(copy: Copy, watcher: Watcher) -> None:
    child = copy.start()
    wait_until(lambda: is_shown(watcher, "room"), "the rooms")
    child.terminate()
    child.wait(WAIT_S)
    assert copy.start("--take-back").wait(WAIT_S) == 0
    wait_until(lambda: watcher.lies() == {}, "an empty broker")


def test_example_file_is_legal() -> None:
    read_struct(ROOT / "deploy" / "home-assistant.toml", HomeAssistantConfig)
