"""What moved, and when, in; the part of a node that should have moved and did not, out. Pure.

A process that is alive may have stopped working: its loop waits for ever, its disk takes nothing, its bus
answers nobody. So the watchdog is fed by this, and not by the fact that there is somebody to feed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: Waits of a part that a restart did not help are doubled, up to this, seconds.
MOST_PATIENT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Stuck:
    """A part that should have moved."""

    part: str
    #: Seconds since it last moved, or since it became due.
    quiet_s: float
    #: Whether it moved at all since the start: if not, a restart did not help it.
    has_moved: bool

    def __str__(self) -> str:
        return f"{self.part} has not moved for {self.quiet_s:.0f} s"


class Progress:
    """When each part last moved. A part at rest owes nothing; one that is due must move in time.

    Every part has its own field, written whole: notes may come from any thread.
    """

    def __init__(self, quiet_s: Mapping[str, float]) -> None:
        """`quiet_s`: part → the longest it may take to move while something is due of it, seconds."""
        self._quiet_s = dict(quiet_s)
        #: When the part moved or became due; None at rest. All parts begin at rest.
        self._since_s: dict[str, float | None] = dict.fromkeys(self._quiet_s)
        self._moved: set[str] = set()

    def declare(self, part: str, quiet_s: float) -> None:
        """One more part, at rest."""
        self._quiet_s[part] = quiet_s
        self._since_s[part] = None

    def be_patient(self, part: str, restarts_in_vain: int) -> None:
        """A restart did not help the part: double its time for each, up to `MOST_PATIENT_S`.

        A part that is not declared is let be: the node's file may have changed since.
        """
        if part in self._quiet_s:
            self._quiet_s[part] = patience_s(self._quiet_s[part], restarts_in_vain)

    def note(self, part: str, now_s: float) -> None:
        """The part moved, and owes its next move from now on. Raises KeyError for a part not declared."""
        if part not in self._since_s:
            raise KeyError(part)
        self._since_s[part] = now_s
        self._moved.add(part)

    def due(self, part: str, now_s: float) -> None:
        """Something waits for the part: it must move. Its time runs on if it was due already."""
        if self._since_s[part] is None:
            self._since_s[part] = now_s

    def owes(self, part: str, since_s: float) -> None:
        """The part has owed its next move since then, whatever was said before."""
        self._since_s[part] = since_s

    def rest(self, part: str) -> None:
        """Nothing waits for the part."""
        if self._since_s[part] is not None:
            self._since_s[part] = None

    def stuck(self, now_s: float) -> Stuck | None:
        """The part that is over its time by most, or None when all is well: then the watchdog may be fed."""
        worst: Stuck | None = None
        worst_over_s = 0.0
        for part, limit_s in self._quiet_s.items():
            since_s = self._since_s[part]
            if since_s is None:
                continue
            over_s = now_s - since_s - limit_s
            if over_s > worst_over_s:
                worst, worst_over_s = Stuck(part, now_s - since_s, part in self._moved), over_s
        return worst


def patience_s(quiet_s: float, restarts_in_vain: int) -> float:
    """`quiet_s` doubled for each restart in a row that did not help: doors go on counting meanwhile."""
    doubled_s = quiet_s * float(2 ** min(restarts_in_vain, 16))
    return min(doubled_s, max(MOST_PATIENT_S, quiet_s))
