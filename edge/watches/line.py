"""One input line in, its settled changes out, and a fault while it chatters or cannot be read."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from edge.drivers.errors import DriverError
from edge.faults import FaultBook, Stamp
from edge.signals.debounce import Debouncer, Level
from edge.watches.watch import EARLY_S
from protocol.events import AnyEvent

#: Levels are read again this often, seconds: kernels and lgpio lose edges (gpiozero#550, lg#18).
REREAD_S = 0.05
#: A line that was said to be broken is well again when it has rested so long, seconds: after a restart too.
RESTED_S = 2.0


class Input(Protocol):
    """What is needed of `edge.drivers.input_line.InputLine`."""

    def reread(self) -> list[Level]:
        """The edge that was missed, if one was."""

    @property
    def missed_edges(self) -> int:
        """How many were."""

    def close(self) -> None:
        """Give the pin back."""


class Line:
    """A switch of some kind, debounced on the kernel's time stamps."""

    def __init__(
        self,
        channel: str,
        component: str,
        open_input: Callable[[Callable[[float, bool], None]], Input],
        debouncer: Debouncer,
        faults: FaultBook,
        wake: Callable[[], None],
    ) -> None:
        """`open_input` is given the sink of the raw levels. Raises what it raises."""
        self._channel = channel
        self._component = component
        self._debouncer = debouncer
        self._faults = faults
        self._wake = wake
        self._levels: SimpleQueue[Level] = SimpleQueue()
        self._reread_due_s = float("-inf")
        self._input = open_input(self._see)
        self._is_readable = True
        self._error: DriverError | None = None
        self._has_rested = False
        #: Since when it has rested and could be read, monotonic seconds; None: it does not, or cannot.
        self._rests_since_s: float | None = None
        #: What the debouncer has seen, monotonic seconds.
        self._seen_to_s = float("-inf")
        #: Whether anything moved since the step before, also if it is over and too short to be believed.
        self.has_moved = False

    @property
    def is_active(self) -> bool | None:
        """What the line is; None until it has rested once, while it chatters, and while it cannot be read."""
        return self._debouncer.is_active if self._is_readable and self._has_rested else None

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing has moved lately, and the level has been read at all."""
        return self._debouncer.settles_s == float("inf") and self._reread_due_s > float("-inf")

    @property
    def due_s(self) -> float:
        """When its level is read again, or settles."""
        return min(self._reread_due_s, self._debouncer.settles_s)

    def step(self, stamp: Stamp) -> tuple[list[Level], list[AnyEvent]]:
        """What settled since the last step, and what is to be said of the line itself."""
        reread: list[Level] = []
        if stamp.now_s >= self._reread_due_s - EARLY_S:
            self._reread_due_s = stamp.now_s + REREAD_S
            try:
                reread = self._input.reread()
                self._error = None
            except DriverError as error:
                self._error = error
        # After the reread: what the callbacks put there meanwhile is older, or as old.
        levels = self._taken() + reread
        self.has_moved = bool(levels)
        settled: list[Level] = []
        for level in sorted(levels, key=lambda level: level.t_s):
            settled += self._debouncer.feed(level)
        # What is seen while the step runs is stamped later than the step; time does not go back from there.
        self._seen_to_s = max(stamp.now_s, self._seen_to_s, *(level.t_s for level in levels))
        settled += self._debouncer.advance(self._seen_to_s)
        self._note_rest(stamp.now_s)
        return settled, self._say(stamp)

    @property
    def missed_edges(self) -> int:
        """Edges that reading the level again found."""
        return self._input.missed_edges

    def close(self) -> None:
        """Give the pin back."""
        self._input.close()

    def _see(self, t_s: float, is_active: bool) -> None:
        self._levels.put(Level(t_s, is_active))
        self._wake()

    def _taken(self) -> list[Level]:
        taken: list[Level] = []
        try:
            while True:
                taken.append(self._levels.get_nowait())
        except Empty:
            return taken

    def _note_rest(self, now_s: float) -> None:
        if self._error is not None:
            self._has_rested = False
        elif self.is_at_rest:
            self._has_rested = True
        if self._error is not None or self.has_moved or not self.is_at_rest:
            self._rests_since_s = None
        elif self._rests_since_s is None:
            self._rests_since_s = now_s

    def _say(self, stamp: Stamp) -> list[AnyEvent]:
        code, detail = "", ""
        if self._error is not None:
            code, detail = self._error.code, str(self._error)
        elif self._debouncer.is_chattering:
            code, detail = "chatter", "the level never rests; check the contact, its wires and their shield"
        self._is_readable = not code
        if code:
            return self._faults.fault(self._channel, self._component, code, detail, stamp.now_s, stamp)
        if self._rests_since_s is None or stamp.now_s - self._rests_since_s < RESTED_S - EARLY_S:
            return []
        return self._faults.recovered(self._channel, self._component, stamp.now_s, stamp)
