"""Edges of a door's two beams in, passages and the door's faults out."""

import dataclasses
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from edge.drivers.errors import DriverError
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.passage import BeamEdge, Crossing, Outcome, PassageDecoder
from edge.watches.sound import Sound
from edge.watches.watch import EARLY_S, Watch
from protocol.events import AnyEvent, Direction, Passage

BEAMS = "beams"
PINS = "pins"

#: Levels are read again this often, seconds: kernels and lgpio lose edges (gpiozero#550, lg#18).
REREAD_S = 0.05
#: Time the decoder stays behind, seconds: an edge's callback may come that much later than its stamp.
LAG_S = 0.02

_DIRECTIONS = {Outcome.IN: Direction.IN, Outcome.OUT: Direction.OUT}


class Beams(Protocol):
    """What is needed of `edge.drivers.beam_pair.BeamPair`."""

    def levels(self) -> tuple[bool, bool]:
        """Whether the outer and the inner beam are broken now."""

    def reread(self) -> list[BeamEdge]:
        """The edges that were missed."""

    def close(self) -> None:
        """Give the pins back."""


class Passages:
    """What both kinds of door share: edges in any order in, events out, in the time of the edges."""

    def __init__(
        self,
        channel: str,
        decoder: PassageDecoder,
        faults: FaultBook,
        rest_s: float,
        on_entry: Callable[[float], None] = lambda now_s: None,
    ) -> None:
        """`rest_s`: how long both beams must be free before the decoder decides, as it is set.

        `on_entry` is told when somebody has gone in.
        """
        self._on_entry = on_entry
        self._channel = channel
        self._decoder = decoder
        self._faults = faults
        self._rest_s = rest_s
        # A fault from before a restart: this decoder never saw the obstruction, so it cannot clear it.
        self._is_fault_inherited = faults.is_going_on(channel, BEAMS)
        self._decoded_to_s = float("-inf")
        #: When the decoder can decide, if no edge comes before: the light follows then, not a step later.
        self.decides_s = float("inf")
        #: Edges that came later than the decoder could wait, by so much moved forward.
        self.late_edges = 0

    def take(self, edges: Sequence[BeamEdge], is_free: bool, stamp: Stamp, until_s: float) -> list[AnyEvent]:
        """What these edges and the time since tell; no edge from before `until_s` can come any more."""
        crossings: list[Crossing] = []
        for edge in sorted(edges, key=lambda edge: edge.t_s):
            if edge.t_s < self._decoded_to_s:
                self.late_edges += 1
                edge = dataclasses.replace(edge, t_s=self._decoded_to_s)
            self._decoded_to_s = edge.t_s
            crossings += self._decoder.feed(edge)
            self.decides_s = edge.t_s + self._rest_s + (stamp.now_s - until_s) + EARLY_S
        if stamp.now_s >= self.decides_s:
            self.decides_s = float("inf")
        self._decoded_to_s = max(self._decoded_to_s, until_s)
        crossings += self._decoder.advance(self._decoded_to_s)
        events = [event for crossing in crossings for event in self._events_of(crossing, stamp)]
        if self._is_fault_inherited and is_free:
            self._is_fault_inherited = False
            events += self._faults.recovered(self._channel, BEAMS, stamp.now_s, stamp)
        return events

    def _events_of(self, crossing: Crossing, stamp: Stamp) -> list[AnyEvent]:
        if crossing.outcome is Outcome.OBSTRUCTED:
            self._is_fault_inherited = False
            detail = f"a beam has been broken for {crossing.took_s:.0f} s; free it, or check the receiver"
            return self._faults.fault(self._channel, BEAMS, "obstructed", detail, crossing.t_s, stamp)
        if crossing.outcome is Outcome.CLEARED:
            return self._faults.recovered(self._channel, BEAMS, crossing.t_s, stamp)
        direction = _DIRECTIONS.get(crossing.outcome)
        if direction is None or crossing.people < 1:
            return []
        if direction is Direction.IN:
            self._on_entry(stamp.now_s)
        return [
            Passage(
                seq=UNNUMBERED,
                at=stamp.at(crossing.t_s),
                clock=stamp.clock,
                channel=self._channel,
                direction=direction,
                people=crossing.people,
                took_s=round(crossing.took_s, 3),
                confidence=round(crossing.confidence, 3),
            )
        ]


class DoorWatch(Watch):
    """A door with two beams."""

    def __init__(
        self,
        channel: str,
        beams: Beams,
        edges: "SimpleQueue[BeamEdge]",
        passages: Passages,
        faults: FaultBook,
        sound: Sound | None = None,
    ) -> None:
        """`edges`: where the thread of the pins puts what it sees."""
        super().__init__(channel)
        self._beams = beams
        self._faults = faults
        self._sound = sound
        self._edges = edges
        self._passages = passages
        self._reread_due_s = float("-inf")
        self._is_free: bool | None = None
        #: Whether a beam is broken, or moved since the step before; None while the pins cannot be read.
        self.was_broken: bool | None = None

    @property
    def due_s(self) -> float:
        """When the levels are read again, or the decoder can decide."""
        return min(self._reread_due_s, self._passages.decides_s)

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Read the levels again if it is time, take the edges, and let time pass."""
        edges: list[BeamEdge] = []
        events: list[AnyEvent] = []
        if stamp.now_s >= self._reread_due_s - EARLY_S:
            self._reread_due_s = stamp.now_s + REREAD_S
            try:
                edges += self._beams.reread()
                self._is_free = not any(self._beams.levels())
            except DriverError as error:
                self._is_free = None
                events += self._faults.fault(self.channel, PINS, error.code, str(error), stamp.now_s, stamp)
            else:
                events += self._faults.recovered(self.channel, PINS, stamp.now_s, stamp)
        # After the levels: what the callbacks put there meanwhile is older, and sorted in before.
        edges += drained(self._edges)
        is_free = self._is_free is True and not edges
        self.was_broken = None if self._is_free is None else not is_free
        events += self._passages.take(edges, is_free, stamp, stamp.now_s - LAG_S)
        if self._sound is not None:
            self._sound.step(stamp.now_s)
        return events

    def close(self) -> None:
        """Give the pins back."""
        self._beams.close()
        if self._sound is not None:
            self._sound.close()


def drained(queue: "SimpleQueue[BeamEdge]") -> list[BeamEdge]:
    """All that is in the queue."""
    taken: list[BeamEdge] = []
    try:
        while True:
            taken.append(queue.get_nowait())
    except Empty:
        return taken
