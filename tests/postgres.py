"""A real PostgreSQL in a folder of memory, for tests: its own cluster on its own port, to be killed.

The fixtures are everybody's by `tests/conftest.py`: `database` gives a new, empty database.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from hub.store.address import FILE
from tests.servers import ServerProcess, find_program

#: PostgreSQL refuses to run as root: then it runs as nobody.
_NOBODY = 65534
_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
#: Memory, where there is enough of it: `fsync` costs nothing there, and is still asked for, for we refuse a
#: server without it.
_MEMORY, _ENOUGH_BYTES = Path("/dev/shm"), 1 << 30


class PostgresServer(ServerProcess):
    """One cluster; keeps its port and its data over a restart. Roles come in without a password."""

    name = "postgres"

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(program, folder)
        self._numbers = count(1)
        self._as_nobody = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        if os.geteuid() != 0:
            self._as_nobody = []

    def command(self) -> list[str]:
        """The server on its folder and port; the cluster is made at the first start."""
        data = self._folder / "data"
        if not data.exists():
            if self._as_nobody:
                os.chown(self._folder, _NOBODY, _NOBODY)
            make = [str(Path(self._program).with_name("initdb")), "-D", str(data), "--username=postgres"]
            # Not the order of the letters' numbers: what depends on it must ask for it.
            make += ["--auth=trust", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=kk"]
            made = subprocess.run(
                [*self._as_nobody, *make], capture_output=True, text=True, check=False, cwd="/"
            )
            if made.returncode != 0:
                raise RuntimeError(f"initdb: {made.stderr}")
        settings = {"listen_addresses": self.host, "unix_socket_directories": "", "port": str(self.port)}
        # A killed server's port is free at once, and its children see that they are alone within a second.
        settings |= {"shared_buffers": "16MB", "max_connections": "60", "fsync": "on"}
        words = [self._program, "-D", str(data)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return [*self._as_nobody, *words]

    def probe(self) -> None:
        """Return when it lets in; raise OSError when it does not yet."""
        try:
            self.connect().close()
        except psycopg.OperationalError as error:
            raise OSError(str(error)) from error

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """As its administrator, each statement for itself."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{role}@{self.host}:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of a new, empty one."""
        name = f"kuzet{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(SQL("CREATE DATABASE {} STRATEGY wal_log").format(Identifier(name)))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Take a database away, whoever is still in it."""
        with self.connect() as connection:
            name = Identifier(url.rpartition("/")[2])
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def kill(self) -> None:
        """Kill -9 of all of it: whoever serves a connection would go on alone for a while."""
        if self._process is None:
            return
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        super().kill()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end now: SIGINT ends sessions too, SIGTERM would wait for them."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None


def find_postgres() -> str:
    """The server's program, or a skip; a failure where CI=true."""
    return str(_BIN[-1] / "postgres") if _BIN else find_program("postgres", "postgresql")


def use(data: Path, url: str) -> None:
    """Keep the stores of this data folder there."""
    data.mkdir(parents=True, exist_ok=True)
    (data / FILE).write_text(f'url = "{url}"\n', encoding="utf-8")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server for all tests of a session."""
    program = find_postgres()
    is_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    folder = Path(tempfile.mkdtemp(prefix="kuzet-pg-", dir=_MEMORY if is_room else "/tmp"))
    server = PostgresServer(program, folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The address of a new, empty database; gone with the test."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The test twice, its stores in `tmp_path` on each kind; which one it is."""
    kind: str = request.param
    if kind == "postgres":
        use(tmp_path, request.getfixturevalue("database"))
    return kind
