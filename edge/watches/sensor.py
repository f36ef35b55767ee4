"""A sensor that may hang in, its readings and its faults out: asked by somebody else, never waited for."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from edge.drivers.errors import BusStuck, DriverError, HardwareMissing, ReadFailed, Stalled
from edge.faults import FaultBook, Stamp
from edge.watches.watch import EARLY_S
from protocol.events import AnyEvent

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Looks that must fail before a fault is said, with no value between them; each has its retries already.
FAILS = 3
#: Least waits after one failed look and after more, seconds: who is missed meanwhile is not counted.
FAILED_S, FAILED_AGAIN_S = 0.1, 0.5
#: Least wait after what will not pass at once, seconds: a stuck bus makes everybody on it wait while it times
#: out, and what is said to be broken is in nobody's way.
STUCK_S = 5.0
MISSING_S = 30.0
#: Seconds without an answer that mean the bus hangs: the kernel gives a transfer up after 1 s by itself.
SILENT_S = 3.0


class Asker(Protocol):
    """Who looks at the hardware of one bus, one look after the other."""

    def ask(self, look: Callable[[], None]) -> None:
        """Have `look` called; it never raises. It may be called at once, or by another thread later."""


class AtOnce:
    """Looks are made where they are asked for: in a simulation and in tests, where no hardware hangs."""

    def ask(self, look: Callable[[], None]) -> None:
        """Look now."""
        look()


@dataclass(frozen=True, slots=True)
class Look(Generic[T]):
    """What a sensor said, and when the look was over, monotonic seconds; None: it has nothing to say yet."""

    t_s: float
    value: T


class Sensor(Generic[T]):
    """One sensor of one channel: opened when it is there, looked at when it is due, its faults said once."""

    def __init__(
        self,
        channel: str,
        component: str,
        open_look: Callable[[], Callable[[], T]],
        asker: Asker,
        ticks: Callable[[], float],
        faults: FaultBook,
        every_s: float,
    ) -> None:
        """`open_look()` finds the sensor and gives what looks at it; both may block and raise DriverError."""
        self._channel = channel
        self._component = component
        self._open_look = open_look
        self._asker = asker
        self._ticks = ticks
        self._faults = faults
        #: Seconds from one look to the next, unless `again_in` says otherwise.
        self._every_s = every_s
        self._look: Callable[[], T] | None = None
        self._answers: SimpleQueue[Look[T] | DriverError] = SimpleQueue()
        self._asked_s: float | None = None
        self._due_s = float("-inf")
        self._fails = 0
        #: Whether it was said that the look under way is not answered.
        self._is_silent = False
        #: Looks that gave nothing.
        self.failed = 0

    @property
    def due_s(self) -> float:
        """When a step is needed, monotonic seconds; while an answer is awaited it wakes the node itself."""
        if self._asked_s is None:
            return self._due_s
        return float("inf") if self._is_silent else self._asked_s + SILENT_S

    @property
    def is_awaited(self) -> bool:
        """Whether an answer may come any moment, stamped before now."""
        return self._asked_s is not None

    @property
    def awaited_since_s(self) -> float | None:
        """When the look was asked for that is not answered, monotonic seconds; None: nothing is awaited."""
        return self._asked_s

    def again_in(self, wait_s: float) -> None:
        """Make the next look so long after the last one was asked for, not the usual time."""
        self._due_s += wait_s - self._every_s

    def step(self, stamp: Stamp) -> tuple[Look[T] | None, list[AnyEvent]]:
        """Ask if it is time; what was answered, and what is to be said of the sensor itself."""
        now_s = stamp.now_s
        if self._asked_s is None and now_s >= self._due_s - EARLY_S:
            self._asked_s = now_s
            self._asker.ask(self._attempt)
        if self._asked_s is None:
            return None, []
        try:
            answer = self._answers.get_nowait()
        except Empty:
            return None, self._silent(now_s - self._asked_s, stamp)
        asked_s, self._asked_s = self._asked_s, None
        self._is_silent = False
        if isinstance(answer, DriverError):
            return None, self._failed(answer, stamp)
        self._due_s = asked_s + self._every_s
        if answer.value is None:
            # Nothing yet: a sensor that has just been set up, and may measure nothing ever, says so too.
            return answer, []
        self._fails = 0
        return answer, self._faults.recovered(self._channel, self._component, now_s, stamp)

    def _attempt(self) -> None:
        """Look once; run by whoever asks the hardware, while `step` only waits for the queue."""
        answer: Look[T] | DriverError
        try:
            if self._look is None:
                self._look = self._open_look()
            value = self._look()
            answer = Look(self._ticks(), value)
        except DriverError as error:
            answer = error
        except Exception as error:
            # A bug in a driver must neither end the thread of the bus nor pass for a reading.
            log.exception("look=failed channel=%s component=%s", self._channel, self._component)
            answer = ReadFailed(f"{self._component}: {type(error).__name__}: {error}")
        if isinstance(answer, HardwareMissing):
            self._look = None
        self._answers.put(answer)

    def _silent(self, waited_s: float, stamp: Stamp) -> list[AnyEvent]:
        if waited_s < SILENT_S - EARLY_S:
            return []
        self._is_silent = True
        detail = f"no answer for {waited_s:.0f} s: the bus hangs; power-cycle what is on it, check its wires"
        return self._faults.fault(self._channel, self._component, BusStuck.code, detail, stamp.now_s, stamp)

    def _failed(self, error: DriverError, stamp: Stamp) -> list[AnyEvent]:
        self._fails += 1
        self.failed += 1
        is_missing = isinstance(error, HardwareMissing)
        is_said = is_missing or self._fails >= FAILS
        if is_missing:
            wait_s = MISSING_S
        elif is_said or isinstance(error, BusStuck):
            wait_s = STUCK_S
        else:
            wait_s = FAILED_S if self._fails == 1 else FAILED_AGAIN_S
        self._due_s = stamp.now_s + max(wait_s, self._every_s)
        if not is_said:
            return []
        if not isinstance(error, Stalled):
            # It may have been unplugged, and have lost its settings: opened anew, it gets them again. One
            # that answers and does nothing is set up anew by its driver, which knows how long that has been.
            self._look = None
        return self._faults.fault(self._channel, self._component, error.code, str(error), stamp.now_s, stamp)
