"""What people and the chatter guard put aside: silences and shelves, as long as they hold. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.alerts.alert import Change, Key
from hub.alerts.chatter import ChatterGuard
from hub.alerts.muting import Muter, Shelf, Shelves, Silence, Silences
from hub.alerts.whereabouts import Whereabouts


class PutAside:
    """The silences and shelves of a site; `is_new` until somebody has written them down."""

    def __init__(self, silences: Iterable[Silence], shelves: Iterable[Shelf], where: Whereabouts) -> None:
        self._where = where
        self.silences = {one.id: one for one in silences}
        self.shelves = {one.key: one for one in shelves}
        self.is_new = False
        #: Silences came or went: any alert may have another answer.
        self.must_look_at_all = False
        self._guard = ChatterGuard()
        self._shelved = Shelves(self.shelves)
        self._silenced = Silences(self.silences.values(), where)

    @property
    def muters(self) -> tuple[Muter, Muter]:
        """Those that answer for it, in the order in which they are asked."""
        return self._shelved, self._silenced

    def silence(self, one: Silence) -> None:
        """Somebody silenced a rule or a place."""
        self.silences[one.id] = one
        self._renew()

    def unsilence(self, id: str) -> None:
        """Somebody ends a silence."""
        if self.silences.pop(id, None) is not None:
            self._renew()

    def shelve(self, shelf: Shelf) -> bool:
        """Put it on the shelf, unless it is there for longer already."""
        there = self.shelves.get(shelf.key)
        if there is not None and there.until >= shelf.until:
            return False
        self.shelves[shelf.key] = shelf
        self.is_new = True
        return True

    def unshelve(self, key: Key) -> bool:
        """Take it off the shelf; False: it was not there."""
        if self.shelves.pop(key, None) is None:
            return False
        self.is_new = True
        return True

    def notice(self, changes: Iterable[tuple[Key, Change, datetime]]) -> list[Shelf]:
        """Put aside what came and went too often; the shelves that are new."""
        return [shelf for shelf in self._guard.note(changes) if self.shelve(shelf)]

    def end_what_is_over(self, now: datetime) -> None:
        """Drop what has ended; the alerts it muted come due by themselves."""
        for shelf in [one for one in self.shelves.values() if one.until <= now]:
            self.unshelve(shelf.key)
        for silence in [one for one in self.silences.values() if one.ends <= now]:
            self.unsilence(silence.id)

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: 15 minutes of the guard stay 15; people chose their ends."""
        self._guard.shift(by)
        for key, one in list(self.shelves.items()):
            if one.is_chatter:
                self.shelves[key] = replace(one, since=one.since + by, until=one.until + by)
                self.is_new = True

    def _renew(self) -> None:
        self._silenced = Silences(self.silences.values(), self._where)
        self.is_new = self.must_look_at_all = True
