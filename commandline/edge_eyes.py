"""A door of a node file in, what it sees of people who walk through on purpose out: edges and crossings."""

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from commandline.edge_bench import Bench
from commandline.edge_view import NodeView
from edge.calibration.door_trial import DoorTrial
from edge.channels import Door
from edge.config import NodeConfig
from edge.drivers.beam_pair import BeamPair
from edge.drivers.errors import NotAnswering
from edge.drivers.pins import PinFactory
from edge.faults import Stamp
from edge.signals.passage import BeamEdge, Crossing, Outcome, PassageDecoder, PassageSettings
from edge.watches.door import LAG_S
from protocol.events import ClockState, Direction, Fault, Passage


class Eyes(Protocol):
    """What sees people in the door."""

    def poll(self, trial: DoorTrial) -> bool:
        """Tell the trial what was seen since the last call; whether anybody was."""

    def broken(self) -> str:
        """What is broken now: `outer`, `inner`, `both beams`, or nothing."""


@contextmanager
def open_eyes(config: NodeConfig, door: Door, pins: PinFactory, bench: Bench) -> Iterator[Eyes]:
    """What sees people in the door, whatever its kind, closed at the end. Raises PinRefused."""
    with tempfile.TemporaryDirectory(prefix="kuzet-door-") as folder:
        has_beams = door.beams is not None
        eyes: Any = (
            BeamEyes(door, pins, bench) if has_beams else ChannelEyes(config, door, pins, bench, Path(folder))
        )
        try:
            yield eyes
        finally:
            eyes.close()


class BeamEyes:
    """Two beams and their decoder."""

    def __init__(self, door: Door, pins: PinFactory, bench: Bench) -> None:
        """Raises PinRefused."""
        self._edges: SimpleQueue[BeamEdge] = SimpleQueue()
        self._bench = bench
        self._decoder = PassageDecoder(PassageSettings(spacing_m=door.spacing_m))
        assert door.beams is not None
        self._beams = BeamPair(door.beams, pins, self._edges.put)
        self._decoded_s = float("-inf")

    def poll(self, trial: DoorTrial) -> bool:
        """Edges first to the decoder, in the order of their stamps."""
        now_s = self._bench.clock.monotonic()
        edges = self._beams.reread()
        with suppress(Empty):
            while True:
                edges.append(self._edges.get_nowait())
        crossings: list[Crossing] = []
        for edge in sorted(edges, key=lambda edge: edge.t_s):
            # One that came later than the decoder could wait is moved forward, as in a running node.
            self._decoded_s = max(self._decoded_s, edge.t_s)
            edge = dataclasses.replace(edge, t_s=self._decoded_s)
            crossings += self._decoder.feed(edge)
            trial.edge(edge)
        self._decoded_s = max(self._decoded_s, now_s - LAG_S)
        crossings += self._decoder.advance(self._decoded_s)
        for crossing in crossings:
            trial.crossing(crossing)
        return bool(crossings)

    def broken(self) -> str:
        """Read from the pins now."""
        outer, inner = self._beams.levels()
        return (
            "both beams"
            if outer and inner
            else "the outer beam"
            if outer
            else "the inner beam"
            if inner
            else ""
        )

    def close(self) -> None:
        """Give the pins back."""
        self._beams.close()


class ChannelEyes:
    """A door of another kind, by what its own code tells: passages only."""

    def __init__(self, config: NodeConfig, door: Door, pins: PinFactory, bench: Bench, folder: Path) -> None:
        self._bench = bench
        self._node = NodeView(config, bench, pins, folder, lambda: None, [door.channel])

    def poll(self, trial: DoorTrial) -> bool:
        """Passages as the node would tell them. Raises NotAnswering when the sensor does not see."""
        now_s = self._bench.clock.monotonic()
        events = self._node.step(Stamp(self._bench.clock.now(), now_s, ClockState.SYNCED))
        for event in events:
            if isinstance(event, Fault):
                raise NotAnswering(f"{event.component}: {event.detail}")
        passages = [event for event in events if isinstance(event, Passage)]
        for passage in passages:
            outcome = Outcome.IN if passage.direction is Direction.IN else Outcome.OUT
            trial.crossing(
                Crossing(
                    outcome=outcome,
                    people=passage.people,
                    t_s=now_s,
                    took_s=passage.took_s or 0.0,
                    confidence=1.0 if passage.confidence is None else passage.confidence,
                )
            )
        return bool(passages)

    def broken(self) -> str:
        """Its zones learn what is beneath them by themselves."""
        return ""

    def close(self) -> None:
        """Give the hardware back."""
        self._node.close()
