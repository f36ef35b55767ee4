"""A window's or door's contact in, `open` and `closed` out, and what it is when the node starts."""

from collections.abc import Callable

from edge.faults import UNNUMBERED, Stamp
from edge.watches.line import Line
from edge.watches.watch import Watch
from protocol.events import AnyEvent, Contact

CONTACT = "contact"


class ContactWatch(Watch):
    """One contact. Its state is told at the start too: what it was before the node was off is not known."""

    def __init__(self, channel: str, line: Line, is_open_when: Callable[[bool], bool]) -> None:
        """`is_open_when(is_active)` says what the line means."""
        super().__init__(channel)
        self._line = line
        self._is_open_when = is_open_when
        self._told: bool | None = None

    @property
    def due_s(self) -> float:
        """When the line is read again, or settles."""
        return self._line.due_s

    @property
    def is_open(self) -> bool | None:
        """Whether it is open; None while that is not known."""
        is_active = self._line.is_active
        return None if is_active is None else self._is_open_when(is_active)

    @property
    def was_open(self) -> bool | None:
        """Whether it is open; None also when its line moves, or did in the last step."""
        return None if self._line.has_moved or not self._line.is_at_rest else self.is_open

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Tell every change, and the state it starts with once that has settled."""
        settled, events = self._line.step(stamp)
        for level in settled:
            self._tell(self._is_open_when(level.is_active), level.t_s, stamp, events)
        if self._told is None and self._line.is_at_rest and self.is_open is not None:
            self._tell(self.is_open, stamp.now_s, stamp, events)
        return events

    def close(self) -> None:
        """Give the pin back."""
        self._line.close()

    def _tell(self, is_open: bool, t_s: float, stamp: Stamp, events: list[AnyEvent]) -> None:
        self._told = is_open
        events.append(
            Contact(
                seq=UNNUMBERED,
                at=stamp.at(t_s),
                clock=stamp.clock,
                channel=self.channel,
                open=is_open,
            )
        )
