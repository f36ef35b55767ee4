"""Who came into a space and left it by minute in, how many were inside by half hours out. Pure."""

from collections.abc import Mapping

from msgspec import Struct

HALF_HOUR_MIN = 30


class Levels(Struct, frozen=True):
    """People inside on the mean of each half hour, by the counts alone: not cut at zero, and no anchors."""

    #: The first half hour since 1970 UTC with a passage; nobody was inside before it.
    first: int
    #: From then on; the last holds for all that come after.
    people: list[int]

    def between(self, first: int, last: int) -> list[int]:
        """The half hours [first, last)."""
        end = len(self.people) - 1
        return [
            self.people[min(one - self.first, end)] if one >= self.first else 0 for one in range(first, last)
        ]


def levels_of(minutes: Mapping[int, tuple[int, int]]) -> Levels:
    """The levels of a day from who came in and left by minute since 1970 UTC; at least one minute."""
    #: By half hour: entered minus left, and the same by the minutes that they were inside in it.
    nets: dict[int, tuple[int, int]] = {}
    for minute, (ins, outs) in minutes.items():
        one, into = divmod(minute, HALF_HOUR_MIN)
        net, inside = nets.get(one, (0, 0))
        nets[one] = net + ins - outs, inside + (ins - outs) * (HALF_HOUR_MIN - into)
    people: list[int] = []
    level = 0
    first, last = min(nets), max(nets)
    for one in range(first, last + 1):
        net, inside = nets.get(one, (0, 0))
        people.append(round(level + inside / HALF_HOUR_MIN))
        level += net
    return Levels(first, [*people, level])
