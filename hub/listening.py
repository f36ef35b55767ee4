"""Sorts deliveries: events to the journal, words about nodes to presence, everything else refused."""

import logging
import re
from datetime import datetime
from typing import NamedTuple

from hub.campus import Observed
from hub.inbox import Delivery
from hub.presence import Presence
from hub.replays import Replays
from hub.store.journal import Journal
from protocol.codec import decode_batch, decode_message, sender_of, wire_of
from protocol.errors import MessageRejected, OtherVersion
from protocol.messages import Health, Hello, Status
from protocol.quantities import ID_PATTERN
from protocol.topics import read_node_topic
from protocol.wire import Accord, Wire

log = logging.getLogger(__name__)
_ID = re.compile(ID_PATTERN)


class Heard(NamedTuple):
    """What a group of deliveries held."""

    stored: list[Observed]
    #: Nodes to acknowledge, those with repeats too: they have not heard us.
    to_acknowledge: set[str]
    #: Nodes that said anything, live or retained.
    spoke: set[str]
    #: Topics of alerts that somebody has said: ours come back too, others are not true.
    strange_alerts: list[str]


class Listener:
    """Hears messages into the journal and into presence; one bad message spoils no other."""

    def __init__(self, journal: Journal, presence: Presence) -> None:
        self._journal = journal
        self._presence = presence
        self._ids: set[str] = set()
        self.replays = Replays()
        #: Messages and legal new events taken.
        self.messages = 0
        self.events = 0
        #: Retained copies of what is never retained.
        self.ignored = 0
        #: Messages of events in a version of the wire that is not read here; their node keeps them.
        self.not_read = 0

    def hear(self, deliveries: list[Delivery], now: datetime) -> Heard:
        """Gather what is new in the journal (not yet written); note who is there."""
        heard = Heard([], set(), set(), [])
        for delivery in deliveries:
            self._hear_one(delivery, now, heard)
        self.messages += len(deliveries)
        self.events += len(heard.stored)
        return heard

    def _hear_one(self, delivery: Delivery, now: datetime, heard: Heard) -> None:
        named = read_node_topic(delivery.topic)
        if named is None:
            if delivery.payload and "/alert/" in delivery.topic:
                heard.strange_alerts.append(delivery.topic)
            return
        if not self._is_id(named.node):
            self._refuse(named.node, f"`{named.node}` cannot be a node's id", delivery, now)
            return
        heard.spoke.add(named.node)
        try:
            if named.leaf == "events":
                self._hear_events(named.node, delivery, now, heard)
            else:
                self._hear_word(named.node, named.leaf, delivery, now)
        except OtherVersion as error:
            # Neither stored nor acknowledged: it comes again when one of the two was updated.
            self.not_read += 1
            self._presence.hear_wire(named.node, Wire(error.version, error.version))
        except MessageRejected as error:
            self._refuse(named.node, f"{named.leaf}: {error.fault}", delivery, now)

    def _hear_events(self, node: str, delivery: Delivery, now: datetime, heard: Heard) -> None:
        if delivery.retained:
            # Events are never retained; a copy that lies at the broker comes at every reconnect.
            self.ignored += 1
            return
        self._presence.hear(node, now)
        decoded = decode_batch(delivery.payload, self._presence.wire)
        _require_own(decoded.node, node)
        if self._presence.accord(node) is not Accord.AGREED:
            self._presence.hear_wire(node, Wire(decoded.version, decoded.version))
        heard.stored.extend(self._journal.gather(node, decoded, now))
        if self._journal.came_again:
            self.replays.came_again(node, decoded.epoch, self._journal.came_again)
        heard.to_acknowledge.add(node)
        self._presence.note_epoch(node, decoded.epoch)

    def _hear_word(self, node: str, leaf: str, delivery: Delivery, now: datetime) -> None:
        retained = delivery.retained
        if not delivery.payload:
            return
        if leaf in ("hello", "status", "health"):
            _require_own(sender_of(delivery.payload), node)
        if leaf == "hello":
            # First: of a node too new the rest may be illegible.
            self._presence.hear_wire(node, wire_of(delivery.payload))
            hello = decode_message(delivery.payload, Hello)
            self._presence.hear_hello(node, hello, now, retained=retained)
            if not retained:
                self.replays.connected(node)
        elif leaf == "health" and retained:
            # A copy from before proves no life.
            self.ignored += 1
        elif leaf == "health":
            health = decode_message(delivery.payload, Health)
            self._presence.hear_health(node, health, now)
            self._look_for_replays(node, health, now)
        elif leaf == "status":
            status = decode_message(delivery.payload, Status)
            self._presence.hear_status(node, status, now, retained=retained)

    def _look_for_replays(self, node: str, health: Health, now: datetime) -> None:
        found = self.replays.hear(node, health, now)
        if found is not None:
            log.warning(
                "refused=replay from=%s epoch=%s events=%s seqs=%s..%s "
                "why='acknowledged before, and not sent again by the node itself'",
                *found,
            )

    def _refuse(self, node: str, fault: str, delivery: Delivery, now: datetime) -> None:
        self._journal.gather_unreadable(node, fault, delivery.payload, now)

    def _is_id(self, node: str) -> bool:
        if node not in self._ids:
            if not _ID.match(node):
                return False
            self._ids.add(node)
        return True


def _require_own(named: str | None, node: str) -> None:
    """The topic says whose a message is, for the broker lets nobody write below another's; its words may not
    differ.
    """
    if named is not None and named != node:
        raise MessageRejected(f"says to be of `{named}`, and came as `{node}`")
