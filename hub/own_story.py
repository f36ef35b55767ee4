"""What the hub knows of itself, kept: facts, orders and the list of certificates in, `Itself` out."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from hub.backup.soundness import PEOPLE_AT, PEOPLE_FROM, READ_UNTIL, RESTORED_AT, RESTORED_FROM
from hub.backup.taking import HUB, PEOPLE
from hub.deciding import Ordered
from hub.enrolment.listing import Ends
from hub.itself import Ending, Itself, Restoration
from hub.store.facts import Facts
from hub.store.orders import ReadRestored, Restored
from protocol.broker import BrokerConfig

log = logging.getLogger(__name__)


class OwnStory:
    """Of one engine. What it is told it keeps in the hub's facts, inside the engine's transaction."""

    def __init__(self, facts: Facts, ends: Ends | None = None) -> None:
        """`ends`: the certificates of the campus; None: there are none to know of."""
        self._facts = facts
        self._ends = ends
        self._new: dict[str, str] = {}
        self._certificates: tuple[Ending, ...] = () if ends is None else ends.known

    @property
    def itself(self) -> Itself:
        """As it is now, the newest restoration first."""
        kept = (
            self._restored(HUB, RESTORED_AT, RESTORED_FROM),
            self._restored(PEOPLE, PEOPLE_AT, PEOPLE_FROM),
        )
        read = self._instant(READ_UNTIL)
        unread = [one for one in kept if one is not None and (read is None or one.at > read)]
        unread.sort(key=lambda one: one.at, reverse=True)
        return Itself(restored=tuple(unread), certificates=self._certificates)

    @property
    def restored_at(self) -> datetime | None:
        """When the hub's own store was last put back, read or not."""
        return self._instant(RESTORED_AT)

    @property
    def must_write(self) -> bool:
        """Whether something was said that is not kept yet."""
        return bool(self._new)

    def look(self, now_s: float) -> None:
        """Read the list of certificates, if it is time."""
        if self._ends is not None and self._ends.look(now_s):
            self._certificates = self._ends.known

    def carry_out(self, ordered: Iterable[Ordered]) -> None:
        """Take what concerns us of what was ordered."""
        for decision, order in ordered:
            if isinstance(order, Restored):
                self._new[PEOPLE_AT] = decision.at.isoformat()
                self._new[PEOPLE_FROM] = "" if order.since is None else order.since.isoformat()
            elif isinstance(order, ReadRestored):
                self._read(decision.subject, decision.who)

    def write(self, connection: Connection) -> None:
        """Keep it."""
        for name, value in self._new.items():
            self._facts.write(connection, name, value)
        self._new = {}

    def _read(self, until: str, who: str) -> None:
        try:
            at = datetime.fromisoformat(until).astimezone(UTC)
        except ValueError:
            log.warning("restored-read=illegible until=%r", until)
            return
        before = self._instant(READ_UNTIL)
        # Old decisions come again after a restoration: what was read stays read, and no more than that.
        if before is None or at > before:
            self._new[READ_UNTIL] = at.isoformat()
            log.info("restored=read by=%s until=%s", who, until)

    def _restored(self, store: str, at_name: str, since_name: str) -> Restoration | None:
        at = self._instant(at_name)
        return None if at is None else Restoration(store=store, since=self._instant(since_name), at=at)

    def _instant(self, name: str) -> datetime | None:
        value = self._new.get(name, self._facts.read(name))
        return datetime.fromisoformat(value) if value else None


def ends_of(broker: BrokerConfig) -> Ends | None:
    """The certificates a hub knows of, by where its own lie; None: it speaks without any."""
    if broker.ca_file is None:
        return None
    own = None if broker.certificate_file is None else Path(broker.certificate_file)
    return Ends(Path(broker.ca_file), own)
