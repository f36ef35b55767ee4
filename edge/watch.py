"""A door's edges and a post's thermometer in, events out: a channel's driver and its interpreter."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.drivers.errors import BusStuck, DriverError, HardwareMissing
from edge.drivers.thermometer import Reading
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.passage import BeamEdge, Crossing, Outcome, PassageDecoder
from edge.signals.screening import Sample, Screened, Screener
from protocol.events import AnyEvent, Direction, Passage, Screening
from protocol.messages import ScreeningLimits

BEAMS = "beams"
THERMOMETER = "thermometer"

#: Levels are read again this often, seconds: kernels and lgpio lose edges (gpiozero#550, lg#18).
REREAD_S = 0.05
#: What is due so soon is done now, seconds: else a step that comes a rounding too early costs a whole period.
EARLY_S = 0.001
#: Time the decoder stays behind, seconds: an edge's callback may come that much later than its stamp.
LAG_S = 0.02
#: Between looks while nobody is there, seconds: asked too often an MLX90614 gives errors.
IDLE_S = 0.5
#: Between looks while somebody stands there, seconds: a stable run is 5 samples in 0.42 s at least.
PRESENT_S = 0.1
#: Somebody may be there when the object is so much warmer than the sensor, °C; `screening` decides.
PRESENT_OVER_C = 2.0
#: Looks in a row that must fail before a fault is said; each has its retries already.
FAILS = 3
#: Between two keepings of the level, seconds: what people showed since is learned again after a power cut.
LEVEL_S = 600.0
#: Waits after what will not pass at once, seconds: a stuck bus holds the whole node up while it times out.
STUCK_S = 5.0
MISSING_S = 30.0


class Beams(Protocol):
    """What is needed of `edge.drivers.beam_pair.BeamPair`."""

    def levels(self) -> tuple[bool, bool]:
        """Whether the outer and the inner beam are broken now."""

    def reread(self) -> list[BeamEdge]:
        """The edges that were missed."""

    def close(self) -> None:
        """Give the pins back."""


class Eye(Protocol):
    """What is needed of `edge.drivers.thermometer.Thermometer`."""

    def read(self) -> Reading:
        """Look once."""


class DoorWatch:
    """One door: two beams and the decoder that makes crossings of their edges."""

    def __init__(
        self, channel: str, beams: Beams, decoder: PassageDecoder, faults: FaultBook, rest_s: float
    ) -> None:
        """`rest_s`: how long both beams must be free before the decoder decides, as it is set."""
        self.channel = channel
        self._rest_s = rest_s
        self._beams = beams
        self._decoder = decoder
        self._faults = faults
        # A fault from before a restart: this decoder never saw the obstruction, so it cannot clear it.
        self._is_fault_inherited = faults.is_going_on(channel, BEAMS)
        self._decoded_to_s = float("-inf")
        self._reread_due_s = float("-inf")
        #: When the decoder can decide, if no edge comes before: the light follows then, not a step later.
        self._decides_s = float("inf")
        #: Edges that came later than the decoder could wait, by so much moved forward.
        self.late_edges = 0

    @property
    def due_s(self) -> float:
        """When the next step is needed if no edge comes, monotonic seconds."""
        return min(self._reread_due_s, self._decides_s)

    def reread(self, now_s: float) -> list[BeamEdge]:
        """The edges nobody reported, if it is time to look."""
        if now_s < self._reread_due_s - EARLY_S:
            return []
        self._reread_due_s = now_s + REREAD_S
        return self._beams.reread()

    def step(self, edges: Sequence[BeamEdge], stamp: Stamp) -> list[AnyEvent]:
        """Take the edges since the last step, in any order, and let time pass."""
        crossings: list[Crossing] = []
        for edge in sorted(edges, key=lambda edge: edge.t_s):
            if edge.t_s < self._decoded_to_s:
                self.late_edges += 1
                edge = dataclasses.replace(edge, t_s=self._decoded_to_s)
            self._decoded_to_s = edge.t_s
            crossings += self._decoder.feed(edge)
            self._decides_s = edge.t_s + self._rest_s + LAG_S + EARLY_S
        if stamp.now_s >= self._decides_s:
            self._decides_s = float("inf")
        self._decoded_to_s = max(self._decoded_to_s, stamp.now_s - LAG_S)
        crossings += self._decoder.advance(self._decoded_to_s)
        events = [event for crossing in crossings for event in self._events_of(crossing, stamp)]
        return events + self._take_back(stamp)

    def close(self) -> None:
        """Give the pins back."""
        self._beams.close()

    def _take_back(self, stamp: Stamp) -> list[AnyEvent]:
        if not self._is_fault_inherited or self._beams.levels() != (False, False):
            return []
        self._is_fault_inherited = False
        return self._faults.recovered(self.channel, BEAMS, stamp.now_s, stamp)

    def _events_of(self, crossing: Crossing, stamp: Stamp) -> list[AnyEvent]:
        if crossing.outcome is Outcome.OBSTRUCTED:
            self._is_fault_inherited = False
            detail = f"a beam has been broken for {crossing.took_s:.0f} s; free it, or check the receiver"
            return self._faults.fault(self.channel, BEAMS, "obstructed", detail, crossing.t_s, stamp)
        if crossing.outcome is Outcome.CLEARED:
            return self._faults.recovered(self.channel, BEAMS, crossing.t_s, stamp)
        direction = _DIRECTIONS.get(crossing.outcome)
        if direction is None or crossing.people < 1:
            return []
        return [
            Passage(
                seq=UNNUMBERED,
                at=stamp.at(crossing.t_s),
                clock=stamp.clock,
                channel=self.channel,
                direction=direction,
                people=crossing.people,
                took_s=round(crossing.took_s, 3),
                confidence=round(crossing.confidence, 3),
            )
        ]


class PostWatch:
    """One post: a thermometer, opened when it is there, and the screener that judges its samples."""

    def __init__(
        self,
        channel: str,
        open_eye: Callable[[], Eye],
        screener: Screener,
        faults: FaultBook,
        keep_level: Callable[[tuple[float, ...]], None],
    ) -> None:
        """`keep_level` is given the level people show at this post, for the screener after a restart."""
        self.channel = channel
        self._keep_level = keep_level
        self._level_due_s: float | None = None
        self._open = open_eye
        self._screener = screener
        self._faults = faults
        self._eye: Eye | None = None
        self._due_s = float("-inf")
        self._fails = 0
        #: Looks that gave nothing.
        self.failed_reads = 0

    @property
    def due_s(self) -> float:
        """When the next look is due, monotonic seconds."""
        return self._due_s

    def set_limits(self, limits: ScreeningLimits) -> None:
        """Judge by the hub's limits from now on."""
        self._screener.set_limits(limits)

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Look if it is time, and let time pass."""
        now_s = stamp.now_s
        if self._level_due_s is None or now_s >= self._level_due_s:
            self.keep(now_s)
        if now_s < self._due_s - EARLY_S:
            return self._events_of(self._screener.advance(now_s), stamp)
        try:
            if self._eye is None:
                self._eye = self._open()
            reading = self._eye.read()
        except DriverError as error:
            return self._failed(error, stamp)
        self._fails = 0
        is_warm = reading.object_c - reading.ambient_c > PRESENT_OVER_C
        self._due_s = now_s + (PRESENT_S if is_warm else IDLE_S)
        sample = Sample(t_s=now_s, object_c=reading.object_c, ambient_c=reading.ambient_c)
        events = self._faults.recovered(self.channel, THERMOMETER, now_s, stamp)
        return events + self._events_of(self._screener.feed(sample), stamp)

    def keep(self, now_s: float) -> None:
        """Keep the level now."""
        self._level_due_s = now_s + LEVEL_S
        if self._screener.baseline:
            self._keep_level(self._screener.baseline)

    def _failed(self, error: DriverError, stamp: Stamp) -> list[AnyEvent]:
        self._fails += 1
        self.failed_reads += 1
        is_missing = isinstance(error, HardwareMissing)
        wait_s = MISSING_S if is_missing else STUCK_S if isinstance(error, BusStuck) else IDLE_S
        self._due_s = stamp.now_s + wait_s
        events = self._events_of(self._screener.advance(stamp.now_s), stamp)
        if is_missing or self._fails >= FAILS:
            events += self._faults.fault(
                self.channel, THERMOMETER, error.code, str(error), stamp.now_s, stamp
            )
        return events

    def _events_of(self, screened: Sequence[Screened], stamp: Stamp) -> list[AnyEvent]:
        return [
            Screening(
                seq=UNNUMBERED,
                at=stamp.at(one.t_s),
                clock=stamp.clock,
                channel=self.channel,
                verdict=one.verdict,
                index_c=_rounded(one.index_c),
                skin_c=_rounded(one.skin_c),
                ambient_c=_rounded(one.ambient_c),
                spread_c=_rounded(one.spread_c),
                samples=one.samples,
                attempt=one.attempt,
            )
            for one in screened
        ]


_DIRECTIONS = {Outcome.IN: Direction.IN, Outcome.OUT: Direction.OUT}


def _rounded(value_c: float | None) -> float | None:
    """To the thermometer's own resolution and no further digits of noise."""
    return None if value_c is None else round(value_c, 2)
