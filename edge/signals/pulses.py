"""Edges of one beam in, pulses (broken from, broken until) out, chatter and lost edges mended. Pure."""

from dataclasses import dataclass
from enum import Enum

#: A time stamp's rounding, seconds: differences below it are none.
ROUNDING_S = 1e-9
#: A burst of chatter is over after this many times `bounce_s`, even if the beam still flickers.
LONGEST_BURST = 5


class Beam(Enum):
    """Which of the two beams of a door."""

    OUTER = "outer"
    INNER = "inner"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamEdge:
    """A beam changed: somebody broke it, or it is free again."""

    #: Seconds of a monotonic clock, stamped by the kernel.
    t_s: float
    beam: Beam
    broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One beam was broken from `start_s` until `end_s`."""

    start_s: float
    end_s: float
    #: False where the edge was lost and its time is only guessed.
    start_seen: bool = True
    end_seen: bool = True

    @property
    def length_s(self) -> float:
        """Seconds the beam was broken."""
        return self.end_s - self.start_s


class PulseFormer:
    """The pulses of one beam, from its raw edges in time order."""

    def __init__(self, bounce_s: float) -> None:
        self._bounce_s = bounce_s
        self._broken: bool | None = None
        self._since_s = 0.0
        self._burst_s: float | None = None
        self._burst_last_s = 0.0
        self._burst_broken = False
        #: How long a walker breaks a beam, where the burst began with the level it had already.
        self._repeat_s: float | None = None

    @property
    def is_settled(self) -> bool:
        """True when no burst of chatter is under way."""
        return self._burst_s is None

    @property
    def broken_since_s(self) -> float | None:
        """When the beam was broken, or None when it is free."""
        if self._burst_s is not None and self._burst_broken and not self._broken:
            return self._burst_s
        return self._since_s if self._broken else None

    def feed(self, t_s: float, broken: bool, typical_s: float) -> list[Pulse]:
        """Take an edge; `typical_s` is how long a walker breaks a beam, to guess at an edge that was lost."""
        pulses = self.settle(t_s)
        if self._burst_s is not None:
            self._burst_last_s = t_s
            self._burst_broken = broken
        elif self._broken is None and not broken:
            self._broken, self._since_s = False, t_s
        else:
            # A level said twice may be the first of a burst whose first edges came at one moment.
            self._burst_s, self._burst_last_s, self._burst_broken = t_s, t_s, broken
            self._repeat_s = typical_s if broken == self._broken else None
        return pulses

    def settle(self, now_s: float) -> list[Pulse]:
        """Let time pass without an edge; gives the pulse that ended, if one did."""
        burst_s = self._burst_s
        if burst_s is None or not self._burst_is_over(burst_s, now_s):
            return []
        self._burst_s = None
        if self._burst_broken != bool(self._broken):
            return self._change(burst_s)
        return [] if self._repeat_s is None else self._repeat(burst_s, self._repeat_s)

    def _burst_is_over(self, burst_s: float, now_s: float) -> bool:
        return (
            now_s > self._burst_last_s + self._bounce_s + ROUNDING_S
            or now_s > burst_s + LONGEST_BURST * self._bounce_s + ROUNDING_S
        )

    def _change(self, t_s: float) -> list[Pulse]:
        ended = [self._pulse(t_s)] if self._broken else []
        self._broken = not self._broken
        self._since_s = t_s
        return ended

    def _pulse(self, end_s: float, end_seen: bool = True) -> Pulse:
        return Pulse(start_s=self._since_s, end_s=end_s, end_seen=end_seen)

    def _repeat(self, t_s: float, typical_s: float) -> list[Pulse]:
        """A level said twice: the edge between was lost, unless there was no time for one."""
        elapsed_s = t_s - self._since_s
        if self._broken:
            if elapsed_s < 1.3 * typical_s:
                return []
            ended = [self._pulse(self._since_s + typical_s, end_seen=False)]
        else:
            if elapsed_s < 4 * self._bounce_s:
                return []
            start_s = max(t_s - typical_s, self._since_s + self._bounce_s)
            ended = [Pulse(start_s=start_s, end_s=t_s, start_seen=False)]
        self._since_s = t_s
        return ended
