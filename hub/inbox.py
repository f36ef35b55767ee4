"""From the broker's thread to the hub's: callbacks only put deliveries on a queue, the hub drains it."""

from queue import Empty, SimpleQueue
from typing import NamedTuple


class Delivery(NamedTuple):
    """A message as it came."""

    topic: str
    payload: bytes
    retained: bool


class Inbox:
    """A queue with one reader. What is lost with it was never acknowledged, and comes again."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Delivery] = SimpleQueue()

    def put(self, topic: str, payload: bytes, retained: bool) -> None:
        """Called by the broker session, on its thread."""
        self._queue.put(Delivery(topic, payload, retained))

    def drain(self, most: int, wait_s: float) -> list[Delivery]:
        """Up to `most` deliveries: waits `wait_s` for the first, takes what else is there."""
        try:
            drained = [self._queue.get(timeout=wait_s)] if wait_s > 0 else [self._queue.get_nowait()]
        except Empty:
            return []
        try:
            while len(drained) < most:
                drained.append(self._queue.get_nowait())
        except Empty:
            pass
        return drained
