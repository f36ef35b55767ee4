"""One space on one day: who came, who left, what somebody proved; any order gives the same. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from hub.counts.levels import Levels, levels_of
from hub.counts.steps import Step

#: Share of people a two-beam door misses until it has been tuned; see docs/counting.md.
MISS_RATE = 0.02
#: 90 % of the truth lies within this many standard deviations.
BAND_SDS = 1.645
#: Anchors kept of one day, the newest.
KEEP_ANCHORS = 200


class AnchorKind(Enum):
    """How it is known how many people are in a space."""

    #: The campus day began: nobody is inside. A dormitory has none.
    NIGHT = "night"
    #: Its door is closed and nothing has moved for long.
    LOCKED = "locked"
    #: Somebody looked and said "empty: yes".
    EMPTY = "empty"
    #: Somebody counted.
    RECOUNT = "recount"


#: Of two anchors of one minute the later here holds.
_RANKS = {kind: rank for rank, kind in enumerate(AnchorKind)}


class Anchor(NamedTuple):
    """From the end of a minute on, so many were inside."""

    #: Minutes since 1970 UTC.
    minute: int
    people: int
    kind: AnchorKind
    #: Entered minus left in that minute before somebody counted: who came after it is added. None: not
    #: known, the whole minute is before.
    net_before: int | None = None


class SpaceDay(Struct):
    """A day's passages in minutes and its anchors; late ones find their place.

    A space cannot hold fewer than nobody: an exit from an empty room is an entry that was missed.
    """

    entered: int = 0
    left: int = 0
    #: Entered and left by minute since 1970 UTC; gone once the day is closed.
    minutes: dict[int, tuple[int, int]] = {}
    #: Proofs by a key that names each exactly once, for example the act's number.
    anchors: dict[str, Anchor] = {}
    is_closed: bool = False
    #: How many came in unseen, over the day: exits at zero.
    missed: int = 0
    #: People inside at the end of the newest minute, never below zero.
    inside: int = 0
    #: People through the doors since the last anchor.
    crossed: int = 0
    #: The newest minute with a passage or an anchor, and how things stood before it.
    last: int = -1
    inside_before: int = 0
    missed_before: int = 0
    crossed_before: int = 0
    #: How many were inside by half hours, once the day is closed and as long as that is of use.
    levels: Levels | None = None

    @property
    def raw(self) -> int:
        """Entered minus left: the count without clamp or anchors, below zero when entries were missed."""
        return self.entered - self.left

    @property
    def count(self) -> int:
        """People inside, never below zero."""
        return self.inside

    def band(self) -> tuple[int, int]:
        """Lowest and highest plausible count, 90 %, for doors of which nothing has been learned."""
        spread = BAND_SDS * (self.crossed * MISS_RATE * (1 - MISS_RATE)) ** 0.5
        return max(0, int(self.inside - spread)), int(self.inside + spread + 0.999)

    def enter(self, minute: int, people: int) -> None:
        """So many came in during a minute since 1970 UTC."""
        self.entered += people
        self._note(minute, people, 0)

    def leave(self, minute: int, people: int) -> None:
        """So many went out during a minute."""
        self.left += people
        self._note(minute, 0, people)

    def anchor(
        self, minute: int, people: int, kind: AnchorKind, key: str, net_before: int | None = None
    ) -> None:
        """There were `people`, at the end of `minute` or in it; said twice under one key, it is said once."""
        if self.is_closed or key in self.anchors:
            return
        self.anchors[key] = Anchor(minute, people, kind, net_before)
        if len(self.anchors) > KEEP_ANCHORS:
            del self.anchors[min(self.anchors, key=lambda one: (self.anchors[one].minute, one))]
            self._refold()
        elif minute >= self.last:
            self._append(minute)
            self._settle()
        else:
            self._refold()

    def steps(self, since_minute: int = 0) -> Iterator[Step]:
        """The minutes in which somebody passed or counted, by time, from `since_minute` on."""
        anchors = self.anchors_by_minute()
        inside = 0
        for minute in sorted(self.minutes.keys() | anchors.keys()):
            ins, outs = self.minutes.get(minute, (0, 0))
            anchor = anchors.get(minute)
            inside = max(0, inside + ins - outs) if anchor is None else anchor.people
            if minute >= since_minute:
                yield Step(minute, ins, outs, inside)

    def anchors_by_minute(self) -> dict[int, Anchor]:
        """The anchor that holds in each minute that has one, as of the minute's end."""
        return {one.minute: self._at_end(one) for one in sorted(self.anchors.values(), key=_weight)}

    def _at_end(self, anchor: Anchor) -> Anchor:
        """The anchor with whoever came and went in the rest of its minute."""
        if anchor.net_before is None:
            return anchor
        ins, outs = self.minutes.get(anchor.minute, (0, 0))
        return anchor._replace(people=max(0, anchor.people + ins - outs - anchor.net_before))

    def close(self) -> None:
        """Forget the minutes of a day long past; what still comes late corrects the sums."""
        if self.minutes:
            self.levels = levels_of(self.minutes)
        self.is_closed = True
        self.minutes.clear()
        self.anchors.clear()

    def _note(self, minute: int, ins: int, outs: int) -> None:
        if self.is_closed:
            self.crossed += ins + outs
            self.missed += max(0, outs - ins - self.inside)
            self.inside = max(0, self.inside + ins - outs)
            return
        had = self.minutes.get(minute, (0, 0))
        self.minutes[minute] = (had[0] + ins, had[1] + outs)
        if minute >= self.last:
            self._append(minute)
            self._settle()
        else:
            self._refold()

    def _append(self, minute: int) -> None:
        if minute > self.last:
            self.inside_before, self.missed_before = self.inside, self.missed
            self.crossed_before = self.crossed
            self.last = minute

    def _settle(self) -> None:
        """What the newest minute makes of how things stood before it."""
        ins, outs = self.minutes.get(self.last, (0, 0))
        net = self.inside_before + ins - outs
        self.inside = max(0, net)
        self.missed = self.missed_before + max(0, -net)
        self.crossed = self.crossed_before + ins + outs
        # Anchors are few, and most minutes have none.
        if self.anchors:
            here = [one for one in self.anchors.values() if one.minute == self.last]
            if here:
                self.inside, self.crossed = self._at_end(max(here, key=_weight)).people, 0

    def _refold(self) -> None:
        """The whole day again, because something came late."""
        anchors = self.anchors_by_minute()
        self.inside = self.missed = self.crossed = 0
        self.last = -1
        for minute in sorted(self.minutes.keys() | anchors.keys()):
            self._append(minute)
            ins, outs = self.minutes.get(minute, (0, 0))
            anchor = anchors.get(minute)
            net = self.inside + ins - outs
            self.missed += max(0, -net)
            self.inside = max(0, net) if anchor is None else anchor.people
            self.crossed = self.crossed + ins + outs if anchor is None else 0


def anchor_minute(at: datetime) -> int:
    """The minute at whose end an anchor of this instant stands: the nearest, so at most 30 s are wrong."""
    return int(at.timestamp() + 30) // 60 - 1


def _weight(anchor: Anchor) -> tuple[int, int, int, int]:
    return anchor.minute, _RANKS[anchor.kind], anchor.people, anchor.net_before or 0
