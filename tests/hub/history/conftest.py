"""The journal, its copy and the servers of a test."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.history.bench import CAMPUS, Copying, Hub, Refusing, Server
from tests.victoria import victoria  # noqa: F401  # the fixture


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path / "data")
    yield running
    running.close()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def copying(hub: Hub, server: Server) -> Copying:
    return Copying(hub, server)


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    file = tmp_path / "campus.toml"
    file.write_text(CAMPUS, encoding="utf-8")
    return file


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    server = Refusing()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
