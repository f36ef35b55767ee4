"""What people decided since the hub last looked, from their file; alerts go on while it does not answer."""

import logging
from typing import NamedTuple

import msgspec

from hub.errors import StoreError
from hub.store.decisions import Decision, Decisions
from hub.store.orders import Order, read_order
from protocol.quantities import require_utc

log = logging.getLogger(__name__)


class Ordered(NamedTuple):
    """A decision with the order it carries."""

    decision: Decision
    order: Order


class Deciding:
    """Reads on from the last decision carried out; which one that is, the hub keeps in its own file."""

    def __init__(self, decisions: Decisions, carried_out: int, book: str | None) -> None:
        self._decisions = decisions
        self.carried_out = carried_out
        #: Which file of decisions `carried_out` counts in.
        self.book = book
        self._fault = ""

    @property
    def is_failing(self) -> bool:
        """Whether the people's file does not answer."""
        return bool(self._fault)

    def read(self) -> list[Ordered]:
        """The new decisions, in order; one that cannot be read is said in the log and passed over."""
        found: list[Ordered] = []
        for decision in self._read():
            self.carried_out = decision.id
            try:
                order = read_order(decision)
                require_utc(decision.at)
                found.append(Ordered(decision, order))
            except (msgspec.MsgspecError, ValueError, OverflowError, OSError) as error:
                log.error("decision=illegible id=%s kind=%s why=%s", decision.id, decision.kind, error)
        return found

    def _read(self) -> list[Decision]:
        try:
            book = self._decisions.book()
            if book is not None and book != self.book:
                # Another file than the one we counted in: begin at its first line.
                self.book, self.carried_out = book, 0
            found = self._decisions.since(self.carried_out)
        except StoreError as error:
            if not self._fault:
                log.error("people=failing why=%s", error)
            self._fault = str(error)
            return []
        if self._fault:
            log.warning("people=back")
        self._fault = ""
        return found
