"""Measurements of a room's air in; reports out, and word of a CO2 sensor that cannot be right.

Pure. Nothing is smoothed. Measurements are left out while the sensor warms up, and while the last report
still says the same. A sensor that shows less CO2 than there is outdoors is out of calibration: it shows too
little all the time, and airing comes late. It is named once, and taken back once.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class AirSample:
    """One checked measurement."""

    #: Monotonic seconds; only differences count.
    t_s: float
    co2_ppm: float
    temperature_c: float
    #: Relative humidity, 0 to 1.
    humidity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AirSettings:
    """When a measurement is worth a report, and when a sensor is not to be believed."""

    #: Seconds that are left out after the start: an SCD41 follows a step of CO2 with 60 s (data sheet, 1.1).
    warm_up_s: float = 60.0
    #: A pause so long means that the sensor was started again, seconds.
    restart_after_s: float = 150.0
    #: Something is reported at least so often, seconds.
    every_s: float = 60.0
    #: What moved so far since the last report is reported at once, but not more often than `at_most_every_s`.
    co2_step_ppm: float = 50.0
    temperature_step_c: float = 1.0
    humidity_step: float = 0.05
    at_most_every_s: float = 15.0
    #: Less is nowhere: outdoor air has 420 to 430 ppm, and a fresh sensor is off by some 30.
    outdoor_ppm: float = 390.0
    #: So long without a break, seconds: one damp morning is not yet a fault.
    below_for_s: float = 6 * 3600.0
    #: So long without a single measurement below, seconds, and the sensor is believed again: a room that is
    #: used shows more than outdoor air for days, whatever its sensor is off by.
    above_for_s: float = 7 * 86_400.0


class AirNotice(Enum):
    """What has changed about the sensor."""

    #: It shows less CO2 than there is outdoors: recalibrate it.
    BELOW_OUTDOOR = "below-outdoor"
    #: It no longer does.
    PLAUSIBLE = "plausible"


@dataclass(frozen=True, slots=True, kw_only=True)
class AirSeen:
    """What came of one measurement."""

    #: The measurement itself when it is to be reported.
    report: AirSample | None = None
    notice: AirNotice | None = None


class AirMonitor:
    """Watches the air of one room."""

    def __init__(self, settings: AirSettings | None = None, *, is_implausible: bool = False) -> None:
        """`is_implausible`: the sensor was named before a restart, and has not been taught since."""
        self._settings = settings or AirSettings()
        self._started_s: float | None = None
        self._last_s = float("-inf")
        self._reported: AirSample | None = None
        self._is_implausible = is_implausible
        #: Since when CO2 is below outdoor air, and since when it is not.
        self._below_since_s: float | None = None
        self._above_since_s: float | None = None

    @property
    def is_implausible(self) -> bool:
        """Whether the CO2 of this sensor is not to be believed."""
        return self._is_implausible

    def feed(self, sample: AirSample) -> AirSeen:
        """Take a measurement; times must not go back."""
        settings = self._settings
        if self._started_s is None or sample.t_s - self._last_s > settings.restart_after_s:
            self._started_s = sample.t_s
            self._below_since_s = self._above_since_s = None
        self._last_s = sample.t_s
        if sample.t_s - self._started_s < settings.warm_up_s:
            return AirSeen()
        notice = self._judged(sample)
        if not self._is_due(sample):
            return AirSeen(notice=notice)
        self._reported = sample
        return AirSeen(report=sample, notice=notice)

    def _judged(self, sample: AirSample) -> AirNotice | None:
        settings = self._settings
        if sample.co2_ppm < settings.outdoor_ppm:
            self._above_since_s = None
            if self._below_since_s is None:
                self._below_since_s = sample.t_s
            if self._is_implausible or sample.t_s - self._below_since_s < settings.below_for_s:
                return None
            self._is_implausible = True
            return AirNotice.BELOW_OUTDOOR
        self._below_since_s = None
        if self._above_since_s is None:
            self._above_since_s = sample.t_s
        if not self._is_implausible or sample.t_s - self._above_since_s < settings.above_for_s:
            return None
        self._is_implausible = False
        return AirNotice.PLAUSIBLE

    def _is_due(self, sample: AirSample) -> bool:
        settings, last = self._settings, self._reported
        if last is None:
            return True
        passed_s = sample.t_s - last.t_s
        has_moved = (
            abs(sample.co2_ppm - last.co2_ppm) >= settings.co2_step_ppm
            or abs(sample.temperature_c - last.temperature_c) >= settings.temperature_step_c
            or abs(sample.humidity - last.humidity) >= settings.humidity_step
        )
        return passed_s >= settings.every_s or (has_moved and passed_s >= settings.at_most_every_s)
