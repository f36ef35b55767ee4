"""Over the quota: rows of the outbox in, fewer rows out, and a note of what was taken."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.outbox.file import Database, reading, transaction
from edge.outbox.quota import Losses, Rank, count_losses
from edge.outbox.rows import drop_oldest, fold_page, untouched_to
from protocol.events import AnyEvent

log = logging.getLogger(__name__)

#: Pages of 2,000 rows that one put looks through for passages to fold.
FOLD_PAGES = 20


class Folding(NamedTuple):
    """How many rows folding freed, and whether that is all for now."""

    rows: int
    is_done: bool


class GivingWay:
    """Passages fold first, then rows are dropped by rank, oldest first; see `edge.outbox.quota`."""

    def __init__(
        self, database: Database, path: Path, shift_of: Callable[[int], timedelta], untouched: int
    ) -> None:
        """The oldest `untouched` waiting rows may be on their way and are left alone."""
        self._database = database
        self._path = path
        self._shift_of = shift_of
        self._untouched = untouched
        row = database.execute("SELECT folded_to, losses FROM outbox").fetchone()
        self._folded_to: int = row[0]
        #: What was taken since the file was made; these had numbers, and the hub is told.
        self.losses = _losses_of(row[1])

    def free(self, rows: int, some: int, waiting_from: int) -> int:
        """Let at least `rows` go where that can be, `some` where rows must be dropped; how many went.

        No row before `waiting_from` waits. Raises OutboxFull or OutboxUnwritable.
        """
        folded = self.fold(some, waiting_from)
        after_seq = self._untouched_to(waiting_from)
        if folded.rows >= rows or not folded.is_done or after_seq is None:
            return folded.rows
        dropped: list[AnyEvent | None] = []
        with transaction(self._database, self._path) as database:
            for rank in Rank:
                if len(dropped) < rows - folded.rows:
                    dropped += drop_oldest(database, rank, after_seq, some - len(dropped))
            losses = _note_losses(database, count_losses(self.losses, dropped, 0))
        self.losses = losses
        return folded.rows + len(dropped)

    def fold(self, rows: int, waiting_from: int) -> Folding:
        """Fold passages until `rows` rows are freed. Raises OutboxFull or OutboxUnwritable."""
        first = self._untouched_to(waiting_from)
        if first is None:
            return Folding(0, True)
        freed, after_seq, is_last = 0, max(self._folded_to, first), False
        with transaction(self._database, self._path) as database:
            # A step must not take long: where nothing is to be folded, the next put looks further.
            for _ in range(FOLD_PAGES):
                page = fold_page(database, after_seq, self._shift_of)
                is_last = page is None or page.is_last
                if page is not None:
                    freed += len(page.folded.gone)
                    after_seq = page.settled
                if is_last or freed >= rows:
                    break
            losses = _note_losses(database, count_losses(self.losses, [], freed))
            database.execute("UPDATE outbox SET folded_to = ?", (after_seq,))
        self._folded_to = after_seq
        self.losses = losses
        return Folding(freed, is_last)

    def _untouched_to(self, waiting_from: int) -> int | None:
        with reading(self._path):
            return untouched_to(self._database, self._untouched, waiting_from)


def _note_losses(database: Database, losses: Losses) -> Losses:
    database.execute("UPDATE outbox SET losses = ?", (msgspec.json.encode(losses).decode(),))
    return losses


def _losses_of(text: str) -> Losses:
    """What was kept of them; a damaged note of what is lost must not cost what is not."""
    try:
        return msgspec.json.decode(text, type=Losses)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.error("losses=unreadable why=%s", error)
        return Losses()
