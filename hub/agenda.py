"""When to look again at what: instants in, whatever is due out. Pure.

The cost of asking what is due grows with what is due, not with what is kept.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
#: Entries that were replaced stay in the heap until there are this many times as many as live ones.
_SLACK = 4


class Agenda(Generic[K]):
    """One instant for each key; putting it again replaces it."""

    def __init__(self) -> None:
        self._at: dict[K, datetime] = {}
        self._heap: list[tuple[datetime, int, K]] = []
        #: Ties are broken by arrival: keys need no order of their own.
        self._count = 0

    def __len__(self) -> int:
        return len(self._at)

    def put(self, key: K, at: datetime) -> None:
        """Look at `key` at `at`, and at no other instant."""
        if self._at.get(key) == at:
            return
        self._at[key] = at
        self._push(key, at)

    def put_by(self, key: K, at: datetime) -> None:
        """Look at `key` at `at`, or earlier where that was asked for."""
        before = self._at.get(key)
        if before is None or at < before:
            self.put(key, at)

    def drop(self, key: K) -> None:
        """Forget `key`."""
        self._at.pop(key, None)

    def due(self, now: datetime) -> list[K]:
        """The keys whose instant has come, earliest first; each is then forgotten."""
        found: list[K] = []
        while self._heap and self._heap[0][0] <= now:
            at, _, key = heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                found.append(key)
        return found

    def next(self) -> datetime | None:
        """The earliest instant kept; None when nothing is."""
        while self._heap and self._at.get(self._heap[0][2]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: everything is as far away as it was."""
        self._at = {key: at + by for key, at in self._at.items()}
        self._rebuild()

    def _push(self, key: K, at: datetime) -> None:
        self._count += 1
        heappush(self._heap, (at, self._count, key))
        if len(self._heap) > _SLACK * len(self._at) + 64:
            self._rebuild()

    def _rebuild(self) -> None:
        self._heap = [(at, i, key) for i, (key, at) in enumerate(self._at.items())]
        self._count = len(self._heap)
        heapify(self._heap)
