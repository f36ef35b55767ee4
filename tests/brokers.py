"""A real mosquitto on a free loopback port, to start, kill, restart and wipe in tests.

Use the fixture: `from tests.brokers import mosquitto`, name it in `__all__`, and mark the test `broker`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ServerProcess, find_program, free_port

__all__ = ["MosquittoServer", "find_mosquitto", "free_port", "mosquitto"]


class MosquittoServer(ServerProcess):
    """One mosquitto process; keeps its port over a restart, as a broker in a cupboard does."""

    name = "mosquitto"

    def __init__(self, program: str, folder: Path, *, persistent: bool = False) -> None:
        super().__init__(program, folder)
        self._persistent = persistent

    def command(self) -> list[str]:
        """Mosquitto with a file of its own."""
        file = self._folder / "mosquitto.conf"
        file.write_text(self._configuration(), encoding="utf-8")
        return [self._program, "-c", str(file)]

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


def find_mosquitto() -> str:
    """The program, or a skip; a failure where CI=true."""
    return find_program("mosquitto", "mosquitto")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    """A running broker that remembers nothing over a restart."""
    server = MosquittoServer(find_mosquitto(), tmp_path / "mosquitto")
    server.start()
    yield server
    server.stop()
