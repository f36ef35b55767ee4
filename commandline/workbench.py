"""A private broker and hub in a temporary folder, for benchmarks and replays; gone when it is closed."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from commandline.broker_process import free_port, start_broker, wait_listening
from commandline.lifetime import die_with_parent
from hub.layout import Layout, read_layout
from hub.store.address import FILE
from protocol.broker import BrokerConfig, Receiver, Session
from protocol.topics import Topics

#: A busy machine takes its time; a child that has ended is said at once.
START_S = 60.0
LOOK_S = 0.1
STOP_S = 5.0


class Workbench:
    """Broker and hub as child processes on free loopback ports."""

    def __init__(
        self, campus: Path, regime: Path, *, quiet: bool = True, database: Path | None = None
    ) -> None:
        """`database`: a `database.toml` to keep the stores by; None: files in the folder."""
        self.layout: Layout = read_layout(campus)
        self.topics = Topics(self.layout.site)
        self._campus, self._regime = campus, regime
        self._folder = tempfile.TemporaryDirectory(prefix="kuzet-")
        self.data = Path(self._folder.name)
        if database is not None:
            shutil.copy(database, self.data / FILE)
        self.port = free_port()
        self._errors = subprocess.DEVNULL if quiet else None
        self._children: list[subprocess.Popen[bytes]] = []
        self._sessions: list[Session] = []
        self.broker_name = ""
        self.hub_pid = 0

    def __enter__(self) -> "Workbench":
        """Start the broker, then the hub."""
        self.broker_name, broker = start_broker(self.data, self.port, self._errors)
        self._children.append(broker)
        wait_listening(self.port, broker, START_S)
        command = [sys.executable, "-m", "kuzet", "hub", "run", "--data", str(self.data)]
        command += ["--campus", str(self._campus), "--regime", str(self._regime)]
        self._hub = self.start([*command, "--broker-port", str(self.port)])
        self.hub_pid = self._hub.pid
        hub_is_there = threading.Event()
        self.connect("watch", lambda *_: hub_is_there.set(), self.topics.hub_status)
        for _ in range(round(START_S / LOOK_S)):
            if hub_is_there.wait(LOOK_S):
                return self
            if self._hub.poll() is not None:
                break
        raise TimeoutError("the hub did not start; run `kuzet hub run` to see why")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything and remove the folder."""
        for session in self._sessions:
            session.stop()
        for child in reversed(self._children):
            child.terminate()
        for child in reversed(self._children):
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._folder.cleanup()

    def stop_hub(self) -> None:
        """Ask the hub to save its fold and end. Raises ChildProcessError when it ends with a fault."""
        self._hub.terminate()
        status = self._hub.wait(START_S)
        if status != 0:
            raise ChildProcessError(f"the hub ended with status {status}; run `kuzet hub run` to see why")

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a child that ends with us."""
        parent = os.getpid()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stderr=self._errors,
            process_group=0,
            preexec_fn=lambda: die_with_parent(parent),
        )
        self._children.append(child)
        return child

    def connect(self, name: str, receiver: Receiver, *topics: str) -> Session:
        """A broker session of ours, connected."""
        config = BrokerConfig(port=self.port, client_id=f"{name}-{secrets.token_hex(4)}")
        session = Session(config, on_message=receiver, subscriptions=topics)
        session.start()
        self._sessions.append(session)
        session.wait_connected(START_S)
        return session
