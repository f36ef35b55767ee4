"""Raw stamped levels of one line in, settled changes out; a line that never rests is named. Pure."""

from dataclasses import dataclass
from typing import NamedTuple


class Level(NamedTuple):
    """What a line is from `t_s` on."""

    #: Seconds of the clock that stamps the edges.
    t_s: float
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DebounceSettings:
    """When a line is believed."""

    #: Seconds a level must hold to be believed, (0, 5]; longer than the pauses inside one bounce, shorter
    #: than what must be seen. Source: contacts bounce for 5 ms at most (reliability, promise 22), twice that.
    settle_s: float = 0.010
    #: Seconds without rest after which a line counts as chattering. Source: ours; a contact rests after 5 ms.
    chatter_after_s: float = 2.0

    def __post_init__(self) -> None:
        if not 0.0 < self.settle_s <= 5.0:
            raise ValueError(f"settle_s must be in (0, 5], got {self.settle_s}")
        if not self.settle_s < self.chatter_after_s < float("inf"):
            raise ValueError(
                f"chatter_after_s must be longer than settle_s {self.settle_s}, got {self.chatter_after_s}"
            )


class Debouncer:
    """One line. A burst lasts from an edge until nothing has moved for `settle_s`; what it is then, counts.

    A change bears the stamp of its burst's first edge. A burst that ends where it began changes nothing,
    however long it was. While a burst lasts, the line is believed to be what it was before.
    """

    def __init__(self, settings: DebounceSettings = DebounceSettings(), *, is_active: bool = False) -> None:
        """`is_active`: what the line is believed to be before its first level."""
        self._settings = settings
        self._settled = is_active
        self._raw = is_active
        #: First and last edge of the burst going on; None while the line rests.
        self._burst: tuple[float, float] | None = None
        self._last_s = float("-inf")
        self._now_s = float("-inf")
        #: Levels dropped because a younger one was there before.
        self.late_levels = 0

    @property
    def is_active(self) -> bool:
        """What the line is believed to be."""
        return self._settled

    @property
    def is_chattering(self) -> bool:
        """Whether it has not rested for `chatter_after_s`: what it is believed to be is old by as much."""
        return self._burst is not None and self._now_s - self._burst[0] >= self._settings.chatter_after_s

    @property
    def settles_s(self) -> float:
        """When `advance` has something to say if no edge comes before; infinite at rest."""
        return float("inf") if self._burst is None else self._burst[1] + self._settings.settle_s

    def feed(self, level: Level) -> list[Level]:
        """Take a level, in the order of the stamps; gives what had settled before it.

        A stamp may lie before what `advance` has seen: a callback comes later than its edge. A level that is
        no change tells of an edge that was lost: the line moved. A level older than the last one is dropped:
        a repair overtook it, and is the truth. Raises ValueError for a stamp that is not a number.
        """
        if not float("-inf") < level.t_s < float("inf"):
            raise ValueError(f"t_s must be finite, got {level.t_s}")
        settled = self.advance(max(level.t_s, self._now_s))
        if level.t_s < self._last_s:
            self.late_levels += 1
            return settled
        self._last_s = level.t_s
        self._raw = level.is_active
        self._burst = (level.t_s if self._burst is None else self._burst[0], level.t_s)
        return settled

    def advance(self, now_s: float) -> list[Level]:
        """Let time pass; gives the change that has settled, if one has.

        Raises ValueError when the time is not a number or goes back.
        """
        if not self._now_s <= now_s < float("inf"):
            raise ValueError(f"time must be finite and not go back below {self._now_s} s, got {now_s} s")
        self._now_s = now_s
        if self._burst is None or now_s < self.settles_s:
            return []
        (began_s, _), self._burst = self._burst, None
        if self._raw == self._settled:
            return []
        self._settled = self._raw
        return [Level(began_s, self._settled)]
