"""Which seqs of one epoch have come: a gapless prefix and what is beyond it. Pure."""

from msgspec import Struct

#: Ranges named in one acknowledgement; more are named once these have come.
MAX_RANGES = 50


class Received(Struct):
    """The seqs that are durable: all of 1..prefix, and those in `beyond`."""

    prefix: int = 0
    beyond: set[int] = set()

    def has(self, seq: int) -> bool:
        """Whether this seq is there."""
        return seq <= self.prefix or seq in self.beyond

    def add(self, seq: int) -> None:
        """Note that `seq` is durable."""
        if seq != self.prefix + 1:
            if seq > self.prefix:
                self.beyond.add(seq)
            return
        self.prefix = seq
        while self.beyond and self.prefix + 1 in self.beyond:
            self.prefix += 1
            self.beyond.remove(self.prefix)

    @property
    def count(self) -> int:
        """How many seqs are there."""
        return self.prefix + len(self.beyond)

    def acknowledged(self) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The seq up to which all is durable but for the ranges (both ends inclusive) that follow."""
        missing: list[tuple[int, int]] = []
        newest = self.prefix
        for seq in sorted(self.beyond):
            if seq > newest + 1:
                if len(missing) == MAX_RANGES:
                    break
                missing.append((newest + 1, seq - 1))
            newest = seq
        return newest, tuple(missing)
