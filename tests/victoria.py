"""A real victoria-metrics on a free loopback port, to write to, kill, restart and read back in tests.

Use the fixture: `from tests.victoria import victoria`, name it in `__all__`, and mark the test `broker`.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers import ServerProcess, find_program

_ANSWER_S = 10.0


class Series(NamedTuple):
    """One series as it is exported: `__name__` is measurement_field."""

    labels: dict[str, str]
    values: list[float]
    #: Milliseconds since 1970 UTC.
    times_ms: list[int]


class VictoriaServer(ServerProcess):
    """One victoria-metrics process; keeps its port and its data over a restart."""

    name = "victoria-metrics"

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(program, folder)
        self.url = f"http://{self.host}:{self.port}"

    def command(self) -> list[str]:
        """The server on its folder and port."""
        return [
            self._program,
            f"-storageDataPath={self._folder / 'data'}",
            f"-httpListenAddr={self.host}:{self.port}",
            # Points of any day are kept, and one written twice is one.
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-memory.allowedBytes=64MB",
        ]

    def probe(self) -> None:
        """Return when it says that it is healthy."""
        self._get("/health")

    def export(self, name: str) -> list[Series]:
        """Every series of that name (`.*` means any), with all that was written up to now."""
        self._get("/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": f'{{__name__=~"{name}"}}'})
        lines = [json.loads(line) for line in self._get(f"/api/v1/export?{query}").splitlines()]
        return [Series(one["metric"], one["values"], one["timestamps"]) for one in lines]

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=_ANSWER_S) as answer:
            return str(answer.read().decode())


def find_victoria() -> str:
    """The program, or a skip; a failure where CI=true."""
    return find_program("victoria-metrics", "victoria-metrics")


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaServer]:
    """A running, empty server."""
    server = VictoriaServer(find_victoria(), tmp_path / "victoria")
    server.start()
    yield server
    server.stop()
