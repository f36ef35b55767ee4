import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.edge.test_config import DOOR, LIGHT
from tests.servers import free_port

#: Systemd's time in these tests: fed every 0.2 s.
WATCHDOG_S = 0.6
_NODE = """
import argparse, sys
from commandline import edge_run
parser = argparse.ArgumentParser()
edge_run.add_arguments(parser)
sys.exit(edge_run.run(parser.parse_args(sys.argv[1:])))
"""
#: A node whose steps go on for ever after the first few, as they would on a disk that hangs.
_HANGING = """
import os, sys, threading
from pathlib import Path
from commandline.edge_run import serve
from edge.life.last_life import LastLife
from edge.life.notify import Notifier, watchdog_s
from edge.life.progress import Progress
from edge.life.watchdog import STEPS, Watchdog
from protocol.clock import SystemClock

class Node:
    steps = 0
    def start(self): pass
    def stop(self): pass
    def step(self):
        self.steps += 1
        if self.steps > int(sys.argv[1]):
            notifier.status("hangs from now on")
            threading.Event().wait()
        return 0.01

notifier = Notifier(os.environ["NOTIFY_SOCKET"])
progress = Progress({STEPS: 0.3})
life = LastLife(Path(sys.argv[2]), Path("/"))
life.begin()
watchdog = Watchdog(notifier, progress, life, lambda: "running", watchdog_s(os.environ, os.getpid()))
serve(Node(), SystemClock(), threading.Event(), notifier, progress, watchdog)
"""


class Manager:
    """Systemd's part: a datagram socket that hears what the service says."""

    def __init__(self, folder: str) -> None:
        self.address = f"{folder}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)

    def hear(self, word: str, timeout_s: float = 60.0) -> list[str]:
        """What was said up to `word`, which begins the last of it. Raises TimeoutError."""
        self._socket.settimeout(timeout_s)
        said: list[str] = []
        while not said or not said[-1].startswith(word):
            said.append(self._socket.recv(8192).decode())
        return said

    def forget(self) -> None:
        """Throw away what was said until now."""
        self._socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(8192)

    def close(self) -> None:
        self._socket.close()


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def manager() -> Iterator[Manager]:
    # Not tmp_path: the name of a socket has room for 107 characters.
    with tempfile.TemporaryDirectory(prefix="kz") as folder:
        manager = Manager(folder)
        yield manager
        manager.close()


@pytest.fixture
def start(manager: Manager) -> Iterator[Start]:
    """Start a program as systemd does a service of `Type=notify` with a watchdog."""
    children: list[subprocess.Popen[bytes]] = []

    def begin(program: str, *words: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
        }
        command = [sys.executable, "-c", program, *words]
        child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        children.append(child)
        return child

    yield begin
    for child in children:
        child.kill()
        child.communicate()


def a_file(folder: Path) -> str:
    path = folder / "node.toml"
    path.write_text(
        f'site = "demo"\nnode = "n"\noutbox = "{folder / "outbox.sqlite"}"\npins = "mock"\n'
        f"{DOOR}{LIGHT}\n[broker]\nport = {free_port()}\n",
        encoding="utf-8",
    )
    return str(path)


def note_of(folder: Path) -> dict[str, object]:
    note: dict[str, object] = json.loads((folder / "outbox.sqlite.life").read_bytes())
    return note


def test_edge_run_is_ready_after_its_first_step_and_is_fed_from_then_on(
    manager: Manager, start: Start, tmp_path: Path
) -> None:
    start(_NODE, "--config", a_file(tmp_path))
    assert "WATCHDOG=1" not in manager.hear("READY=1")
    fed = [manager.hear("WATCHDOG=1")[-1] for _ in range(5)]
    assert fed == ["WATCHDOG=1"] * 5


def test_edge_run_says_that_it_stops_when_asked_to(manager: Manager, start: Start, tmp_path: Path) -> None:
    child = start(_NODE, "--config", a_file(tmp_path))
    manager.hear("READY=1")
    child.send_signal(signal.SIGTERM)
    assert manager.hear("STOPPING=1")[-1] == "STOPPING=1\nSTATUS=asked to stop"
    assert child.wait(60.0) == 0
    assert not (tmp_path / "outbox.sqlite.life").exists()


def test_edge_run_that_is_frozen_is_not_fed(manager: Manager, start: Start, tmp_path: Path) -> None:
    child = start(_NODE, "--config", a_file(tmp_path))
    manager.hear("READY=1")
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    manager.forget()
    with pytest.raises(TimeoutError):
        manager.hear("", timeout_s=2 * WATCHDOG_S)


def test_edge_run_whose_step_hangs_says_so_and_is_not_fed(
    manager: Manager, start: Start, tmp_path: Path
) -> None:
    start(_HANGING, "3", str(tmp_path / "outbox.sqlite"))
    # On a busy machine one of the steps before may already have taken too long.
    said = manager.hear("STATUS=hangs")
    assert any(word.startswith("READY=1") for word in said)
    manager.hear("STATUS=stuck: steps has not moved")
    # It goes on saying so, a new second each time, longer than systemd's time.
    after = [*manager.hear("STATUS=stuck"), *manager.hear("STATUS=stuck")]
    assert [word for word in after if not word.startswith("STATUS=stuck")] == []
    assert note_of(tmp_path)["part"] == "steps"


def test_edge_run_ended_by_systemd_shows_where_every_thread_is(
    manager: Manager, start: Start, tmp_path: Path
) -> None:
    child = start(_NODE, "--config", a_file(tmp_path))
    manager.hear("READY=1")
    child.send_signal(signal.SIGABRT)
    _, said = child.communicate(timeout=60.0)
    assert child.returncode == -signal.SIGABRT
    assert b"in run_until" in said
    assert b"in keep_watch" in said


def test_edge_run_whose_first_step_hangs_is_never_ready(
    manager: Manager, start: Start, tmp_path: Path
) -> None:
    start(_HANGING, "0", str(tmp_path / "outbox.sqlite"))
    said = manager.hear("STATUS=stuck: steps has not moved")
    assert not any(word.startswith("READY=1") for word in said)


def test_edge_run_ended_by_the_watchdog_tells_the_next_start(
    manager: Manager, start: Start, tmp_path: Path
) -> None:
    hanging = start(_HANGING, "3", str(tmp_path / "outbox.sqlite"))
    manager.hear("STATUS=hangs")
    manager.hear("STATUS=stuck")
    # The note follows the word; the word is repeated at the next look, and then it is there.
    manager.hear("STATUS=stuck")
    # What systemd does when it has not been fed.
    hanging.send_signal(signal.SIGABRT)
    hanging.wait(60.0)
    again = start(_NODE, "--config", a_file(tmp_path))
    manager.hear("READY=1")
    again.send_signal(signal.SIGTERM)
    _, said = again.communicate(timeout=60.0)
    assert b"last-life=stuck why=steps has not moved for" in said
