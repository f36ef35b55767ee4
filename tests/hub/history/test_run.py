"""`kuzet history run` as people start it: killed, rebuilt, from a file, and refused with what to do."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandline import history_run
from commandline.data_folder import DataFolder
from hub.history.cursor import CursorFile
from protocol.config import read_struct
from tests.hub.history.bench import (
    ROOT,
    WAIT_S,
    Hub,
    Refusing,
    expected,
    journal_of,
    people_by_door,
    wait_until,
)
from tests.victoria import VictoriaServer

_COMMAND = (sys.executable, "-m", "kuzet", "history", "run")


class Copier:
    """`kuzet history run` as a process of its own."""

    def __init__(self, folder: Path, campus: Path, url: str) -> None:
        self._options = ["--data", str(folder), "--campus", str(campus), "--url", url]
        self._options += ["--org", "campus", "--bucket", "kuzet"]
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen([*_COMMAND, *self._options, *more], cwd=ROOT, stderr=subprocess.DEVNULL)
        self._children.append(child)
        return child

    def run(self, *more: str, token: str = "sesame-canary") -> tuple[int, str]:
        """Its exit status and what it said."""
        done = subprocess.run(
            [*_COMMAND, *self._options, *more],
            cwd=ROOT,
            env={**os.environ, "KUZET_INFLUX_TOKEN": token},
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_S,
        )
        return done.returncode, done.stdout + done.stderr

    def close(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()


@pytest.fixture
def copier(hub: Hub, campus: Path, victoria: VictoriaServer) -> Iterator[Copier]:
    running = Copier(hub.folder, campus, victoria.url)
    yield running
    running.close()


@pytest.mark.broker
def test_history_run_killed_and_started_again_has_everything_and_leaves_when_asked(
    copier: Copier,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(100)
    first = copier.start()
    wait_until(lambda: people_by_door(victoria) != {}, "the first points")
    first.kill()
    first.wait()
    hub.take_passages(100, first_ms=1000)
    second = copier.start()
    wait_until(lambda: people_by_door(victoria) == expected(100, 100), "all points")
    second.send_signal(signal.SIGTERM)
    assert second.wait(WAIT_S) == 0


@pytest.mark.broker
def test_history_run_rebuilds_a_server_that_lost_its_data(
    copier: Copier,
    hub: Hub,
    victoria: VictoriaServer,
) -> None:
    hub.take_passages(50)
    last = journal_of(hub.folder).after("", 100)
    assert last is not None
    # As after half a minute: everything is settled, so nothing would be copied again.
    cursor = CursorFile(hub.folder / "history.cursor", f"{victoria.url} campus/kuzet")
    cursor.save({"journal": last.place})
    assert copier.run("--once")[0] == 0
    assert people_by_door(victoria) == {}
    assert copier.run("--once", "--rebuild")[0] == 0
    # A server that was asked for a series before it had it says for some seconds that it has not.
    wait_until(lambda: people_by_door(victoria) == expected(50), "all points")


@pytest.mark.broker
def test_history_run_takes_a_file(copier: Copier, hub: Hub, campus: Path, victoria: VictoriaServer) -> None:
    hub.take_passages(5)
    token = hub.folder / "token"
    token.touch(0o600)
    token.write_text("sesame\n", encoding="ascii")
    file = hub.folder / "history.toml"
    file.write_text(
        f'data = "{hub.folder}"\ncampus = "{campus}"\nurl = "{victoria.url}"\norg = "campus"\n'
        f'bucket = "kuzet"\ntoken_file = "{token}"\n',
        encoding="utf-8",
    )
    assert copier.run("--config", str(file), "--once")[0] == 0
    assert people_by_door(victoria) == expected(5)


def test_token_is_sent_and_never_said(refusing: Refusing, hub: Hub, campus: Path) -> None:
    hub.take_passages(1)
    status, said = Copier(hub.folder, campus, refusing.url).run("--once", token="sesame-canary")
    assert refusing.tokens == ["Token sesame-canary"]
    assert status == 1
    assert "error: " in said
    assert "give the right token" in said
    assert "sesame-canary" not in said


def test_server_that_is_not_there_ends_a_single_copy(refusing: Refusing, hub: Hub, campus: Path) -> None:
    hub.take_passages(1)
    refusing.status = 503
    status, said = Copier(hub.folder, campus, refusing.url).run("--once")
    assert status == 1
    assert "nothing is lost" in said


def fault_of(folder: Path, campus: Path, *options: str) -> str:
    """What ends the command: `kuzet` prints it and ends with status 1."""
    parser = argparse.ArgumentParser()
    history_run.add_arguments(parser)
    usual = ["--data", str(folder), "--campus", str(campus), "--url", "http://127.0.0.1:9"]
    usual += ["--org", "campus", "--bucket", "kuzet"]
    with pytest.raises((OSError, ValueError)) as raised:
        history_run.run(parser.parse_args([*usual, *options]))
    return str(raised.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--url", "127.0.0.1:8086"], "is no address; write for example http://"),
        (["--url", "http://127.0.0.1:99999"], "is no address"),
        (["--url", "http://admin:sesame@127.0.0.1:8086"], "the token goes into its file"),
        (["--org", ""], "--org: missing"),
        (["--data", "/nonexistent"], "/nonexistent/hub.db: no such file; start the hub first"),
        (["--campus", "/nonexistent.toml"], "/nonexistent.toml: no such file"),
        (["--token-file", "/nonexistent"], "the token cannot be read"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_history_run_says_what_is_wrong(hub: Hub, campus: Path, options: list[str], says: str) -> None:
    assert says in fault_of(hub.folder, campus, *options)


@pytest.mark.parametrize(
    ("mode", "token", "says"),
    [
        (0o644, b"sesame-canary", "chmod 600"),
        (0o640, b"sesame-canary", "chmod 600"),
        (0o600, b" \n", "holds no token"),
        (0o600, b"sesame canary", "holds no token"),
        (0o600, "күзет".encode(), "ASCII only"),
    ],
)
def test_token_file_is_refused(
    hub: Hub, campus: Path, tmp_path: Path, mode: int, token: bytes, says: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(token)
    file.chmod(mode)
    said = fault_of(hub.folder, campus, "--token-file", str(file))
    assert says in said
    assert "sesame" not in said


def test_two_copies_of_one_folder_are_one_too_many(hub: Hub, campus: Path) -> None:
    holder = DataFolder(hub.folder, "history.lock")
    said = fault_of(hub.folder, campus, "--once")
    holder.close()
    assert "is in use by another run" in said


def test_example_file_is_legal() -> None:
    read_struct(ROOT / "deploy" / "history.toml", history_run.HistoryConfig)
