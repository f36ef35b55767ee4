"""A two-zone distance sensor above a door in, passages and the door's faults out."""

from edge.drivers.zone_counter import ZoneReading
from edge.faults import FaultBook, Stamp
from edge.signals.passage import BeamEdge
from edge.signals.zones import ZoneFault, Zones
from edge.watches.door import Passages
from edge.watches.sensor import Sensor
from edge.watches.sound import Sound
from edge.watches.watch import Watch
from protocol.events import AnyEvent

SENSOR = "zone-counter"
ZONES = "zones"

#: The next look is asked for as soon as there was an answer: the sensor itself takes its time.
LOOK_S = 0.0

_DETAILS = {
    ZoneFault.BLIND: "a zone sees nothing: sunlight, a black floor, or a covered window",
    ZoneFault.MOVED: "something stands below the sensor for good: take it away, or restart the node",
}


class ZoneWatch(Watch):
    """A door with a sensor above it."""

    def __init__(
        self,
        channel: str,
        sensor: Sensor[ZoneReading],
        zones: Zones,
        passages: Passages,
        faults: FaultBook,
        sound: Sound | None = None,
    ) -> None:
        super().__init__(channel)
        self._sensor = sensor
        self._zones = zones
        self._passages = passages
        self._faults = faults
        self._sound = sound

    @property
    def due_s(self) -> float:
        """When the next look is due; its answer wakes the node."""
        return self._sensor.due_s

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Take the newest look, and decide as far as no edge can come any more."""
        look, events = self._sensor.step(stamp)
        if look is not None:
            reading = look.value
            edges: list[BeamEdge] = self._zones.feed(reading.t_s, reading.zone, reading.distance_mm)
            until_s = min(self._zones.settled_s, stamp.now_s)
            events += self._passages.take(edges, self._zones.is_free, stamp, until_s)
            events += self._ailing(stamp)
        if self._sound is not None:
            self._sound.step(stamp.now_s)
        return events

    def close(self) -> None:
        """Be silent."""
        if self._sound is not None:
            self._sound.close()

    def _ailing(self, stamp: Stamp) -> list[AnyEvent]:
        fault = self._zones.fault
        if fault is None:
            # After a restart nothing ails them at first, because nothing is known of them.
            if not (self._zones.is_ready and self._zones.is_free):
                return []
            return self._faults.recovered(self.channel, ZONES, stamp.now_s, stamp)
        return self._faults.fault(self.channel, ZONES, fault.value, _DETAILS[fault], stamp.now_s, stamp)
