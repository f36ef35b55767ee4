import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.life.notify import STATUS_MAX, Notifier, watchdog_s


class Manager:
    """The service manager's end: a real datagram socket, on a path or in the abstract namespace."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(10.0)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)

    def hear(self) -> str:
        return self._socket.recv(8192).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    # Not tmp_path: the name of a socket has room for 107 characters.
    with tempfile.TemporaryDirectory(prefix="kz") as folder:
        names = {"path": f"{folder}/notify", "abstract": f"@kuzet-test-{os.getpid()}"}
        manager = Manager(names[request.param])
        yield manager
        manager.close()


def test_notifier_says_each_word_in_one_datagram(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    said = [notifier.ready("running"), notifier.feed(), notifier.status("well"), notifier.stopping()]
    assert said == [True] * 4
    heard = [manager.hear() for _ in said]
    assert heard == ["READY=1\nSTATUS=running", "WATCHDOG=1", "STATUS=well", "STOPPING=1"]
    notifier.close()


def test_notifier_puts_a_status_on_one_line_of_bounded_length(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    notifier.status("a bus hangs\nREADY=0\n" + "x" * 5000)
    status = manager.hear()
    assert status.startswith("STATUS=a bus hangs READY=0 xxx")
    assert len(status) == len("STATUS=") + STATUS_MAX
    notifier.close()


@pytest.mark.parametrize("address", [None, "", "relative/path"])
def test_notifier_without_a_manager_says_nothing(address: str | None) -> None:
    notifier = Notifier(address)
    assert not notifier.is_listened_to
    assert not notifier.ready()


def test_notifier_goes_on_when_the_manager_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier("/nonexistent/notify")
    assert not notifier.feed()
    assert len(caplog.records) == 1
    assert not notifier.feed()
    assert len(caplog.records) == 1
    notifier.close()


def test_notifier_hears_of_a_manager_that_came_back(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kz") as folder:
        notifier = Notifier(f"{folder}/notify")
        assert not notifier.feed()
        manager = Manager(f"{folder}/notify")
        assert notifier.feed()
        assert manager.hear() == "WATCHDOG=1"
        manager.close()
        notifier.close()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        pytest.param({"WATCHDOG_USEC": "30000000"}, 30.0, id="everybody"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0, id="us"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None, id="our-parent"),
        pytest.param({}, None, id="nobody"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="switched-off"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="not-a-number"),
    ],
)
def test_watchdog_time_is_read_from_the_environment(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_s(environment, 7) == seconds
