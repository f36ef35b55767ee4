"""A newcomer's path, from a clone to a TLS campus with two nodes: each line of docs/operations/try-tls.md."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from protocol.clock import SystemClock
from tests.brokers import find_mosquitto
from tests.servers import find_program, free_port

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/operations/try-tls.md"
CLOCK = SystemClock()
#: The promise: from clone to campus, seconds.
PROMISED_S = 15 * 60
NODES = ("entrance-a", "floor-a1-1")
GIT = "[user]\nname = test\nemail = test@example.kz\n[safe]\ndirectory = *\n[init]\ndefaultBranch = main\n"
#: What each node has said of itself, as the hub stored it.
SAID = """
SELECT s.node, json_extract(j.body, '$.component'), json_extract(j.body, '$.code')
FROM journal j JOIN source s ON s.id = j.source WHERE json_extract(j.body, '$.kind') = 'fault'
"""


class Newcomer:
    """Somebody with a terminal in an empty folder. `lines` are typed one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Our own environment and what our `make` was told are not theirs; pip's cache may be.
        theirs = {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TEST_ARGS"}
        self.environment = {name: value for name, value in os.environ.items() if name not in theirs}
        path = self.environment["PATH"].split(":")
        self.environment["PATH"] = ":".join(one for one in path if not one.startswith(str(ROOT)))
        self.environment["GIT_CONFIG_GLOBAL"] = str(folder / "gitconfig")
        self.environment["PYTHON"] = str(Path(sys.base_prefix, "bin", "python3"))
        (folder / "gitconfig").write_text(GIT, encoding="utf-8")
        self.log = folder / "terminal.log"
        self._process: subprocess.Popen[bytes] | None = None

    def types(self, lines: str) -> int:
        """Type them; the status of the first that fails, else 0."""
        command = ["bash", "-euo", "pipefail", "-c", lines]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process.wait(PROMISED_S)

    def leaves(self) -> None:
        """Close the terminal with whatever still runs in it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def read(self) -> str:
        """What stands in the terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    find_mosquitto()
    for program in ("git", "make", "curl"):
        find_program(program, program)
    one = Newcomer(tmp_path)
    yield one
    one.leaves()


def offer(newcomer: Newcomer) -> Path:
    """A repository with this tree as it lies here, for somebody to clone."""
    origin = newcomer.folder / "origin"
    pack = f"git -C {ROOT} ls-files -z --cached --others --exclude-standard"
    copy = f"{pack} | tar -C {ROOT} --null --ignore-failed-read -T - -cf - | tar -C {origin} -xf -"
    commit = f"git -C {origin} init -q && git -C {origin} add -A && git -C {origin} commit -qm tree"
    origin.mkdir()
    assert newcomer.types(f"{copy}\n{commit}") == 0, newcomer.read
    return origin


def page(origin: Path) -> str:
    """The lines of the page; the address and the ports are this test's own."""
    text = PAGE.read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    lines, addresses = re.subn(r"git clone \S+", f"git clone -q file://{origin}", lines)
    assert addresses == 1
    assert {"8883", "8000"} <= set(re.findall(r"\b\d{4}\b", lines))
    broker = str(free_port())
    lines = lines.replace("broker config ", f"broker config --port {broker} ")
    return lines.replace("8883", broker).replace("8000", str(free_port()))


@pytest.mark.broker
@pytest.mark.timeout(PROMISED_S)
def test_newcomer_comes_from_a_clone_to_a_tls_campus_with_two_nodes(newcomer: Newcomer) -> None:
    lines = page(offer(newcomer))
    began_s = CLOCK.monotonic()
    assert newcomer.types(lines) == 0, newcomer.read
    took_s = CLOCK.monotonic() - began_s
    data = newcomer.folder / "kuzet" / "data"
    with closing(sqlite3.connect(data / "hub.db")) as store:
        said = store.execute(SAID).fetchall()
    # Each has told what happened to it, and the one without a thermometer that too.
    assert {(node, "watchdog", "killed") for node in NODES} < set(said)
    assert ("entrance-a", "thermometer") in {(node, component) for node, component, _ in said}
    assert re.search(r'^kuzet_nodes\{state="online"\} 2$', newcomer.read, re.MULTILINE)
    # Whatever an honest hub and honest nodes say and ask for is theirs to say and to ask for.
    broker = (data / "broker.log").read_text(encoding="utf-8")
    assert re.findall(r"connected=(\S+)", broker)
    assert re.findall(r"refused=(?:publish|will|subscription).*", broker) == []
    print(f"\nfrom a clone to a broker, a hub and {len(NODES)} nodes with certificates: {took_s:.1f} s")
