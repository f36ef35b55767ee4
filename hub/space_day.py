"""One space on one day: who came, who left, and how many must have come unseen. Pure."""

from msgspec import Struct

#: Share of people a two-beam door misses until it has been tuned; see docs/rules.md, the band.
MISS_RATE = 0.02
#: 90 % of the truth lies within this many standard deviations.
BAND_SDS = 1.645


class SpaceDay(Struct):
    """A day's passages in minutes, so that late ones find their place: any order gives the same count.

    A space cannot hold fewer than nobody: the lowest point of entered minus left over the day, below
    zero, is how many came in unseen.
    """

    entered: int = 0
    left: int = 0
    #: How many came in unseen.
    missed: int = 0
    #: Entered minus left by minute; gone once the day is closed.
    minutes: dict[int, int] = {}
    is_closed: bool = False
    #: The newest minute, and the lowest point before it.
    last: int = -1
    lowest_before: int = 0

    @property
    def raw(self) -> int:
        """Entered minus left: the count without a clamp, below zero when entries were missed."""
        return self.entered - self.left

    @property
    def count(self) -> int:
        """People inside, never below zero."""
        return self.entered - self.left + self.missed

    def band(self) -> tuple[int, int]:
        """Lowest and highest plausible count, 90 %: binomial misses over the day's crossings."""
        spread = BAND_SDS * ((self.entered + self.left) * MISS_RATE * (1 - MISS_RATE)) ** 0.5
        return max(0, int(self.count - spread)), int(self.count + spread + 0.999)

    def enter(self, minute: int, people: int) -> None:
        """So many came in during a minute (of any count that grows by one a minute)."""
        before = self.raw
        self.entered += people
        self._note(minute, people, before)

    def leave(self, minute: int, people: int) -> None:
        """So many went out during a minute."""
        before = self.raw
        self.left += people
        self._note(minute, -people, before)

    def close(self) -> None:
        """Forget the minutes of a day long past; what still comes late corrects the sums."""
        self.is_closed = True
        self.minutes.clear()

    def _note(self, minute: int, net: int, before: int) -> None:
        if self.is_closed:
            self.missed = max(self.missed, -self.raw)
            return
        self.minutes[minute] = self.minutes.get(minute, 0) + net
        if minute > self.last:
            self.lowest_before = min(self.lowest_before, before)
            self.last = minute
        elif minute < self.last:
            self._find_lowest()
        self.missed = max(0, -min(self.lowest_before, self.raw))

    def _find_lowest(self) -> None:
        total = lowest = 0
        for minute in sorted(self.minutes):
            if minute == self.last:
                break
            total += self.minutes[minute]
            lowest = min(lowest, total)
        self.lowest_before = lowest
