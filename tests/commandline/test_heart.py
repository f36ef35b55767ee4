"""A service's heart: ready after the first turn, fed by turns and by nothing else, silent without systemd."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandline.heart import Heart
from tests.fakes.edge import FakeClock


class Manager:
    """Systemd's part: a datagram socket that hears what the service says."""

    def __init__(self, folder: str) -> None:
        self.address = str(Path(folder) / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """The first word of everything that was said since the last time."""
        said = []
        try:
            while True:
                said.append(self._socket.recv(8192).decode().splitlines()[0])
        except BlockingIOError:
            return said

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    # Not tmp_path: the name of a socket has room for 107 characters.
    with tempfile.TemporaryDirectory(prefix="kz") as folder:
        manager = Manager(folder)
        monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
        monkeypatch.setenv("WATCHDOG_USEC", "45000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        yield manager
        manager.close()


def test_heart_is_ready_after_the_first_turn(manager: Manager) -> None:
    heart = Heart(FakeClock())
    assert manager.heard() == []
    heart.beat()
    assert manager.heard() == ["READY=1"]
    heart.ends()


def test_heart_feeds_once_in_a_third_of_the_watchdogs_time(manager: Manager) -> None:
    clock = FakeClock()
    heart = Heart(clock)
    heart.beat()
    heard = []
    for _ in range(290):
        clock.advance(0.2)
        heart.beat()
        heard += manager.heard()
    assert heard == ["READY=1", *["WATCHDOG=1"] * 3]
    heart.ends()


def test_heart_that_does_not_beat_feeds_nobody(manager: Manager) -> None:
    clock = FakeClock()
    heart = Heart(clock)
    heart.beat()
    clock.advance(120.0)
    assert manager.heard() == ["READY=1"]
    heart.ends()


def test_heart_says_that_it_ends(manager: Manager) -> None:
    heart = Heart(FakeClock())
    heart.beat()
    heart.ends()
    assert manager.heard() == ["READY=1", "STOPPING=1"]


def test_heart_beats_without_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    heart = Heart(FakeClock())
    heart.beat()
    heart.ends()
