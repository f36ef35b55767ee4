"""Samples of the thermometer in, one settled run per approach of a face out, or the news that none settled.

Pure. A run is the plateau under the hottest samples: a spot filled in part, a face still coming or turning
away only ever read lower (science.md §1.8). Its median is the reading, and nothing else is smoothed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One checked reading of the thermometer."""

    #: Monotonic seconds; only differences count.
    t_s: float
    #: What the thermometer looks at, °C.
    object_c: float
    #: Air (or the thermometer's own case), °C.
    ambient_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """When a face is there, and when it has stood still."""

    #: Samples on the plateau.
    samples: int = 5
    #: Seconds they must last: three settling times (0.14 s, IIR 4 FIR 7, science.md §1.8).
    lasts_s: float = 0.42
    #: °C between largest and smallest; less than the 0.57 that 5 % of the spot costs (science.md §1.8).
    spread_c: float = 0.4
    #: °C its later half may be over its earlier half: a face still coming, or a sensor still settling. Sensor
    #: noise of 0.05 °C in five samples makes 0.05.
    rise_c: float = 0.15
    #: Share of the samples from its first to its last that must be on it; the others are dips of a spot
    #: filled in part.
    least_share: float = 0.6
    #: Samples that may be hotter: broken words that look like a temperature.
    glitches: int = 2
    #: Seconds after it in which nothing hotter came: who stops on the way is not yet there.
    confirm_s: float = 0.3
    #: °C over the background that is a face coming.
    presence_over_c: float = 3.0
    #: °C over the background under which it has gone again.
    absence_under_c: float = 2.0
    #: °C the background may warm in a second: a radiator that comes on; who walks up makes ten times that.
    warming_c_per_s: float = 0.05
    #: Samples an approach must have had to deserve an answer; less is a hand passing.
    least_seen: int = 3
    #: Seconds without a stable run after which the person is told so.
    patience_s: float = 6.0
    #: Seconds after which a warm thing that stays is background.
    background_after_s: float = 60.0
    #: Seconds without a sample after which nobody is there.
    silence_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Samples that stood still."""

    #: Median of the run, °C: one glitch cannot move it.
    skin_c: float
    #: Median air temperature of the run, °C.
    ambient_c: float
    #: Largest minus smallest sample, °C.
    spread_c: float
    samples: int
    #: Time of the last sample of the run, seconds.
    t_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Somebody came; answered once, as soon as there is something to say."""

    #: None: no stable run.
    run: Run | None
    #: Samples seen of them so far.
    samples: int
    t_s: float


