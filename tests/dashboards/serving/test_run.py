"""The served dashboards end by themselves when asked to, whatever browsers hold open."""

import re
import socket
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.dashboards.browser import ServedBoard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path)
    served.write("calm")
    yield served
    served.close()


def signed_in(board: ServedBoard) -> urllib.request.OpenerDirector:
    """A program with a guard's cookie."""
    code = board.accounts.issue_one_time_code("guard-1", "guard")
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{board.address}/sign-in?code={code}") as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token is not None
    form = urlencode({"csrf_token": token[1], "code": code, "shown_name": "Әсет"}).encode()
    opener.open(f"{board.address}/sign-in", form).close()
    return opener


def test_server_ends_by_itself_while_a_stream_and_an_idle_connection_are_open(
    board: ServedBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = signed_in(board).open(f"{board.address}/api/1/live")
    while b"event: snapshot" not in stream.readline():
        pass
    # Browsers open one in advance, a thread waits on it; and they keep one that has asked already.
    asked = HTTPConnection("127.0.0.1", board.port)
    asked.request("GET", "/healthz")
    asked.getresponse().read()
    with socket.create_connection(("127.0.0.1", board.port)):
        board.stop()
        rest = stream.read()
    asked.close()
    assert rest.endswith(b"\n\n")
    assert board.process.returncode == 0
    assert "SIGKILL" not in capfd.readouterr().err
