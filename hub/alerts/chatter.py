"""Which alerts come and go too often to be told: instants of changes in, keys to put aside out. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.alerts.alert import Change, Key
from hub.alerts.muting import CHATTER_GUARD, CHATTER_TIME, Shelf

#: So many changes within so long are chatter (ux.md §4: 3 a minute).
MOST_CHANGES, WITHIN = 3, timedelta(minutes=1)
#: The changes that people notice; a pending alert that goes again is nobody's business.
NOTICED = frozenset({Change.FIRED, Change.RETURNED, Change.RESOLVED})
REASON = "came and went 3 times in a minute"


class ChatterGuard:
    """The last changes of each key, from alert to alert; a restart forgets them."""

    def __init__(self) -> None:
        self._changes: dict[Key, list[datetime]] = {}

    def note(self, changes: Iterable[tuple[Key, Change, datetime]]) -> list[Shelf]:
        """A shelf of 15 minutes for each key that these changes make chatter."""
        shelves = []
        for key, change, at in changes:
            if change not in NOTICED:
                continue
            kept = [one for one in self._changes.get(key, ()) if at - one < WITHIN]
            kept.append(at)
            self._changes[key] = kept
            if len(kept) >= MOST_CHANGES:
                del self._changes[key]
                shelves.append(_shelf(key, at))
        if len(self._changes) > 1000:
            newest = max(one[-1] for one in self._changes.values())
            self._changes = {key: kept for key, kept in self._changes.items() if newest - kept[-1] < WITHIN}
        return shelves

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: what came and went did so as long ago as it did."""
        self._changes = {key: [at + by for at in kept] for key, kept in self._changes.items()}


def _shelf(key: Key, at: datetime) -> Shelf:
    until = at + CHATTER_TIME
    return Shelf(rule=key[0], subject=key[1], by=CHATTER_GUARD, reason=REASON, since=at, until=until)
