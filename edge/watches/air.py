"""A room's air sensor in, reports of its air out, and word of a sensor that cannot be right."""

from edge.drivers.air import AirReading
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.signals.air import AirMonitor, AirNotice, AirSample
from edge.watches.sensor import Sensor
from edge.watches.watch import Watch
from protocol.events import Air, AnyEvent

AIR = "air-sensor"
#: The sensor answers, but what it says of CO2 cannot be.
CO2 = "co2"

#: Between two looks, seconds: the sensor has something new every 5 s.
LOOK_S = 2.5


class AirWatch(Watch):
    """One room's air."""

    def __init__(
        self, channel: str, sensor: Sensor[AirReading | None], monitor: AirMonitor, faults: FaultBook
    ) -> None:
        super().__init__(channel)
        self._sensor = sensor
        self._monitor = monitor
        self._faults = faults

    @property
    def due_s(self) -> float:
        """When the next look is due."""
        return self._sensor.due_s

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Look if it is time; report what is worth it."""
        look, events = self._sensor.step(stamp)
        if look is None or look.value is None:
            return events
        reading = look.value
        seen = self._monitor.feed(
            AirSample(
                t_s=look.t_s,
                co2_ppm=reading.co2_ppm,
                temperature_c=reading.temperature_c,
                humidity=reading.humidity,
            )
        )
        if self._monitor.is_implausible:
            detail = (
                "less CO2 than there is outdoors: recalibrate it in fresh air with `kuzet edge calibrate co2`"
            )
            code = AirNotice.BELOW_OUTDOOR.value
            events += self._faults.fault(self.channel, CO2, code, detail, stamp.now_s, stamp)
        else:
            events += self._faults.recovered(self.channel, CO2, stamp.now_s, stamp)
        if seen.report is not None:
            # What cannot be right is not passed on as if it were; the rest of the sensor still is.
            is_believed = not self._monitor.is_implausible
            events.append(
                Air(
                    seq=UNNUMBERED,
                    at=stamp.at(seen.report.t_s),
                    clock=stamp.clock,
                    channel=self.channel,
                    co2_ppm=seen.report.co2_ppm if is_believed else None,
                    temperature_c=round(seen.report.temperature_c, 2),
                    humidity=round(seen.report.humidity, 3),
                )
            )
        return events
