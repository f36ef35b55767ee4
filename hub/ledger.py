"""The line that must close: produced = stored + rejected + pending + dropped. Pure."""

from collections.abc import Iterable

from hub.layout import PEOPLE
from hub.presence import Presence
from hub.store.board import LedgerRow
from hub.store.journal import JournalState, Receipt


def ledger(journal: JournalState, presence: Presence) -> LedgerRow:
    """The line over every epoch of every node.

    A node numbers what it keeps and counts what it had no room for: produced is both. Numbers that it said
    will never come are dropped too; those of folded passages are among them, their people stored.
    Of an epoch nobody speaks for, the newest seq that came stands for what was numbered. Pending is
    what is numbered and not durable. What people decided is not of a node and stands in no ledger.
    """
    stored = rejected = produced = pending = dropped = 0
    nodes = [one for one in journal.receipts.values() if one.node != PEOPLE]
    for receipt in nodes:
        numbered, lost = _said(receipt, presence)
        have = receipt.received.count
        rejected += receipt.rejected
        stored += have - receipt.rejected - receipt.gone
        produced += max(numbered, have) + lost
        dropped += lost + receipt.gone
        pending += max(0, numbered - have)
    numbered, lost = _unheard(nodes, presence)
    produced += numbered + lost
    pending += numbered
    dropped += lost
    return LedgerRow(
        produced=produced,
        stored=stored,
        rejected=rejected,
        pending=pending,
        dropped=dropped,
        unreadable=journal.unreadable,
    )


def _said(receipt: Receipt, presence: Presence) -> tuple[int, int]:
    newest = receipt.received.newest
    node = presence.nodes.get(receipt.node)
    health = node.health if node else None
    if health is None or health.epoch != receipt.epoch:
        return newest, 0
    return max(newest, health.seq), health.dropped


def _unheard(receipts: Iterable[Receipt], presence: Presence) -> tuple[int, int]:
    """Numbered and dropped events of epochs of which nothing has come yet."""
    known = {(receipt.node, receipt.epoch) for receipt in receipts}
    healths = [
        one.health
        for node, one in presence.nodes.items()
        if one.health is not None and (node, one.health.epoch) not in known
    ]
    return sum(health.seq for health in healths), sum(health.dropped for health in healths)
