"""A real mosquitto on a free loopback port, to start, kill, restart and wipe in tests.

Use the fixture: `from tests.brokers import mosquitto  # noqa: F401`, and mark the test `broker`.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_TIMEOUT_S = 10.0
_PROBE_S = 0.02


class MosquittoServer:
    """One mosquitto process; keeps its port over a restart, as a broker in a cupboard does."""

    def __init__(self, program: str, folder: Path, *, persistent: bool = False) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._persistent = persistent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "mosquitto.conf"
        file.write_text(self._configuration(), encoding="utf-8")
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", str(file)], stdout=log, stderr=log)
        self._wait_accepting()

    def kill(self) -> None:
        """Kill -9: nothing is saved, no goodbye is said."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5.0)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def restart(self) -> None:
        """Kill -9 and start again on the same port."""
        self.kill()
        self.start()

    def wipe(self) -> None:
        """Throw away whatever it had saved; only while it is not running."""
        if self.is_running:
            raise RuntimeError("the broker is running: kill or stop it before its state is wiped")
        (self._folder / "mosquitto.db").unlink(missing_ok=True)

    def _configuration(self) -> str:
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            f"persistence {'true' if self._persistent else 'false'}",
            f"persistence_location {self._folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            # Started by root it would change to the user mosquitto, who may not read our folder.
            "user root",
        ]
        return "\n".join(lines) + "\n"

    def _wait_accepting(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.host, self.port), timeout=1.0).close()
            except OSError:
                if not self.is_running:
                    break
                time.sleep(_PROBE_S)
            else:
                return
        said = (self._folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace")
        self.kill()
        raise RuntimeError(f"mosquitto did not start on port {self.port}; it said:\n{said}")


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_mosquitto() -> str:
    """The program; without it the test is skipped, but fails where CI=true: there it must be tested."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is not None:
        return program
    missing = "mosquitto is not installed: apt-get install mosquitto"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    """A running broker that remembers nothing over a restart."""
    server = MosquittoServer(find_mosquitto(), tmp_path / "mosquitto")
    server.start()
    yield server
    server.stop()
