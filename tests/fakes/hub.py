"""Siblings of the hub's surroundings: a settable clock and a broker's voice that keeps what was said."""

from datetime import datetime, timedelta

import msgspec

from protocol.broker import Publication
from tests.builders import MORNING


class SettableClock:
    """Time as the test says."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        self._set_by = timedelta(0)

    def now(self) -> datetime:
        return MORNING + self._set_by + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return self._passed_s

    def set_wall(self, by: timedelta) -> None:
        """Time service, or somebody, sets the wall clock."""
        self._set_by += by

    def pass_by(self, seconds: float) -> None:
        self._passed_s += seconds


class Voice:
    """A broker that retains: what was said last on every topic, and everything in order."""

    def __init__(self) -> None:
        self.said: list[Publication] = []
        self.is_up = True

    def publish(self, publication: Publication) -> bool:
        if self.is_up:
            self.said.append(publication)
        return self.is_up

    def last(self, topic_end: str) -> dict[str, object] | None:
        """The last payload on the topic that ends so; None when never said or emptied."""
        payloads = [one.payload for one in self.said if one.topic.endswith(topic_end)]
        return (
            msgspec.json.decode(payloads[-1], type=dict[str, object]) if payloads and payloads[-1] else None
        )

    def times(self, topic_part: str) -> int:
        return sum(topic_part in one.topic for one in self.said)
