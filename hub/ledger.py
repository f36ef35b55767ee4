"""The line that must close: produced = stored + rejected + pending + dropped. Pure."""

from collections.abc import Iterable

from hub.presence import Presence
from hub.store.board import LedgerRow
from hub.store.journal import JournalState, Receipt


def ledger(journal: JournalState, presence: Presence) -> LedgerRow:
    """The line over every epoch of every node.

    Produced is what a node says it has numbered (or, of an epoch nobody speaks for, the newest seq
    that came); pending is what is numbered, neither durable nor declared dropped.
    """
    stored = rejected = produced = pending = dropped = 0
    for receipt in journal.receipts.values():
        numbered, lost = _said(receipt, presence)
        have = receipt.received.count
        rejected += receipt.rejected
        stored += have - receipt.rejected
        produced += max(numbered, have)
        dropped += lost
        pending += max(0, numbered - have - lost)
    produced += _unheard(journal.receipts.values(), presence)
    pending += _unheard(journal.receipts.values(), presence)
    return LedgerRow(
        produced=produced,
        stored=stored,
        rejected=rejected,
        pending=pending,
        dropped=dropped,
        unreadable=journal.unreadable,
    )


def _said(receipt: Receipt, presence: Presence) -> tuple[int, int]:
    newest = max(receipt.received.beyond, default=receipt.received.prefix)
    node = presence.nodes.get(receipt.node)
    health = node.health if node else None
    if health is None or health.epoch != receipt.epoch:
        return newest, 0
    return max(newest, health.seq), health.dropped


def _unheard(receipts: Iterable[Receipt], presence: Presence) -> int:
    """Events of epochs of which nothing has come yet."""
    known = {(receipt.node, receipt.epoch) for receipt in receipts}
    return sum(
        one.health.seq
        for node, one in presence.nodes.items()
        if one.health is not None and (node, one.health.epoch) not in known
    )
