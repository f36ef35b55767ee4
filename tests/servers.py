"""A real server as a child process for tests: to start, kill, stop and restart on its own port and folder."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

#: Between looks whether it answers, seconds; the deadlines only end a test that has failed.
_PROBE_S = 0.02
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class ServerProcess:
    """One server; it keeps its port and its data over a restart. Subclasses say how it is called."""

    name = "server"

    def __init__(self, program: str, folder: Path) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """The command, with whatever files it needs written."""
        raise NotImplementedError

    def probe(self) -> None:
        """Return when it answers; raise OSError when it does not yet."""
        socket.create_connection((self.host, self.port), timeout=1.0).close()

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = self.command()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait_answering()

    def kill(self) -> None:
        """Kill -9: what was not yet on the disk is forgotten, no goodbye is said."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def restart(self) -> None:
        """Kill -9 and start again on the same port and data."""
        self.kill()
        self.start()

    @property
    def _log(self) -> Path:
        return self._folder / f"{self.name}.log"

    def _wait_answering(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                self.probe()
            except OSError:
                if not self.is_running:
                    break
                time.sleep(_PROBE_S)
            else:
                return
        said = self._log.read_text(encoding="utf-8", errors="replace")
        self.kill()
        raise RuntimeError(f"{self.name} did not start on port {self.port}; it said:\n{said}")


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(name: str, package: str) -> str:
    """The program; without it the test is skipped, but fails where CI=true: there it must be tested."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if program is not None:
        return program
    missing = f"{name} is not installed: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
