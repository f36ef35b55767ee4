"""A room's air at one instant, from its sensor if that is fresh, else from people and minutes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.air.decay import Learned
from hub.air.limits import AirLimits
from hub.air.model import LITRES_PER_S_TO_M3_PER_H, ach_to_ls, co2_after, purge_min
from hub.air.view import AirLevel, RoomAir
from hub.counts.steps import Step


@dataclass(slots=True, kw_only=True)
class Breathed:
    """CO2 estimated from who was inside how long; a minute costs the same however long the day is."""

    volume_m3: float
    ach: float
    outdoor_ppm: float
    breath_ls: float
    #: Minutes since 1970 UTC up to which it is told, the estimate then, and who is inside since.
    minute: float
    ppm: float
    inside: int = 0

    def step(self, step: Step) -> None:
        """So many are inside from this minute on; steps come by time."""
        self.ppm = self.at(step.minute)
        self.minute, self.inside = max(self.minute, step.minute), step.inside

    def at(self, minute: float) -> float:
        """Ppm at a minute not before the newest step."""
        source_m3h = self.inside * self.breath_ls * LITRES_PER_S_TO_M3_PER_H
        return co2_after(
            max(0.0, minute - self.minute) / 60,
            start_ppm=self.ppm,
            outdoor_ppm=self.outdoor_ppm,
            source_m3h=source_m3h,
            volume_m3=self.volume_m3,
            ach=self.ach,
        )


def breathed(
    limits: AirLimits, volume_m3: float, ach: float | None, starts_minute: int, steps: Iterable[Step] = ()
) -> Breathed:
    """The estimate of a day that began with outdoor air, after `steps`; `ach` None: the profile's."""
    estimate = Breathed(
        volume_m3=volume_m3,
        ach=ach if ach is not None else limits.assumed_ach,
        outdoor_ppm=limits.outdoor_ppm,
        breath_ls=limits.breath_ls,
        minute=starts_minute,
        ppm=limits.outdoor_ppm,
    )
    for step in steps:
        estimate.step(step)
    return estimate


def room_air(
    limits: AirLimits,
    *,
    volume_m3: float,
    inside: int | None,
    newest: tuple[int, int] | None,
    is_faulty: bool,
    learned: Learned | None,
    is_window_open: bool | None,
    estimated_ppm: float | None,
    now: datetime,
) -> RoomAir:
    """The view. `newest` is the last minute with a reading and its ppm; `inside` None: people unknown.

    `is_faulty`: the sensor's readings do not count (`reads_below_outdoor`, or its node says so).
    `estimated_ppm`: of `breathed(...).at(now)`; None: people unknown.
    """
    at = None if newest is None else datetime.fromtimestamp(newest[0] * 60, UTC)
    stale_at = None if at is None else at + timedelta(seconds=60 + limits.fresh_for.seconds)
    is_fresh = stale_at is not None and now < stale_at and not is_faulty
    read_ppm = None if newest is None else float(newest[1])
    ppm = read_ppm if is_fresh else estimated_ppm
    level, limit_ppm, clause = _level(limits, ppm)
    known = learned.ach(is_open=bool(is_window_open)) if learned is not None else None
    ach, spread = known if known is not None else (None, None)
    return RoomAir(
        co2_ppm=read_ppm,
        at=at,
        is_fresh=is_fresh,
        is_faulty=is_faulty,
        level=level,
        is_estimated=not is_fresh and ppm is not None,
        ach=ach,
        ach_spread=spread,
        purge_min_90=purge_min(ach, 0.9) if ach is not None else None,
        estimated_ppm=estimated_ppm,
        need_ls=None if inside is None else inside * limits.need_ls,
        has_ls=None if ach is None else ach_to_ls(ach, volume_m3),
        limit_ppm=limit_ppm,
        clause=clause,
        again_at=stale_at if is_fresh else None,
    )


def _level(limits: AirLimits, ppm: float | None) -> tuple[AirLevel, float | None, str]:
    if ppm is None:
        return AirLevel.UNKNOWN, None, limits.air_source
    for level, limit_ppm, source in (
        (AirLevel.LEAVE, limits.leave_ppm, limits.leave_source),
        (AirLevel.AIR, limits.air_ppm, limits.air_source),
        (AirLevel.NEAR, limits.near_ppm, limits.near_source),
    ):
        if ppm >= limit_ppm:
            return level, limit_ppm, source
    return AirLevel.FINE, None, limits.near_source
