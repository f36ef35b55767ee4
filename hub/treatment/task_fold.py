"""Where one treatment of a room stands: what was begun, proven and done. Pure."""

from hub.treatment.limits import TaskRule
from hub.treatment.record import CONFIRMED, WORD
from protocol.events import Proof

#: The bits of proofs, in the order of `RoomLimits.weights`.
CONTACT_BIT, FALL_BIT, WORD_BIT = 2, 4, 32
PROOF_BITS = {
    Proof.SENSOR.value: 1,
    Proof.CONTACT.value: CONTACT_BIT,
    Proof.TAG.value: 8,
    Proof.BUTTON.value: 16,
    WORD: WORD_BIT,
    CONFIRMED: WORD_BIT,
}


class TaskFold:
    """Where one treatment stands."""

    def __init__(self, rule: TaskRule) -> None:
        self.rule = rule
        #: Owed since the end of a use; None: it is not.
        self.due_at: int | None = None
        #: Due by interval since then.
        self.interval_at: int | None = None
        #: Use and people since it was last done.
        self.used_ms = 0
        self.people = 0
        self.done_at: int | None = None
        self.why = ""
        self.clear()

    def clone(self) -> "TaskFold":
        """Another that goes its own way."""
        other = TaskFold.__new__(TaskFold)
        other.__dict__.update(self.__dict__)
        return other

    def clear(self) -> None:
        """Nothing has been done for it."""
        self.started_at: int | None = None
        self.began_by_person = False
        self.said_at: int | None = None
        #: When it was given up while it was owed, or the last window was shut before the airing was over.
        self.left_at: int | None = None
        self.proofs = 0
        self.words = 0
        #: It lasted long enough.
        self.ran = False

    def is_owed(self) -> bool:
        """Whether it is due, after use or by interval."""
        return self.due_at is not None or self.interval_at is not None

    def is_idle(self) -> bool:
        """Whether nothing is owed and nothing has begun, so that time alone changes nothing of it."""
        return self.started_at is None and self.said_at is None and not self.is_owed()

    def was_touched_since(self, at: int) -> bool:
        """Whether somebody has begun it since that instant, or said after it that it is done."""
        began, said = self.started_at, self.said_at
        return (began is not None and began >= at) or (said is not None and said > at)

    def is_left_by(self, ended: int) -> bool:
        """Whether a use that ended then leaves it to be done, and nobody has been at it since."""
        is_done = self.done_at is not None and self.done_at > ended
        return self.rule.after_use and not is_done and not self.was_touched_since(ended)

    def weight(self, weights: tuple[float, ...]) -> float:
        """The weight of all different proofs."""
        proofs = self.proofs
        return (
            min(1.0, sum(weight for bit, weight in enumerate(weights) if proofs >> bit & 1))
            if proofs
            else 0.0
        )
