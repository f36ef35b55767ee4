import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.life.last_life import Code, LastLife
from edge.life.notify import Notifier
from edge.life.progress import Progress
from edge.life.watchdog import LOOK_S, STEPS, Watchdog


class Bench:
    """A watchdog, the socket it speaks to, and what it watches."""

    def __init__(self, folder: Path) -> None:
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.setblocking(False)
        address = f"@kuzet-watchdog-{os.getpid()}"
        self._manager.bind("\0" + address[1:])
        self.notifier = Notifier(address)
        self.progress = Progress({STEPS: 20.0})
        self.folder = folder
        self.life = LastLife(folder / "outbox.sqlite", folder)
        self.life.begin()
        self.watchdog = Watchdog(self.notifier, self.progress, self.life, lambda: "running", 30.0)

    def heard(self) -> list[str]:
        words = []
        try:
            while True:
                words.append(self._manager.recv(8192).decode())
        except BlockingIOError:
            return words

    def close(self) -> None:
        self.notifier.close()
        self._manager.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_watchdog_looks_three_times_within_systemds_time(bench: Bench) -> None:
    assert bench.watchdog.every_s == 10.0


def test_watchdog_looks_without_systemd_too(bench: Bench) -> None:
    alone = Watchdog(Notifier(None), bench.progress, bench.life, lambda: "running", None)
    assert alone.every_s == LOOK_S
    assert alone.look(0.0)


def test_watchdog_feeds_while_everything_moves(bench: Bench) -> None:
    bench.progress.note(STEPS, 100.0)
    assert bench.watchdog.look(110.0)
    assert bench.watchdog.look(120.0)
    # The status is told once: it has not changed.
    assert bench.heard() == ["WATCHDOG=1", "STATUS=running", "WATCHDOG=1"]


def test_watchdog_stops_feeding_and_says_what_is_stuck(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.progress.note(STEPS, 100.0)
    assert not bench.watchdog.look(121.0)
    assert bench.heard() == ["STATUS=stuck: steps has not moved for 21 s; waiting to be restarted"]
    assert "stuck=steps" in caplog.text


def test_watchdog_keeps_the_cause_for_the_next_start(bench: Bench) -> None:
    bench.progress.note(STEPS, 100.0)
    bench.watchdog.look(121.0)
    ending = LastLife(bench.folder / "outbox.sqlite", bench.folder).begin()
    assert ending is not None
    assert (ending.code, ending.part) == (Code.STUCK, STEPS)


def test_watchdog_feeds_again_when_the_part_moves_again(bench: Bench) -> None:
    bench.progress.note(STEPS, 100.0)
    bench.watchdog.look(121.0)
    bench.progress.note(STEPS, 122.0)
    bench.heard()
    assert bench.watchdog.look(131.0)
    assert bench.heard() == ["WATCHDOG=1", "STATUS=running"]
    ending = LastLife(bench.folder / "outbox.sqlite", bench.folder).begin()
    assert ending is not None
    assert ending.code is Code.KILLED
