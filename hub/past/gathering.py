"""States of spaces as they are looked at in, a row a space and minute out where something changed. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from hub.store.history_rows import Minute
from protocol.messages import SpaceState


class _Told(NamedTuple):
    """What of a state is remembered."""

    occupancy: int | None
    low: int | None
    high: int | None
    capacity: int | None
    state: str
    reason: str
    clause: str | None


class Gathering:
    """The minute that is under way, and how each space stood last."""

    def __init__(self) -> None:
        self._last: dict[str, _Told] = {}
        #: Spaces changed in this minute, with its highest count so far.
        self._most: dict[str, int | None] = {}

    def look(self, state: SpaceState) -> None:
        """A space is so now."""
        space = state.space
        told = _Told(
            occupancy=state.occupancy,
            low=state.low,
            high=state.high,
            capacity=state.capacity,
            state=state.state.value,
            reason=state.reason,
            clause=state.clause,
        )
        before = self._last.get(space)
        if told == before:
            return
        self._last[space] = told
        # Who was in at the beginning of the minute was in during it.
        began = self._most.get(space, None if before is None else before.occupancy)
        self._most[space] = most_of((began, told.occupancy))

    def again(self) -> None:
        """Every space is written once more: a day begins, and its rows shall stand for themselves."""
        for space, told in self._last.items():
            self._most.setdefault(space, told.occupancy)

    def take(self, minute: int) -> list[tuple[str, Minute]]:
        """The spaces changed in the minute since 1970 UTC that is over; another begins."""
        found = []
        for space, most in self._most.items():
            told = self._last[space]
            found.append((space, Minute(minute=minute, most=most, **told._asdict())))
        self._most.clear()
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed in this minute."""
        return not self._most


def most_of(counts: Iterable[int | None]) -> int | None:
    """The highest of the counts that are known; None: none is."""
    return max((one for one in counts if one is not None), default=None)
