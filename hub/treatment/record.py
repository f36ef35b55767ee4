"""All that was seen and said of a room's treatment on one day; any order and repetition give one. Pure."""

from bisect import bisect_left, insort
from typing import NamedTuple

from msgspec import Struct

from hub.layout import PEOPLE, SensorKind
from protocol.events import Action, Proof, Task

#: Treatments, words and holds kept of one day, and changes of contacts: the newest of each.
KEEP_MARKS = 1_000
KEEP_CONTACTS = 2_000
#: Minutes of air kept: a whole day, and the hour that a day in autumn may be longer.
KEEP_MINUTES = 1_500

#: What a mark says, besides the three actions.
OPENED, CLOSED, HELD, RELEASED = "opened", "closed", "held", "released"
#: How somebody's word is told from the proofs of nodes; with a reason, or said twice, it confirms.
WORD, CONFIRMED = "word", "confirmed"


class Mark(NamedTuple):
    """One thing seen or said. The first four fields are its identity and its order."""

    #: Milliseconds since 1970 UTC.
    at_ms: int
    node: str
    epoch: str
    seq: int
    #: `started`, `done`, `aborted`, `opened`, `closed`, `held`, `released`.
    what: str
    #: The treatment, or the sensor's id; empty for a hold.
    about: str
    #: The proof of a treatment (`button`, …, `word`, `confirmed`), or the kind of contact.
    how: str


class RoomDay(Struct):
    """One room on one campus day. Each method returns the earliest instant, ms, it changed; None: nothing."""

    #: Treatments, words and holds, in order.
    marks: list[Mark] = []
    #: Windows opened and closed, in order.
    contacts: list[Mark] = []
    #: The highest CO2 of each minute since 1970 UTC, ppm: unlike a mean it does not mind repetition.
    co2_ppm: dict[int, int] = {}
    is_closed: bool = False

    def treatment(
        self, at_ms: int, node: str, epoch: str, seq: int, *, task: Task, action: Action, proof: Proof
    ) -> int | None:
        """A node saw a treatment started, done or aborted."""
        mark = Mark(at_ms, node, epoch, seq, action.value, task.value, proof.value)
        return self._add(self.marks, mark, KEEP_MARKS)

    def word(self, at_ms: int, seq: int, *, task: Task, action: Action, reason: str) -> int | None:
        """Somebody said so; a reason makes it a confirmation. `seq` is the act's."""
        how = CONFIRMED if reason.strip() else WORD
        return self._add(self.marks, Mark(at_ms, PEOPLE, "", seq, action.value, task.value, how), KEEP_MARKS)

    def hold(self, at_ms: int, seq: int, *, on: bool) -> int | None:
        """Somebody closed the room, or opened it again."""
        return self._add(
            self.marks, Mark(at_ms, PEOPLE, "", seq, HELD if on else RELEASED, "", ""), KEEP_MARKS
        )

    def contact(
        self, at_ms: int, node: str, epoch: str, seq: int, *, sensor: str, kind: SensorKind, is_open: bool
    ) -> int | None:
        """A window of the room opened or closed; other contacts say nothing here."""
        if kind is not SensorKind.WINDOW:
            return None
        mark = Mark(at_ms, node, epoch, seq, OPENED if is_open else CLOSED, sensor, kind.value)
        return self._add(self.contacts, mark, KEEP_CONTACTS)

    def air(self, minute: int, co2_ppm: float) -> int | None:
        """A reading of the room's air in a minute since 1970 UTC."""
        ppm = round(co2_ppm)
        if self.is_closed or self.co2_ppm.get(minute, -1) >= ppm:
            return None
        self.co2_ppm[minute] = ppm
        if len(self.co2_ppm) <= KEEP_MINUTES:
            return minute * 60_000
        oldest = min(self.co2_ppm)
        del self.co2_ppm[oldest]
        return None if oldest == minute else oldest * 60_000

    def left_open(self, before: frozenset[str] = frozenset()) -> frozenset[str]:
        """The windows open at the end of the day, of those open `before` it and those it tells of."""
        last = {mark.about: mark.what == OPENED for mark in self.contacts}
        return frozenset(one for one in before if one not in last) | {one for one in last if last[one]}

    def windows(self) -> list[tuple[int, bool]]:
        """By time, the minutes from which on any window was open, or none; empty without contacts."""
        open_now: set[str] = set()
        changes: list[tuple[int, bool]] = []
        for mark in self.contacts:
            if mark.how != SensorKind.WINDOW.value:
                continue
            was_open = bool(open_now)
            (open_now.add if mark.what == OPENED else open_now.discard)(mark.about)
            if bool(open_now) != was_open or not changes:
                changes.append((mark.at_ms // 60_000, bool(open_now)))
        return changes

    def close(self) -> None:
        """Forget a day long past."""
        self.is_closed = True
        self.marks.clear()
        self.contacts.clear()
        self.co2_ppm.clear()

    def _add(self, marks: list[Mark], mark: Mark, most: int) -> int | None:
        if self.is_closed:
            return None
        at = bisect_left(marks, mark[:4])
        if at < len(marks) and marks[at][:4] == mark[:4]:
            # The same identity twice with another meaning is a broken node: the same one wins in any order.
            if marks[at] <= mark:
                return None
            marks[at] = mark
            return mark.at_ms
        insort(marks, mark)
        if len(marks) <= most:
            return mark.at_ms
        dropped = marks.pop(0)
        return None if dropped == mark else dropped.at_ms