class Approaches:
    """Tells the approaches of one post apart."""

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        self._background_c: float | None = None
        self._background_s = 0.0
        #: Samples since the face came, or since the last broken word; None while nobody is there.
        self._presence: list[Sample] | None = None
        self._from_s = 0.0
        self._seen = 0
        self._is_answered = False
        #: When the plateau was first there, and what it showed then.
        self._settled_s: float | None = None
        self._settled_c = -math.inf
        self._last_t_s = -math.inf

    def feed(self, sample: Sample) -> list[Approach]:
        """Take one sample in order of time."""
        done = self.advance(sample.t_s)
        self._last_t_s = sample.t_s
        if not _is_possible(sample):
            # A broken word says nothing about who is there, but no run may reach across it.
            if self._presence is not None:
                self._presence.clear()
                self._settled_s = None
            return done
        if (
            self._presence is not None
            and sample.object_c < self._background(sample) + self._settings.absence_under_c
        ):
            done += self._leave(sample.t_s)
        if self._presence is None:
            self._await(sample)
        if self._presence is not None:
            done += self._look(sample, self._presence)
        return done

    def advance(self, now_s: float) -> list[Approach]:
        """Let time pass without a sample."""
        if self._presence is None:
            return []
        if now_s - self._last_t_s > self._settings.silence_s:
            return self._leave(now_s)
        if not self._is_answered and now_s - self._from_s > self._settings.patience_s:
            return self._answer(None, now_s)
        return []

    def forget(self) -> None:
        """Whoever is there is not to be answered."""
        self._presence = None

    def _background(self, sample: Sample) -> float:
        background = sample.ambient_c if self._background_c is None else self._background_c
        return max(background, sample.ambient_c)

    def _await(self, sample: Sample) -> None:
        if sample.object_c > self._background(sample) + self._settings.presence_over_c:
            self._presence, self._from_s, self._seen, self._is_answered = [], sample.t_s, 0, False
            self._settled_s = None
        else:
            self._follow(sample)
        self._background_s = sample.t_s

    def _follow(self, sample: Sample) -> None:
        """Let the background fall at once and rise slowly: who walks up slowly is no warming wall."""
        if self._background_c is None:
            self._background_c = sample.object_c
        else:
            most_c = self._background_c + self._settings.warming_c_per_s * (sample.t_s - self._background_s)
            self._background_c = min(sample.object_c, most_c)

    def _look(self, sample: Sample, presence: list[Sample]) -> list[Approach]:
        settings = self._settings
        self._seen += 1
        if sample.t_s - self._from_s > settings.background_after_s:
            self._background_c = sample.object_c
        if self._is_answered:
            return []
        presence.append(sample)
        run = plateau(presence, settings)
        if run is None:
            self._settled_s = None
            return []
        if self._settled_s is None or sample.object_c > self._settled_c + settings.rise_c:
            self._settled_s, self._settled_c = sample.t_s, run.skin_c
        return self._answer(run, sample.t_s) if sample.t_s - self._settled_s >= settings.confirm_s else []

    def _leave(self, t_s: float) -> list[Approach]:
        presence = self._presence or []
        run = None if self._is_answered else plateau(presence, self._settings)
        is_owed = not self._is_answered and self._seen >= self._settings.least_seen
        done = self._answer(run, t_s) if is_owed else []
        self._presence = None
        return done

    def _answer(self, run: Run | None, t_s: float) -> list[Approach]:
        self._is_answered = True
        return [Approach(run=run, samples=self._seen if run is None else run.samples, t_s=t_s)]


def run_of(samples: Sequence[Sample]) -> Run:
    """The run made of exactly these samples, at least one."""
    objects = [sample.object_c for sample in samples]
    return Run(
        skin_c=median(objects),
        ambient_c=median(sample.ambient_c for sample in samples),
        spread_c=max(objects) - min(objects),
        samples=len(samples),
        t_s=samples[-1].t_s,
    )


def plateau(
    samples: Sequence[Sample],
    settings: RunSettings,
    *,
    least: int | None = None,
    lasts_s: float | None = None,
) -> Run | None:
    """The run under the hottest samples that stood still, or None.

    `least` and `lasts_s` in place of the settings'; `lasts_s` 0 leaves the clock out of it.
    """
    least = settings.samples if least is None else least
    lasts_s = settings.lasts_s if lasts_s is None else lasts_s
    hottest = sorted((sample.object_c for sample in samples), reverse=True)[: settings.glitches + 1]
    for top_c in hottest:
        on = [i for i, one in enumerate(samples) if top_c - settings.spread_c <= one.object_c <= top_c]
        run = [samples[i] for i in on]
        if (
            len(run) >= least
            and len(run) >= settings.least_share * (on[-1] - on[0] + 1)
            and run[-1].t_s - run[0].t_s >= lasts_s
            and _rise_c(run) <= settings.rise_c
        ):
            return run_of(run)
    return None


def _rise_c(run: Sequence[Sample]) -> float:
    half = len(run) // 2
    if not half:
        return 0.0
    return fmean(one.object_c for one in run[-half:]) - fmean(one.object_c for one in run[:half])


def _is_possible(sample: Sample) -> bool:
    """Whether the word can be a temperature at all: 0xFFFF reads 1037.55 °C, 0 reads -273.15 °C."""
    return all(math.isfinite(c) and -70.0 <= c <= 382.0 for c in (sample.object_c, sample.ambient_c))
