"""A real InfluxDB on a free loopback port, to ask InfluxQL of in tests: Debian's 1.6 speaks it as 2 does.

It has no `/api/v2/write`: lines go in by the older `/write`, which takes the same line protocol.
Use the fixture: `from tests.influx import influx`, and mark the test `broker`.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ServerProcess, find_program, free_port

_ANSWER_S = 20.0
_CONFIGURATION = """
reporting-disabled = true
bind-address = "{host}:{back_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "{host}:{port}"
log-enabled = false
"""


class InfluxServer(ServerProcess):
    """One influxd process with one database."""

    name = "influxd"
    database = "kuzet"

    def command(self) -> list[str]:
        """The server with a file of its own."""
        file = self._folder / "influxdb.conf"
        where = {"host": self.host, "port": self.port, "back_port": free_port(), "folder": self._folder}
        file.write_text(_CONFIGURATION.format(**where), encoding="utf-8")
        return [self._program, "run", "-config", str(file)]

    def probe(self) -> None:
        """Return when it answers, with its database made."""
        self._post("/query", {"q": f"CREATE DATABASE {self.database}"})

    def write(self, lines: Sequence[str]) -> None:
        """Write line protocol; raises when a line of it is refused."""
        self._post("/write", {"db": self.database}, "\n".join(lines).encode())

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series of the answer. Raises ValueError with what the server says against the query."""
        (result,) = json.loads(self._post("/query", {"db": self.database, "q": query}))["results"]
        if "error" in result:
            raise ValueError(f"{result['error']}: {query}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def _post(self, path: str, query: dict[str, str], body: bytes = b"") -> bytes:
        url = f"http://{self.host}:{self.port}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, data=body, timeout=_ANSWER_S) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise ValueError(f"{error.code} {error.read().decode()}: {query}") from None


def find_influx() -> str:
    """The program, or a skip; a failure where CI=true."""
    return find_program("influxd", "influxdb")


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """A running server with an empty database."""
    folder: Path = tmp_path_factory.mktemp("influx")
    server = InfluxServer(find_influx(), folder)
    server.start()
    yield server
    server.stop()
