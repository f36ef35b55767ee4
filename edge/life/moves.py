"""What a node's parts have done in a step in, their progress out: buses, outbox and publisher."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from edge.life.progress import Progress
from edge.publisher import Publisher

#: The longest that each part may take while something is due of it, seconds.
#: A bus: five sensors that each try three times, the kernel giving a transfer up after 1 s, take 15 s.
#: With systemd's 30 s on top the node is restarted within 60 s (promise 20).
BUS_QUIET_S = 25.0
#: The outbox: a damaged file, which a restart moves aside. Late, because the
#: events that wait in memory meanwhile are lost by the restart.
OUTBOX_QUIET_S = 300.0
#: The publisher: it sends anew at least every 37.5 s what is not acknowledged.
PUBLISHER_QUIET_S = 120.0
OUTBOX, PUBLISHER = "outbox", "publisher"


class Asked(Protocol):
    """What is needed of `edge.watches.sensor.Sensor`."""

    #: Looks that gave nothing.
    failed: int

    @property
    def awaited_since_s(self) -> float | None:
        """When the look was asked for that is not answered, monotonic seconds."""


class Moves:
    """Tells the progress after every step."""

    def __init__(
        self, progress: Progress, buses: Mapping[str, Sequence[Asked]], publisher: Publisher
    ) -> None:
        """`buses`: the sensors on each bus."""
        self._progress = progress
        self._buses = buses
        self._publisher = publisher
        self._messages = 0
        for name in buses:
            progress.declare(name, BUS_QUIET_S)
        progress.declare(OUTBOX, OUTBOX_QUIET_S)
        progress.declare(PUBLISHER, PUBLISHER_QUIET_S)

    @property
    def bus_errors(self) -> int:
        """Looks at a sensor that gave nothing since the start, its own retries spent."""
        return sum(sensor.failed for sensors in self._buses.values() for sensor in sensors)

    def step(self, now_s: float, *, outbox_refuses: bool, may_send: bool) -> None:
        """`outbox_refuses`: a restart may mend it; `may_send`: rows wait, and a broker is there."""
        for name, sensors in self._buses.items():
            since_s = [sensor.awaited_since_s for sensor in sensors]
            self._bus(name, min((each for each in since_s if each is not None), default=None), now_s)
        if outbox_refuses:
            self._progress.due(OUTBOX, now_s)
        else:
            self._progress.note(OUTBOX, now_s)
            self._progress.rest(OUTBOX)
        self._sending(now_s, may_send)

    def _bus(self, name: str, since_s: float | None, now_s: float) -> None:
        if since_s is None:
            self._progress.note(name, now_s)
            self._progress.rest(name)
        else:
            self._progress.owes(name, since_s)

    def _sending(self, now_s: float, may_send: bool) -> None:
        messages = self._publisher.messages
        if messages != self._messages:
            self._messages = messages
            self._progress.note(PUBLISHER, now_s)
        if may_send:
            self._progress.due(PUBLISHER, now_s)
        else:
            self._progress.rest(PUBLISHER)
