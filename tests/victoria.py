"""A real victoria-metrics on a free loopback port, to write to, kill, restart and read back in tests.

Use the fixture: `from tests.victoria import victoria  # noqa: F401`, and mark the test `broker`.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.brokers import free_port

START_TIMEOUT_S = 20.0
_PROBE_S = 0.02
_ANSWER_S = 10.0


class Series(NamedTuple):
    """One series as it is exported: `__name__` is measurement_field."""

    labels: dict[str, str]
    values: list[float]
    #: Milliseconds since 1970 UTC.
    times_ms: list[int]


class VictoriaServer:
    """One victoria-metrics process; keeps its port and its data over a restart."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [
            self._program,
            f"-storageDataPath={self._folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            # Points of any day are kept, and one written twice is one.
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-memory.allowedBytes=64MB",
        ]
        with (self._folder / "victoria.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait_answering()

    def kill(self) -> None:
        """Kill -9: what was not yet on the disk is forgotten."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10.0)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def restart(self) -> None:
        """Kill -9 and start again on the same port and data."""
        self.kill()
        self.start()

    def export(self, name: str) -> list[Series]:
        """Every series of that name (`.*` means any), with all that was written up to now."""
        self._get("/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": f'{{__name__=~"{name}"}}'})
        lines = [json.loads(line) for line in self._get(f"/api/v1/export?{query}").splitlines()]
        return [Series(one["metric"], one["values"], one["timestamps"]) for one in lines]

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=_ANSWER_S) as answer:
            return str(answer.read().decode())

    def _wait_answering(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                self._get("/health")
            except OSError:
                if not self.is_running:
                    break
                time.sleep(_PROBE_S)
            else:
                return
        said = (self._folder / "victoria.log").read_text(encoding="utf-8", errors="replace")
        self.kill()
        raise RuntimeError(f"victoria-metrics did not start on port {self.port}; it said:\n{said}")


def find_victoria() -> str:
    """The program; without it the test is skipped, but fails where CI=true: there it must be tested."""
    program = shutil.which("victoria-metrics")
    if program is not None:
        return program
    missing = "victoria-metrics is not installed: apt-get install victoria-metrics"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaServer]:
    """A running, empty server."""
    server = VictoriaServer(find_victoria(), tmp_path / "victoria")
    server.start()
    yield server
    server.stop()
