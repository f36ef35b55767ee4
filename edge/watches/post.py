"""A post's thermometer in, verdicts on those who stand before it out, and the post's faults."""

from collections.abc import Callable, Sequence
from typing import Protocol

from edge.drivers.thermometer import Reading
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.screening import Sample, Screened, Screener
from edge.watches.sensor import Sensor
from edge.watches.watch import Watch
from protocol.events import AnyEvent, Screening, Verdict
from protocol.messages import Signal

THERMOMETER = "thermometer"
LEVEL = "level"

#: Between looks while nobody is there, seconds: asked too often an MLX90614 gives errors.
IDLE_S = 0.5
#: Between looks while somebody stands there, seconds: a stable run is 5 samples in 0.42 s at least.
PRESENT_S = 0.1
#: Somebody may be there when the object is so much warmer than the sensor, °C; `screening` decides.
PRESENT_OVER_C = 2.0
#: Between two keepings of the level, seconds: what people showed since is learned again after a power cut.
LEVEL_S = 600.0


class Sounder(Protocol):
    """What is needed of a post's buzzer."""

    def verdict(self, verdict: Verdict, now_s: float) -> None:
        """Sound it, from now on."""

    def step(self, now_s: float) -> None:
        """Go on sounding; called at every step."""

    def close(self) -> None:
        """Be silent, give the pin back."""


class PostWatch(Watch):
    """One post: a thermometer, and the screener that judges its samples."""

    def __init__(
        self,
        channel: str,
        thermometer: Sensor[Reading],
        screener: Screener,
        faults: FaultBook,
        keep_level: Callable[[tuple[float, ...]], None],
        sounder: Sounder | None = None,
    ) -> None:
        """`keep_level` is given the level people show at this post, for the screener after a restart."""
        super().__init__(channel)
        self._thermometer = thermometer
        self._screener = screener
        self._faults = faults
        self._keep_level = keep_level
        self._sounder = sounder
        self._level_due_s: float | None = None
        self._screened_to_s = float("-inf")

    @property
    def due_s(self) -> float:
        """When the next look is due."""
        return self._thermometer.due_s

    def follow(self, signal: Signal, now_s: float) -> None:
        """Judge by the hub's limits from now on."""
        if signal.screening is not None:
            self._screener.set_limits(signal.screening)

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Look if it is time, and let time pass."""
        now_s = stamp.now_s
        if self._level_due_s is None or now_s >= self._level_due_s:
            self._level_due_s = now_s + LEVEL_S
            self.keep()
        look, events = self._thermometer.step(stamp)
        if look is not None:
            reading = look.value
            if reading.object_c - reading.ambient_c > PRESENT_OVER_C:
                self._thermometer.again_in(PRESENT_S)
            self._screened_to_s = max(look.t_s, self._screened_to_s)
            sample = Sample(t_s=self._screened_to_s, object_c=reading.object_c, ambient_c=reading.ambient_c)
            events += self._events_of(self._screener.feed(sample), stamp)
        elif not self._thermometer.is_awaited:
            # An answer on its way is stamped before now.
            self._screened_to_s = max(now_s, self._screened_to_s)
            events += self._events_of(self._screener.advance(self._screened_to_s), stamp)
        if self._sounder is not None:
            self._sounder.step(now_s)
        return events + self._drifted(stamp)

    def keep(self) -> None:
        """Keep the level now."""
        if self._screener.baseline:
            self._keep_level(self._screener.baseline)

    def close(self) -> None:
        """Be silent."""
        if self._sounder is not None:
            self._sounder.close()

    def _drifted(self, stamp: Stamp) -> list[AnyEvent]:
        return []

    def _events_of(self, screened: Sequence[Screened], stamp: Stamp) -> list[AnyEvent]:
        if self._sounder is not None:
            for one in screened:
                self._sounder.verdict(one.verdict, stamp.now_s)
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


def _rounded(value_c: float | None) -> float | None:
    """To the thermometer's own resolution and no further digits of noise."""
    return None if value_c is None else round(value_c, 2)
