"""A gunicorn worker that waits for slow senders only so long: idle connections must not hold every thread.

The thread pool is what a stream or a request holds. Whoever sends half a head, or a body a byte at a time, or
never reads what is sent, would hold a thread for as long as he likes.
"""

import errno
import socket
import threading
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # gunicorn carries no types

from protocol.clock import Clock, SystemClock

#: A request is here, head and body, within so many seconds of its first byte; a plan of 20 MB takes 16 s at
#: 10 Mbit/s.
REQUEST_S = 30.0
#: A head of at most a few KB is here within so many.
HEAD_S = 8.0
#: Who takes nothing of what is sent for so long has gone.
SEND_S = 20.0
#: A kept-alive connection that asks nothing is closed so long after SIGTERM.
STOP_IDLE_S = 0.2
#: Requests that one address may be sending at once; a proxy on this machine sends for everybody.
READING_AT_ONCE = 16


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """Ends what takes too long, and what one address holds too much of."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._reading = Reading(READING_AT_ONCE)
        self._clock: Clock = SystemClock()
        #: Connections whose request is not here yet: nothing is lost with them.
        self._unheard: set[Any] = set()

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """SIGTERM: streams end by the publisher; a connection opened in advance would hold its thread on."""
        super().handle_exit(sig, frame)
        for conn in tuple(self._unheard):
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR)

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits hardly at all for what kept-alive connections might still ask."""
        super()._cap_keepalive(min(deadline, self._clock.monotonic() + STOP_IDLE_S))

    def handle(self, conn: Any) -> Any:
        """One request of a connection, on a thread of the pool."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(conn.sock, self._clock)
        address = conn.client[0] if isinstance(conn.client, tuple) else ""
        if not self._reading.enter(address):
            return False
        conn.kuzet_reading = address
        conn.sock.expect(HEAD_S)
        self._unheard.add(conn)
        try:
            return super().handle(conn)
        finally:
            self._leave(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The head is here: the body has its own time, the answer takes as long as it is read."""
        self._leave(conn)
        conn.sock.expect(REQUEST_S)
        return super().handle_request(req, conn)

    def _leave(self, conn: Any) -> None:
        self._unheard.discard(conn)
        address = conn.kuzet_reading
        if address is not None:
            conn.kuzet_reading = None
            self._reading.leave(address)


class Reading:
    """How many requests each address is sending now; thread-safe."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Whether one more may be sent from there."""
        with self._lock:
            if self._counts[address] >= self._at_once and not _is_this_machine(address):
                return False
            self._counts[address] += 1
            return True

    def leave(self, address: str) -> None:
        """One of them is here, or given up."""
        with self._lock:
            self._counts[address] -= 1
            if not self._counts[address]:
                del self._counts[address]


class PatientSocket:
    """A socket that is read from until an instant, and written to while somebody reads."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._until_s = clock.monotonic() + HEAD_S

    def expect(self, within_s: float) -> None:
        """What is to come is here within so many seconds."""
        self._until_s = self._clock.monotonic() + within_s

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As the socket's own. Raises OSError (ECONNRESET) when it took too long."""
        left_s = self._until_s - self._clock.monotonic()
        if left_s <= 0:
            raise _given_up()
        self._sock.settimeout(left_s)
        try:
            return self._sock.recv(size, flags)
        except TimeoutError:
            raise _given_up() from None

    def sendall(self, data: bytes, flags: int = 0) -> None:
        """As the socket's own. Raises OSError (ECONNRESET) when nobody takes it."""
        self._sock.settimeout(SEND_S)
        try:
            self._sock.sendall(data, flags)
        except TimeoutError:
            raise _given_up() from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def _given_up() -> OSError:
    """What gunicorn closes a connection for without a word in the log."""
    return ConnectionResetError(errno.ECONNRESET, "took too long")


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True
