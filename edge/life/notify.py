"""What a service says to systemd: words go in, datagrams on the socket that systemd named come out.

The protocol of sd_notify(3), without its library: one datagram of `NAME=value` lines to `NOTIFY_SOCKET`.
"""

import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

#: Systemd's queue is read at once or systemd hangs; a node must not hang with it, seconds.
SEND_S = 0.2
#: Longest status, characters; systemd takes 4 KB a datagram.
STATUS_MAX = 500


class Notifier:
    """Tells the service manager how we are. Never raises: a node runs on without anybody who listens."""

    def __init__(self, address: str | None) -> None:
        """`address`: what NOTIFY_SOCKET holds, a path or `@name` (an abstract socket); None says nothing."""
        self._address = _address_of(address)
        self._socket: socket.socket | None = None
        self._is_failing = False

    @property
    def is_listened_to(self) -> bool:
        """Whether a service manager asked to be told."""
        return self._address is not None

    def ready(self, status: str = "") -> bool:
        """The first step is made; systemd starts what waits for us, and its watchdog. False when not sent."""
        return self._send("READY=1", *_status(status))

    def status(self, text: str) -> bool:
        """One line for `systemctl status`."""
        return self._send(*_status(text))

    def feed(self) -> bool:
        """We make progress: begin the watchdog's time anew."""
        return self._send("WATCHDOG=1")

    def stopping(self, status: str = "") -> bool:
        """We are about to end because we were asked to."""
        return self._send("STOPPING=1", *_status(status))

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> bool:
        if self._address is None or not lines:
            return False
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.settimeout(SEND_S)
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._is_failing:
                log.warning("notify=fails socket=%s why=%s", self._address, error)
            self._is_failing = True
            return False
        self._is_failing = False
        return True


def watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """Seconds without a feed after which systemd ends this process, or None when it does not watch it."""
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return microseconds / 1e6 if microseconds > 0 else None


def _address_of(address: str | None) -> str | None:
    if not address or address[0] not in "/@":
        return None
    return "\0" + address[1:] if address[0] == "@" else address


def _status(text: str) -> tuple[str, ...]:
    # A line break would begin another assignment.
    return (f"STATUS={' '.join(text.split())[:STATUS_MAX]}",) if text else ()
