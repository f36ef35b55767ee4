"""A dispenser's lever, and its gauge or float where it has one, in; uses, how full it is, and faults out."""

from collections.abc import Callable

from edge.drivers.gauge import Level as Fill
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.debounce import Level
from edge.signals.presses import DispenserLever, Use
from edge.watches.line import Line
from edge.watches.sensor import Sensor
from edge.watches.watch import Watch
from protocol.events import AnyEvent, Dispense

LEVER = "lever"
PRESS = "press"
FLOAT = "float"
GAUGE = "gauge"

#: Between two looks of the gauge, seconds; a look swings while somebody presses.
LOOK_S = 30.0
#: A level that has moved so far is told even when nobody pressed: it was refilled, or it leaks.
STEP = 0.1


class DispenserWatch(Watch):
    """One dispenser."""

    def __init__(
        self,
        channel: str,
        line: Line,
        lever: DispenserLever,
        faults: FaultBook,
        gauge: Sensor[Fill] | None = None,
        low: Line | None = None,
        is_low_when: Callable[[bool], bool] = bool,
    ) -> None:
        """`low`: the float switch's line; `is_low_when(is_active)` says what it means."""
        super().__init__(channel)
        self._line = line
        self._lever = lever
        self._faults = faults
        self._gauge = gauge
        self._low = low
        self._is_low_when = is_low_when
        self._level: float | None = None
        self._told_level: float | None = None
        if faults.is_going_on(channel, PRESS):
            lever.was_stuck()

    @property
    def due_s(self) -> float:
        """When a line is read again, or the gauge."""
        due_s = [part.due_s for part in (self._line, self._gauge, self._low) if part is not None]
        return min(due_s)

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Tell the uses that ended, with the level at hand, and a level that moved by itself."""
        settled, events = self._line.step(stamp)
        uses = [use for level in settled for use in self._lever.feed(level)]
        uses += self._lever.advance(stamp.now_s)
        events += self._stuck(stamp)
        if self._gauge is not None:
            look, said = self._gauge.step(stamp)
            events += said
            # A gauge that does not answer has no level; an old one would pass for a new one.
            self._level = look.value.level if look is not None else self._level if not said else None
        if self._low is not None:
            events += self._floated(self._low, stamp)
        events += [self._told(use.t_s, use, stamp) for use in uses]
        if not uses and self._has_moved():
            events.append(self._told(stamp.now_s, None, stamp))
        return events

    def close(self) -> None:
        """Give the pins back."""
        self._line.close()
        if self._low is not None:
            self._low.close()

    def _has_moved(self) -> bool:
        if self._level is None:
            return False
        return self._told_level is None or abs(self._level - self._told_level) >= STEP

    def _told(self, t_s: float, use: Use | None, stamp: Stamp) -> Dispense:
        self._told_level = self._level
        return Dispense(
            seq=UNNUMBERED,
            at=stamp.at(t_s),
            clock=stamp.clock,
            channel=self.channel,
            amount_ml=None if use is None else use.amount_ml,
            presses=None if use is None else use.presses,
            level=None if self._level is None else round(self._level, 3),
        )

    def _stuck(self, stamp: Stamp) -> list[AnyEvent]:
        if self._lever.is_stuck and self._line.is_active is False:
            # It was before a restart, and came loose meanwhile.
            self._lever.feed(Level(stamp.now_s, False))
        if self._lever.is_stuck:
            detail = "held for too long: the lever is stuck"
            return self._faults.fault(self.channel, PRESS, "stuck", detail, stamp.now_s, stamp)
        return self._faults.recovered(self.channel, PRESS, stamp.now_s, stamp)

    def _floated(self, low: Line, stamp: Stamp) -> list[AnyEvent]:
        _, events = low.step(stamp)
        if low.is_active is None:
            return events
        if self._is_low_when(low.is_active):
            detail = "little is left: refill it"
            return events + self._faults.fault(self.channel, "fill", "low", detail, stamp.now_s, stamp)
        return events + self._faults.recovered(self.channel, "fill", stamp.now_s, stamp)
