"""One door on one day: who went which way in which minute, and how many by hour. Pure."""

from msgspec import Struct, field

HOURS = 24


class DoorDay(Struct):
    """One door on one day, people by direction; any order of arrival gives the same."""

    ins: int = 0
    outs: int = 0
    #: In and out by minute since 1970 UTC; gone once the day is closed.
    minutes: dict[int, tuple[int, int]] = {}
    #: People both ways by hour of the day, UTC; empty once that is forgotten.
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    is_closed: bool = False

    def enter(self, minute: int, people: int) -> None:
        """So many went in, towards the door's inner space."""
        self.ins += people
        self._note(minute, people, 0)

    def leave(self, minute: int, people: int) -> None:
        """So many went out."""
        self.outs += people
        self._note(minute, 0, people)

    def between(self, after: int, until: int) -> tuple[int, int]:
        """In and out in the minutes (after, until]."""
        ins = outs = 0
        for minute, (one, other) in self.minutes.items():
            if after < minute <= until:
                ins += one
                outs += other
        return ins, outs

    def close(self) -> None:
        """Keep a day long past by hour only; what still comes late finds its hour."""
        self.is_closed = True
        self.minutes.clear()

    def forget(self) -> None:
        """Keep the two sums only."""
        self.close()
        self.hours = []

    def _note(self, minute: int, ins: int, outs: int) -> None:
        if self.hours:
            self.hours[minute // 60 % HOURS] += ins + outs
        if not self.is_closed:
            had = self.minutes.get(minute, (0, 0))
            self.minutes[minute] = (had[0] + ins, had[1] + outs)
