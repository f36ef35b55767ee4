"""Readings of the entrance thermometer in, one verdict per approach out; a person decides, never this. Pure.

The index is what a forehead shows over the level of this post (baseline.py), both as at 24 °C of air. Stage 1
asks for a repeat on a low, sensitive limit; then the mean of one person's readings decides, that of the
repeats alone once there are two: the first was kept for being high, and would pull the mean up. What cannot
be judged is never a pass: cold people are `too_cold`, anything else is `no_reading`. Nothing is pulled to
normal: a higher reading never makes a lower index, and a much lower repeat is a forehead missed.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from edge.signals.baseline import Baseline, Level
from edge.signals.baseline_settings import BaselineSettings
from edge.signals.drift import Drift
from edge.signals.stable_run import Approach, Approaches, Run, RunSettings, Sample, plateau, run_of
from protocol.events import Verdict
from protocol.messages import ScreeningLimits

__all__ = ["DEFAULT_LIMITS", "Drift", "Sample", "Screened", "Screener", "ScreeningSettings"]

#: Used until a hub sends its own. Repeat: round 1 at 35.4 °C, 0.35 over the median (science.md §1.3);
#: elevated: the afebrile 95th percentile over that median (§1.3); cold: §1.5.
DEFAULT_LIMITS = ScreeningLimits(repeat_over_c=0.35, elevated_over_c=0.65, too_cold_under_c=-0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningSettings:
    """How a post is read. Limits of the decision itself come from the hub (`ScreeningLimits`)."""

    #: °C of forehead per °C of air, from 20-29 °C (science.md §1.3, forehead-centre max).
    air_slope: float = 0.15
    #: °C of air everything is brought to (science.md §1.3).
    air_reference_c: float = 24.0
    #: °C of air a contactless thermometer may be used in (FDA, science.md §1.1); outside: `no_reading`.
    air_low_c: float = 16.0
    air_high_c: float = 40.0
    #: °C a living forehead can show: fresh from light frost 33.2 - 3·1.45 = 28.8 (science.md §1.5), and there
    #: is colder weather; above, clinical thermometers end at 43. Outside: `no_reading`.
    skin_low_c: float = 25.0
    skin_high_c: float = 43.0
    #: °C a forehead must differ from the air, or the thermometer looks at a wall.
    least_contrast_c: float = 1.5
    #: °C at 24 °C of air under which a forehead is cold while the post has no level of its own (science.md
    #: §1.5).
    cold_before_level_c: float = 34.2
    #: °C over the reference at which a first reading is always repeated, whatever the running median
    #: (science.md §1.4): an outbreak cannot hide itself.
    ceiling_over_c: float = 1.0
    #: °C over the reference at which repeats are elevated whatever the running median: the afebrile 99th
    #: percentile, 0.91 (science.md §1.3), on a morning that reads two SDs of 0.5 °C too high.
    elevated_ceiling_over_c: float = 1.9
    #: °C the cold limit is raised while many of the newest people were cold: who is then 0.5 °C under the
    #: level is as likely on the way up as well.
    frost_caution_c: float = 0.4
    #: °C the repeat limit is lowered for the very first person of a post; fades until the level stands.
    start_caution_c: float = 0.3
    #: °C, SD of the difference of two readings of one person: 0.2·√2 (science.md §1.3).
    repeat_sd_c: float = 0.28
    #: Such SDs by which a repeat may be lower and count in full; a lower one counts as only that much lower.
    repeat_counts_sds: float = 2.0
    #: Such SDs beyond which it is not the same forehead: at a living post another person, else a miss.
    repeat_same_sds: float = 4.0
    #: Seconds within which who was asked to repeat comes back; then the next is another person.
    visit_window_s: float = 30.0
    #: Visits remembered at once, for recorded files that interleave them.
    open_visits: int = 256
    run: RunSettings = field(default_factory=RunSettings)
    baseline: BaselineSettings = field(default_factory=BaselineSettings)

    def at_reference_air(self, skin_c: float, ambient_c: float) -> float:
        """`skin_c` as it would be in air of `air_reference_c`, °C."""
        return skin_c - self.air_slope * (ambient_c - self.air_reference_c)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """The verdict on one attempt."""

    verdict: Verdict
    #: °C over this post's level that the verdict rests on: of this reading, or of the mean of the person's
    #: readings from the second on; None: no reading.
    index_c: float | None
    #: This attempt's own forehead, °C as measured; None: no reading.
    skin_c: float | None
    ambient_c: float | None
    #: Largest minus smallest sample of the stable run, °C.
    spread_c: float | None
    samples: int
    #: 1 for the first try of a visit.
    attempt: int
    t_s: float


@dataclass(slots=True)
class _Visit:
    """One person at the post: nothing but their readings."""

    t_s: float
    #: Under which the baseline knows them; None before a first reading.
    serial: int | None = None
    #: Readings that were not too cold, °C at 24 °C of air, as far as they count.
    readings: list[float] = field(default_factory=list)
    attempts: int = 0
    verdict: Verdict | None = None


def _mean_c(readings: Sequence[float]) -> float:
    """What a person is judged by, °C: all readings, but the first once there are two repeats."""
    return fmean(readings[1:] if len(readings) > 2 else readings)


class Screener:
    """One post: `feed` and `advance` for a living thermometer, `judge` for attempts already settled."""

    def __init__(
        self, settings: ScreeningSettings, limits: ScreeningLimits, baseline: tuple[float, ...] = ()
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._baseline = Baseline(settings.baseline, baseline)
        self._visits: OrderedDict[str, _Visit] = OrderedDict()
        self._at_post: _Visit | None = None
        self._approaches = Approaches(settings.run)

    @property
    def baseline(self) -> tuple[float, ...]:
        """To be kept across restarts and given to the next constructor; names nobody."""
        return self._baseline.kept

    @property
    def level_c(self) -> float:
        """What people show at this post now, °C at 24 °C of air; a guess while `baseline` is empty."""
        return self._baseline.level_c()

    def drift(self) -> Drift:
        """How far the level has moved from its reference, and whether the post needs recalibration."""
        return self._baseline.drift()

    @property
    def scale(self) -> float:
        """What the limits for fever are multiplied by here: people's spread at this post over the usual."""
        return self._baseline.scale

    def set_limits(self, limits: ScreeningLimits) -> None:
        """Judge by `limits` from now on."""
        self._limits = limits

    # -- a living thermometer

    def feed(self, sample: Sample) -> list[Screened]:
        """Take one sample in order of time; a verdict once per approach."""
        done = self.advance(sample.t_s)
        if not self._limits.enabled:
            self._approaches.forget()
            return done
        return done + [self._answer(approach) for approach in self._approaches.feed(sample)]

    def advance(self, now_s: float) -> list[Screened]:
        """Let time pass without a sample: who left unread gets `no_reading`; a visit's window closes."""
        done = [self._answer(approach) for approach in self._approaches.advance(now_s)]
        if self._at_post is not None and now_s - self._at_post.t_s > self._settings.visit_window_s:
            self._at_post = None
        return done

    def _answer(self, approach: Approach) -> Screened:
        visit, run = self._at_post, approach.run
        comes_back = visit is not None and visit.verdict in (Verdict.REPEAT, Verdict.NO_READING)
        if visit is not None and comes_back and run is not None:
            comes_back = self._is_same_forehead(visit, run.skin_c, run.ambient_c)
        attempt = visit.attempts + 1 if visit is not None and comes_back else 1
        if run is None:
            return self.judge(math.nan, math.nan, attempt, approach.t_s, samples=approach.samples)
        spread, samples = run.spread_c, run.samples
        return self.judge(run.skin_c, run.ambient_c, attempt, run.t_s, spread_c=spread, samples=samples)

    def _is_same_forehead(self, visit: _Visit, skin_c: float, ambient_c: float) -> bool:
        settings = self._settings
        if not visit.readings or not self._is_readable(skin_c, ambient_c):
            return True
        apart = abs(settings.at_reference_air(skin_c, ambient_c) - _mean_c(visit.readings))
        return apart <= settings.repeat_same_sds * settings.repeat_sd_c

    # -- settled attempts

    def settle(self, samples: Sequence[Sample]) -> Run | None:
        """The run a recorded attempt stands for: its only sample, or its plateau; None: unstable.

        The clock is left out: files come from clocks of all kinds.
        """
        if len(samples) == 1:
            return run_of(samples)
        run = self._settings.run
        return plateau(samples, run, least=min(len(samples), run.samples), lasts_s=0.0)

    def judge(
        self,
        skin_c: float,
        ambient_c: float,
        attempt: int,
        t_s: float,
        *,
        visit: str | None = None,
        spread_c: float | None = None,
        samples: int = 1,
    ) -> Screened:
        """The decision on one settled attempt; NaN for a reading that could not be had.

        `visit` tells interleaved visits apart; without it, attempt 1 begins a visit, the others continue it.
        """
        person = self._visit(visit, attempt, t_s)
        person.attempts, person.t_s = max(attempt, person.attempts), t_s
        is_read = self._is_readable(skin_c, ambient_c)
        verdict, index = self._decide(person, skin_c, ambient_c) if is_read else (Verdict.NO_READING, None)
        person.verdict = verdict
        return Screened(
            verdict=verdict,
            index_c=index,
            skin_c=skin_c if is_read else None,
            ambient_c=ambient_c if self._is_air(ambient_c) else None,
            spread_c=spread_c if is_read else None,
            samples=samples,
            attempt=attempt,
            t_s=t_s,
        )

    def _visit(self, name: str | None, attempt: int, t_s: float) -> _Visit:
        if name is None:
            if attempt == 1 or self._at_post is None:
                self._at_post = _Visit(t_s=t_s)
            return self._at_post
        if name not in self._visits:
            self._visits[name] = _Visit(t_s=t_s)
            if len(self._visits) > self._settings.open_visits:
                self._visits.popitem(last=False)
        return self._visits[name]

    def _is_air(self, ambient_c: float) -> bool:
        return self._settings.air_low_c <= ambient_c <= self._settings.air_high_c

    def _is_readable(self, skin_c: float, ambient_c: float) -> bool:
        settings = self._settings
        return (
            self._is_air(ambient_c)
            and settings.skin_low_c <= skin_c <= settings.skin_high_c
            and abs(skin_c - ambient_c) >= settings.least_contrast_c
        )

    def _decide(self, person: _Visit, skin_c: float, ambient_c: float) -> tuple[Verdict, float]:
        settings = self._settings
        if person.serial is None:
            person.serial = self._baseline.arrive(person.t_s)
        value = settings.at_reference_air(skin_c, ambient_c)
        level = self._baseline.level(but=person.serial)
        is_cold = self._is_cold(value, level)
        if not person.readings:
            self._baseline.enter(person.serial, value, is_cold=is_cold)
            if is_cold:
                return Verdict.TOO_COLD, value - level.cold_c
            person.readings.append(value)
            return self._of_first(value, level), value - level.fever_c
        before = _mean_c(person.readings)
        counted = max(value, before - settings.repeat_counts_sds * settings.repeat_sd_c)
        mean = _mean_c([*person.readings, counted])
        if is_cold or before - value > settings.repeat_same_sds * settings.repeat_sd_c:
            return self._of_missed(person, value, level), mean - level.fever_c
        person.readings.append(counted)
        self._baseline.enter(person.serial, mean, is_cold=False)
        return self._of_repeats(mean, level), mean - level.fever_c

    def _of_missed(self, person: _Visit, value_c: float, level: Level) -> Verdict:
        """High readings before are not undone by a forehead missed or cooled since."""
        before = _mean_c(person.readings)
        if len(person.readings) > 1 and self._of_repeats(before, level) is Verdict.ELEVATED:
            return Verdict.ELEVATED
        if len(person.readings) == 1 and self._of_first(before, level) is Verdict.REPEAT:
            return Verdict.REPEAT
        return Verdict.TOO_COLD if self._is_cold(value_c, level) else Verdict.REPEAT

    def _is_cold(self, value_c: float, level: Level) -> bool:
        if not self._baseline.is_local:
            return value_c < self._settings.cold_before_level_c
        caution = self._settings.frost_caution_c if level.is_frosty else 0.0
        return value_c - level.cold_c < self._limits.too_cold_under_c + caution

    def _of_first(self, value_c: float, level: Level) -> Verdict:
        settings = self._settings
        limit = self._limits.repeat_over_c * self._baseline.scale
        if not self._baseline.is_local:
            limit -= settings.start_caution_c * (1 - self._baseline.people() / settings.baseline.start_people)
        index = value_c - level.fever_c
        is_over = index > limit or index > settings.ceiling_over_c
        return (
            Verdict.REPEAT
            if is_over or self._over_reference_c(value_c) > settings.ceiling_over_c
            else Verdict.PASS
        )

    def _of_repeats(self, mean_c: float, level: Level) -> Verdict:
        is_over = (
            mean_c - level.fever_c > self._limits.elevated_over_c * self._baseline.scale
            or self._over_reference_c(mean_c) > self._settings.elevated_ceiling_over_c
        )
        return Verdict.ELEVATED if is_over else Verdict.PASS

    def _over_reference_c(self, value_c: float) -> float:
        reference = self._baseline.reference_c
        return -math.inf if reference is None else value_c - reference
