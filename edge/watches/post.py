"""A post's thermometer in, verdicts on those who stand before it out, and the post's faults."""

import logging
from collections.abc import Callable, Sequence

from edge.drivers.thermometer import Reading
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.screening import Sample, Screened, Screener
from edge.signals.stuck import StuckWatch
from edge.signals.tones import OF_VERDICT
from edge.watches.sensor import Sensor
from edge.watches.sound import Sound
from edge.watches.watch import Watch
from protocol.events import AnyEvent, Screening
from protocol.messages import PostLevel, Signal

log = logging.getLogger(__name__)

THERMOMETER = "thermometer"
#: The sensor answers, but its word stands still.
VALUE = "value"
#: What people show at this post has moved.
LEVEL = "level"

#: Between looks while nobody is there, seconds: asked too often an MLX90614 gives errors.
IDLE_S = 0.5
#: Between looks while somebody stands there, seconds: a stable run is 5 samples in 0.42 s at least.
PRESENT_S = 0.1
#: Somebody may be there when the object is so much warmer than the sensor, °C; `screening` decides.
PRESENT_OVER_C = 2.0
#: Between two keepings of the level, seconds: what people showed since is learned again after a power cut.
LEVEL_S = 600.0


class PostWatch(Watch):
    """One post: a thermometer, and the screener that judges its samples."""

    def __init__(
        self,
        channel: str,
        thermometer: Sensor[Reading],
        screener: Screener,
        faults: FaultBook,
        keep_level: Callable[[tuple[float, ...]], None],
        sound: Sound | None = None,
    ) -> None:
        """`keep_level` is given the level people show at this post, for the screener after a restart."""
        super().__init__(channel)
        self._thermometer = thermometer
        self._screener = screener
        self._faults = faults
        self._keep_level = keep_level
        self._sound = sound
        self._stuck = StuckWatch()
        self._is_shifted = False
        self._level_due_s: float | None = None
        self._screened_to_s = float("-inf")

    @property
    def due_s(self) -> float:
        """When the next look is due."""
        return self._thermometer.due_s

    def follow(self, signal: Signal, heard_s: float) -> None:
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
            is_stuck = self._is_stuck(look.t_s, reading)
            events += self._stands_still(is_stuck, stamp)
            sample = Sample(t_s=self._screened_to_s, object_c=reading.object_c, ambient_c=reading.ambient_c)
            screened = (
                self._screener.advance(self._screened_to_s) if is_stuck else self._screener.feed(sample)
            )
            events += self._events_of(screened, stamp)
        elif not self._thermometer.is_awaited:
            # An answer on its way is stamped before now.
            self._screened_to_s = max(now_s, self._screened_to_s)
            events += self._events_of(self._screener.advance(self._screened_to_s), stamp)
        if self._sound is not None:
            self._sound.step(now_s)
        return events

    @property
    def post(self) -> PostLevel | None:
        """What people show here, and how far that has moved."""
        if not self._screener.baseline:
            return None
        drift = self._screener.drift()
        return PostLevel(
            level_c=round(self._screener.level_c, 2),
            moved_c=None if drift.moved_c is None else round(drift.moved_c, 2),
            is_shifted=drift.is_shifted,
        )

    def keep(self) -> None:
        """Keep the level now."""
        if self._screener.baseline:
            self._keep_level(self._screener.baseline)

    def close(self) -> None:
        """Be silent."""
        if self._sound is not None:
            self._sound.close()

    def _is_stuck(self, t_s: float, reading: Reading) -> bool:
        """Also when it was before a restart, or the air beside it has changed: until the word has moved."""
        is_stuck = self._stuck.feed(t_s, reading.raw_object, reading.raw_ambient)
        return is_stuck or (not self._stuck.has_moved and self._faults.is_going_on(self.channel, VALUE))

    def _stands_still(self, is_stuck: bool, stamp: Stamp) -> list[AnyEvent]:
        """A word that no noise moves is no look at the world, however well its bytes are formed."""
        if not is_stuck:
            return self._faults.recovered(self.channel, VALUE, stamp.now_s, stamp)
        detail = "its word stands still; nobody is screened by it: power-cycle the sensor, or replace it"
        return self._faults.fault(self.channel, VALUE, "stands-still", detail, stamp.now_s, stamp)

    def _drifted(self, stamp: Stamp) -> list[AnyEvent]:
        """What the level of the post says of its thermometer, or of the weather; only a black body tells.

        One morning's weather moves it too: that is for the log. What lasts over mornings sends somebody.
        """
        drift = self._screener.drift()
        if drift.is_shifted is not self._is_shifted:
            self._is_shifted = drift.is_shifted
            log.warning("channel=%s shifted=%s moved_c=%s", self.channel, drift.is_shifted, drift.moved_c)
        if not drift.is_lasting and not drift.needs_recalibration:
            # Who has come since a restart may be too few to tell.
            if drift.moved_c is None or drift.is_shifted:
                return []
            return self._faults.recovered(self.channel, LEVEL, stamp.now_s, stamp)
        code = "recalibrate" if drift.needs_recalibration else "shifted"
        moved = "" if drift.moved_c is None else f" by {drift.moved_c:+.2f} °C"
        detail = f"the level has moved{moved}; hold a black body to it: `kuzet edge calibrate post`"
        is_worse = drift.needs_recalibration
        return self._faults.fault(self.channel, LEVEL, code, detail, stamp.now_s, stamp, is_worse=is_worse)

    def _events_of(self, screened: Sequence[Screened], stamp: Stamp) -> list[AnyEvent]:
        if not screened:
            return []
        if self._sound is not None:
            for one in screened:
                self._sound.say(OF_VERDICT[one.verdict], stamp.now_s)
        return self._drifted(stamp) + [
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
