"""Child processes kept alive: started in order, restarted when they fail, stopped within a deadline."""

import logging
import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from commandline.lifetime import die_with_parent
from protocol.clock import Clock

log = logging.getLogger(__name__)
#: Wait before a failed child is started again, seconds: doubled up to the last, back to the first after
#: a minute of health.
FIRST_WAIT_S, LAST_WAIT_S, HEALTHY_S = 0.5, 10.0, 60.0
#: How often the children are looked at, seconds.
LOOK_S = 0.2


@dataclass(slots=True)
class Child:
    """One process of ours, by name."""

    name: str
    command: Sequence[str]
    #: Children of one wave are stopped together, the lowest wave last.
    wave: int
    #: Seconds it has to end after SIGTERM.
    grace_s: float
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    wait_s: float = FIRST_WAIT_S
    again_s: float | None = field(default=None)


class Supervisor:
    """Keeps children alive until it is told to stop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._children: list[Child] = []

    def start(
        self, name: str, command: Sequence[str], *, wave: int, grace_s: float
    ) -> subprocess.Popen[bytes]:
        """Start a child and keep it."""
        child = Child(name, command, wave, grace_s)
        self._children.append(child)
        return self._spawn(child)

    def ended(self) -> str | None:
        """The name of a child that is not running, if there is one."""
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                return child.name
        return None

    def keep(self, stopping: threading.Event) -> None:
        """Look after the children until `stopping` is set."""
        while not stopping.wait(LOOK_S):
            now_s = self._clock.monotonic()
            for child in self._children:
                self._look_after(child, now_s)

    def stop(self) -> None:
        """End the children, the highest wave first; who does not end in its time is killed."""
        for wave in sorted({child.wave for child in self._children}, reverse=True):
            alive = [
                (child, child.process)
                for child in self._children
                if child.wave == wave and child.process is not None and child.process.poll() is None
            ]
            for _, process in alive:
                process.terminate()
            for child, process in alive:
                _wait_for(child, process)

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        # A group of its own: Ctrl-C reaches only us, and we end the children in order.
        child.process = subprocess.Popen(
            list(child.command),
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=lambda: die_with_parent(parent),
        )
        child.started_s = self._clock.monotonic()
        child.again_s = None
        return child.process

    def _look_after(self, child: Child, now_s: float) -> None:
        if child.process is None or child.process.poll() is None:
            if now_s - child.started_s > HEALTHY_S:
                child.wait_s = FIRST_WAIT_S
            return
        if child.again_s is None:
            log.error("child=%s ended=%s again_in=%gs", child.name, child.process.returncode, child.wait_s)
            child.again_s = now_s + child.wait_s
            child.wait_s = min(child.wait_s * 2, LAST_WAIT_S)
        elif now_s >= child.again_s:
            log.info("child=%s started=again", child.name)
            self._spawn(child)


def _wait_for(child: Child, process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(child.grace_s)
    except subprocess.TimeoutExpired:
        log.warning("child=%s ended=by-force after=%gs", child.name, child.grace_s)
        process.kill()
        process.wait()
