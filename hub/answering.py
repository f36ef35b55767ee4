"""What a space, a node or an outbox is told if it is told now: one state for light, board and sign."""

from datetime import datetime

from msgspec.structs import replace

from hub.allowance import signal_for
from hub.duty_officer import DutyOfficer
from hub.store.journal import Journal
from protocol.messages import Ack, Signal, SpaceState


class Answers:
    """States as they were last worked out; whoever changes something of a space says so."""

    def __init__(self, officer: DutyOfficer, journal: Journal, valid_s: float, now: datetime) -> None:
        self._officer = officer
        self._journal = journal
        self._valid_s = valid_s
        #: The instant of the turn.
        self.now = now
        self._fresh: dict[str, SpaceState] = {}

    def forget(self, space: str) -> None:
        """A passage, or a turn that looked at the space, makes its state anew."""
        self._fresh.pop(space, None)

    def ack(self, node: str) -> Ack | None:
        """What is durable of the epoch the node speaks of; after a restart, of its newest.

        Of an epoch that we know nothing of, nothing: a node whose words we had and lost says them again.
        """
        epoch, wire = self._officer.presence.epoch(node), self._officer.presence.wire
        receipt = self._journal.newest_receipt(node, epoch)
        if receipt is None:
            return None if epoch is None else Ack(epoch=epoch, seq=0, wire=wire)
        seq, missing = receipt.received.acknowledged()
        return Ack(epoch=receipt.epoch, seq=seq, missing=missing, wire=wire)

    def state(self, space: str) -> SpaceState:
        """The space's state as last worked out."""
        state = self._fresh.get(space)
        if state is None:
            state = self._fresh[space] = self._officer.situation.state(space, self.now)
        return state if state.as_of == self.now else replace(state, as_of=self.now)

    def signal(self, node: str) -> Signal:
        """What a node's doors, lamps and fans may do on their own."""
        receipt = self._journal.newest_receipt(node, self._officer.presence.epoch(node))
        return signal_for(node, self._officer.situation, self.state, receipt, self.now, self._valid_s)
