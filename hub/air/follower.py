"""Follows the air of one room through its day: folds what is new, and all again when it came late. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.air.decay import FAULTY_READINGS, Learned
from hub.air.limits import AirLimits
from hub.air.room import Breathed, breathed, room_air
from hub.air.view import RoomAir
from hub.counts.steps import Step

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


class AirFollower:
    """One room on one campus day: a function of records, limits, what was learned and `now`."""

    def __init__(self, limits: AirLimits, volume_m3: float, starts_minute: int) -> None:
        """The day begins with outdoor air and nobody inside."""
        self._limits = limits
        self._volume_m3 = volume_m3
        self._starts = starts_minute
        self._unread: int | None = 0
        self._below: set[int] = set()
        #: The estimate before the newest step, and that step; None: to be worked out anew.
        self._settled: Breathed | None = None
        self._newest: Step | None = None

    def touch(self, at_ms: int | None) -> None:
        """A reading of that instant or later came; None: none did."""
        if at_ms is not None:
            minute = at_ms // 60_000
            self._unread = minute if self._unread is None else min(self._unread, minute)

    def restep(self) -> None:
        """Steps before the newest changed: all are asked for again."""
        self._settled = None

    def newest(self, step: Step) -> None:
        """The newest minute is now this step."""
        if self._settled is None:
            return
        if self._newest is not None and step.minute < self._newest.minute:
            self.restep()
            return
        if self._newest is not None and step.minute > self._newest.minute:
            self._settled.step(self._newest)
        self._newest = step

    def view(
        self,
        co2_ppm: Mapping[int, int],
        steps: Callable[[], Iterable[Step]],
        now: datetime,
        *,
        inside: int | None,
        learned: Learned | None = None,
        is_window_open: bool | None = None,
        is_faulty: bool = False,
    ) -> RoomAir:
        """The air at `now`; `inside` None: people unknown. `is_faulty`: the sensor's node says that it is.

        The estimate takes the windows for shut all day: it is rather too high than too low.
        """
        known = learned.ach(is_open=False) if learned is not None else None
        ach = known[0] if known is not None else self._limits.assumed_ach
        if self._settled is None or self._settled.ach != ach:
            self._settled = breathed(self._limits, self._volume_m3, ach, self._starts)
            self._newest = None
            for step in steps():
                self.newest(step)
        self._read(co2_ppm)
        minute = (now - _EPOCH) / _MINUTE
        return room_air(
            self._limits,
            volume_m3=self._volume_m3,
            inside=inside,
            newest=_newest_reading(co2_ppm, int(minute), self._limits),
            is_faulty=is_faulty or len(self._below) >= FAULTY_READINGS,
            learned=learned,
            is_window_open=is_window_open,
            estimated_ppm=None if inside is None else self._estimate(minute, steps),
            now=now,
        )

    def _read(self, co2_ppm: Mapping[int, int]) -> None:
        if self._unread is None:
            return
        floor = self._limits.outdoor_ppm - self._limits.faulty_under_ppm
        self._below = {minute for minute in self._below if minute < self._unread}
        self._below |= {minute for minute, ppm in co2_ppm.items() if minute >= self._unread and ppm < floor}
        self._unread = None

    def _estimate(self, minute: float, steps: Callable[[], Iterable[Step]]) -> float:
        assert self._settled is not None
        if self._settled.minute > minute:
            # Steps of a clock that is ahead: rare, and not known yet.
            known = [step for step in steps() if step.minute <= minute]
            ach = self._settled.ach
            return breathed(self._limits, self._volume_m3, ach, self._starts, known).at(minute)
        estimate = replace(self._settled)
        if self._newest is not None and self._newest.minute <= minute:
            estimate.step(self._newest)
        return estimate.at(minute)


def _newest_reading(co2_ppm: Mapping[int, int], minute: int, limits: AirLimits) -> tuple[int, int] | None:
    """The last one not of the future; beyond the fresh ones it does not matter which."""
    fresh = range(minute, minute - round(limits.fresh_for.seconds) // 60 - 2, -1)
    last = next((one for one in fresh if one in co2_ppm), None)
    if last is None:
        last = max((one for one in co2_ppm if one <= minute), default=None)
    return None if last is None else (last, co2_ppm[last])
