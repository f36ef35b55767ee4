"""The journal folded anew for another campus file, by a thread while the hub goes on by the old one.

A long journal takes minutes to fold; nobody at a door waits for it. What came meanwhile is folded at the end.
"""

import threading
from datetime import datetime

import sqlalchemy

from hub.believing import believe
from hub.campus import Campus
from hub.layout import Layout
from hub.store.database import writing
from hub.store.journal import Journal
from hub.store.snapshots import layout_mark, write_snapshot

#: The hub's own thread gets its turn after so many entries, for so long, seconds.
_AT_ONCE, _BREATH_S = 50, 0.001


class Refolding:
    """Begins at once; `finish` when `is_ready`."""

    def __init__(self, layout: Layout, journal: Journal) -> None:
        self._layout = layout
        self._journal = journal
        self._campus = Campus(layout)
        self._position = 0
        self._fault: Exception | None = None
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._fold, name="refolding", daemon=True)
        self._thread.start()

    def is_ready(self, wait_s: float = 0.0) -> bool:
        """Whether the journal is folded, but for what came since."""
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Yet another campus is wanted."""
        self._given_up.set()
        self._thread.join()

    def finish(self, store: sqlalchemy.Engine, now: datetime) -> None:
        """Fold what came since and save it all as the snapshot of the new layout; nothing may be gathered."""
        if self._fault is not None:
            raise self._fault
        for observed in self._journal.replay(self._position):
            believe(self._campus, observed)
        with writing(store) as connection:
            state = self._journal.snapshot_state(connection)
            mark, taken_ms = layout_mark(self._layout), int(now.timestamp() * 1000)
            write_snapshot(connection, mark, self._campus.state, state, taken_ms)

    def _fold(self) -> None:
        try:
            for number, observed in enumerate(self._journal.replay(0), 1):
                believe(self._campus, observed)
                self._position = observed.position
                if number % _AT_ONCE == 0 and self._given_up.wait(_BREATH_S):
                    return
        except Exception as error:
            self._fault = error
