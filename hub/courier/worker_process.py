"""A receiver's worker as a process: one message at a time, asked without waiting, killed when late."""

import logging
import os
import subprocess
import sys
from typing import Protocol

import msgspec

from hub.receivers.message import Message, Outcome, Sent, passing
from hub.receivers.worker import Order

log = logging.getLogger(__name__)
#: How long a killed process may take to be gone, seconds; then it is left to be gone later.
GONE_S = 1.0
#: More than this in one answer is no answer, bytes.
LONGEST_ANSWER = 16_384


class Worker(Protocol):
    """Somebody who speaks to one receiver."""

    def give(self, message: Message) -> None:
        """Begin to send; the worker must be free."""

    def poll(self) -> Sent | None:
        """What became of it; None while it is under way. Asked again, it says the same again."""

    def end(self) -> None:
        """End it, whatever it does; the next `give` begins anew."""

    def fileno(self) -> int | None:
        """What becomes readable when there is something to poll; None while there is nothing."""


class WorkerProcess:
    """`python -m hub.receivers.worker`, started when it is first needed."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process: subprocess.Popen[bytes] | None = None
        self._read = b""
        self._sent: Sent | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process is not None else None

    def give(self, message: Message) -> None:
        """Begin to send. What cannot be handed over is said by `poll`."""
        self._read, self._sent = b"", None
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._process is not None
            assert self._process.stdin is not None
            # A message is far smaller than a pipe, and an idle worker has read all before: it does not wait.
            self._process.stdin.write(msgspec.json.encode(message) + b"\n")
        except OSError as error:
            self.end()
            self._sent = passing(f"its worker cannot be started or spoken to ({type(error).__name__})")

    def poll(self) -> Sent | None:
        """The worker's answer, or that it died without one."""
        if self._sent is None and self._process is not None:
            assert self._process.stdout is not None
            try:
                piece = os.read(self._process.stdout.fileno(), LONGEST_ANSWER)
            except BlockingIOError:
                return None
            self._read += piece
            if b"\n" in self._read:
                self._sent = self._decode(self._read.partition(b"\n")[0])
            elif not piece or len(self._read) > LONGEST_ANSWER:
                self._sent = Sent(outcome=Outcome.UNKNOWN, fault="its worker ended without a word")
                self.end()
        return self._sent

    def end(self) -> None:
        """Kill the process and let go of its pipes."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(GONE_S)
        except subprocess.TimeoutExpired:
            log.warning("worker=%d does not go", process.pid)

    def fileno(self) -> int | None:
        """The worker's answers."""
        if self._process is None or self._process.stdout is None or self._sent is not None:
            return None
        return self._process.stdout.fileno()

    def _start(self) -> None:
        self.end()
        # What a library writes about its faults may hold secrets: nobody reads it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub.receivers.worker"],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._process.stdin.write(msgspec.json.encode(self._order) + b"\n")

    def _decode(self, line: bytes) -> Sent:
        try:
            return msgspec.json.decode(line, type=Sent)
        except msgspec.DecodeError:
            self.end()
            return Sent(outcome=Outcome.UNKNOWN, fault="its worker said what cannot be read")
