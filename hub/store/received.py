"""Which seqs of one epoch have come: a gapless prefix, and ranges beyond it. Pure."""

from bisect import bisect_right

from msgspec import Struct

#: Ranges named in one acknowledgement; more are named once these have come.
MAX_RANGES = 200


class Received(Struct):
    """The seqs that are durable. Memory grows with the number of gaps, not of seqs."""

    #: All of 1..prefix are there.
    prefix: int = 0
    #: Further ranges that are there, both ends inclusive, sorted, none touching the next or the prefix.
    beyond: list[tuple[int, int]] = []
    #: How many are there in all.
    count: int = 0

    def has(self, seq: int) -> bool:
        """Whether this seq is there."""
        if seq <= self.prefix:
            return True
        at = bisect_right(self.beyond, (seq, _LAST)) - 1
        return at >= 0 and seq <= self.beyond[at][1]

    def add(self, seq: int) -> None:
        """Note that `seq` is durable; a repeat changes nothing."""
        if self.has(seq):
            return
        self.count += 1
        if seq == self.prefix + 1:
            self.prefix = seq
            if self.beyond and self.beyond[0][0] == seq + 1:
                self.prefix = self.beyond.pop(0)[1]
            return
        at = bisect_right(self.beyond, (seq, _LAST))
        low = high = seq
        if at < len(self.beyond) and self.beyond[at][0] == seq + 1:
            high = self.beyond.pop(at)[1]
        if at > 0 and self.beyond[at - 1][1] == seq - 1:
            at -= 1
            low = self.beyond.pop(at)[0]
        self.beyond.insert(at, (low, high))

    def add_range(self, low: int, high: int) -> int:
        """Note that low..high are durable; gives how many of them were not before."""
        low = max(low, self.prefix + 1)
        if low > high:
            return 0
        before = [each for each in self.beyond if each[1] < low - 1]
        after = [each for each in self.beyond if each[0] > high + 1]
        touching = self.beyond[len(before) : len(self.beyond) - len(after)]
        had = sum(max(0, min(high, top) - max(low, bottom) + 1) for bottom, top in touching)
        new = high - low + 1 - had
        self.count += new
        for bottom, top in touching:
            low, high = min(low, bottom), max(high, top)
        if low == self.prefix + 1:
            self.prefix, self.beyond = high, after
        else:
            self.beyond = [*before, (low, high), *after]
        return new

    @property
    def newest(self) -> int:
        """The highest seq that is there; 0 when none is."""
        return self.beyond[-1][1] if self.beyond else self.prefix

    def acknowledged(self) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The seq up to which all is durable but for the ranges (both ends inclusive) that follow."""
        missing: list[tuple[int, int]] = []
        newest = self.prefix
        for low, high in self.beyond[:MAX_RANGES]:
            missing.append((newest + 1, low - 1))
            newest = high
        return newest, tuple(missing)


_LAST = 2**63
