"""The embedded broker: mosquitto as a child process where it is installed, else amqtt, on loopback only."""

import getpass
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

from commandline.lifetime import die_with_parent
from protocol.clock import SystemClock

_clock = SystemClock()
_pause = threading.Event()

#: Nothing here is trusted to survive: acknowledgement is end to end, so persistence is off and cheap.
_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
# A burst waits in memory; what is lost with the broker is sent again by the nodes.
max_inflight_messages 1000
max_queued_messages 0
max_packet_size 65536
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
# Started by root it would change its user, and Linux would then forget to end it with us.
user {user}
"""


def find_mosquitto() -> str | None:
    """The path of mosquitto, which Debian keeps outside an ordinary user's PATH; None when not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def broker_command(folder: Path, port: int, wanted: str = "auto") -> tuple[str, list[str]]:
    """The name of the broker that will run, and its command; `auto` takes mosquitto where it is installed.

    Raises FileNotFoundError when the one wanted, or either, is not installed.
    """
    mosquitto = find_mosquitto() if wanted != "amqtt" else None
    if wanted == "mosquitto" and mosquitto is None:
        raise FileNotFoundError("mosquitto is not installed: apt-get install mosquitto, or --broker amqtt")
    if mosquitto is not None:
        file = folder / "mosquitto.conf"
        file.write_text(_MOSQUITTO.format(port=port, user=getpass.getuser()), encoding="utf-8")
        return "mosquitto", [mosquitto, "-c", str(file)]
    if importlib.util.find_spec("amqtt") is None:
        raise FileNotFoundError("no broker: install mosquitto, or amqtt with `pip install 'kuzet[hub]'`")
    return "amqtt", [sys.executable, "-m", "commandline.amqtt_broker", str(port)]


def start_broker(folder: Path, port: int, stderr: int | None = None) -> tuple[str, subprocess.Popen[bytes]]:
    """Start the broker; it ends with this process."""
    name, command = broker_command(folder, port)
    parent = os.getpid()
    return name, subprocess.Popen(
        command,
        stderr=stderr,
        stdin=subprocess.DEVNULL,
        # A group of its own: Ctrl-C reaches only us, and the broker goes last.
        process_group=0,
        preexec_fn=lambda: die_with_parent(parent),
    )


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_listening(port: int, process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait until somebody listens on `port`.

    Raises ConnectionError when the process ends first, or after `timeout_s`.
    """
    deadline = _clock.monotonic() + timeout_s
    while _clock.monotonic() < deadline:
        if process.poll() is not None:
            raise ConnectionError(f"the process ended with status {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        _pause.wait(0.02)
    raise ConnectionError(f"nobody listens on port {port} after {timeout_s:g} s")
