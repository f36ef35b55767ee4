"""Settled changes of a button or lever in; treatments told of, or uses of a dispenser, out. Pure.

A stuck button is no event, ever: `is_stuck` says so, and its release counts for nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

from edge.signals.debounce import Level
from protocol.events import Action

INFINITE = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentSettings:
    """What the presses of a treatment's button mean. Sources: our own, from how the button is described."""

    #: Seconds of holding from which a press aborts.
    abort_after_s: float = 3.0
    #: Seconds of holding from which the button is stuck.
    stuck_after_s: float = 10.0
    #: A short press so soon after another one is a nervous finger, seconds.
    nervous_s: float = 1.0
    #: Seconds after which a treatment that nobody ended was forgotten.
    longest_s: float = 4 * 3600.0

    def __post_init__(self) -> None:
        if not 0.0 < self.abort_after_s < self.stuck_after_s < INFINITE:
            raise ValueError(
                f"abort_after_s must be above 0 and below stuck_after_s {self.stuck_after_s}, "
                f"got {self.abort_after_s}"
            )
        if not 0.0 <= self.nervous_s < self.longest_s < INFINITE:
            raise ValueError(f"longest_s must be above nervous_s {self.nervous_s}, got {self.longest_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispenserSettings:
    """What the presses of a dispenser mean."""

    #: Millilitres a press gives, [0.1, 10].
    ml_per_press: float = 1.5
    #: Presses no further apart are one use, seconds.
    gap_s: float = 2.0
    #: A use is told after so many seconds, whoever goes on pressing.
    longest_s: float = 10.0
    #: Seconds of holding from which the lever is stuck.
    stuck_after_s: float = 10.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.ml_per_press <= 10.0:
            raise ValueError(f"ml_per_press must be in [0.1, 10], got {self.ml_per_press}")
        for name in ("gap_s", "longest_s", "stuck_after_s"):
            if not 0.0 < getattr(self, name) < INFINITE:
                raise ValueError(f"{name} must be a positive number, got {getattr(self, name)}")


class Pressed(NamedTuple):
    """What a press said of the treatment, with the stamp of its beginning."""

    t_s: float
    action: Action


class Use(NamedTuple):
    """One use of a dispenser, with the stamp of its first press."""

    t_s: float
    presses: int
    amount_ml: float


class _Press(NamedTuple):
    began_s: float
    held_s: float


class _Holding:
    """Whether it is held, since when, and whether that is too long."""

    def __init__(self, stuck_after_s: float) -> None:
        self._stuck_after_s = stuck_after_s
        self.began_s: float | None = None
        self.now_s = float("-inf")

    @property
    def is_stuck(self) -> bool:
        if self.began_s is None:
            return False
        return self.began_s == -INFINITE or self.now_s - self.began_s >= self._stuck_after_s

    def was_stuck(self) -> None:
        self.began_s = -INFINITE

    def advance(self, now_s: float) -> None:
        if not now_s < INFINITE:
            raise ValueError(f"time must be finite, got {now_s}")
        self.now_s = max(self.now_s, now_s)

    def feed(self, level: Level) -> _Press | None:
        """A press that ended, unless it was stuck."""
        self.advance(level.t_s)
        if level.is_active:
            self.began_s = level.t_s if self.began_s is None else self.began_s
            return None
        began_s, self.began_s = self.began_s, None
        if began_s is None or level.t_s - began_s >= self._stuck_after_s:
            return None
        return _Press(began_s, level.t_s - began_s)


class TreatmentButton:
    """One button: a short press starts a treatment, the next one says it is done, a long one aborts it.

    What a press means is known at its release.
    """

    def __init__(self, settings: TreatmentSettings, started_s: float | None = None) -> None:
        """`started_s`: when the treatment going on was started, from before a restart, in seconds of this
        clock; None: none is going on.
        """
        self._settings = settings
        self._holding = _Holding(settings.stuck_after_s)
        self._started_s = started_s
        self._released_s = float("-inf")

    @property
    def started_s(self) -> float | None:
        """When the treatment going on was started, to be kept over a restart; None: none is going on."""
        return self._started_s

    @property
    def is_stuck(self) -> bool:
        """Whether it has been held too long; until it is released."""
        return self._holding.is_stuck

    def was_stuck(self) -> None:
        """It was stuck before a restart, and is until a release is fed."""
        self._holding.was_stuck()

    def feed(self, level: Level) -> list[Pressed]:
        """Take a settled change. Raises ValueError for a stamp that is not a number."""
        self.advance(level.t_s)
        press = self._holding.feed(level)
        if press is None:
            return []
        since_s, self._released_s = press.began_s - self._released_s, level.t_s
        if press.held_s >= self._settings.abort_after_s:
            return [] if self._started_s is None else self._say(press, Action.ABORTED)
        if since_s < self._settings.nervous_s:
            return []
        return self._say(press, Action.STARTED if self._started_s is None else Action.DONE)

    def advance(self, now_s: float) -> None:
        """Let time pass: a treatment that nobody ended is forgotten, without a word."""
        self._holding.advance(now_s)
        if self._started_s is not None and self._holding.now_s - self._started_s > self._settings.longest_s:
            self._started_s = None

    def _say(self, press: _Press, action: Action) -> list[Pressed]:
        self._started_s = press.began_s if action is Action.STARTED else None
        return [Pressed(press.began_s, action)]


class DispenserLever:
    """One dispenser: presses close together are one use."""

    def __init__(self, settings: DispenserSettings) -> None:
        self._settings = settings
        self._holding = _Holding(settings.stuck_after_s)
        #: The use going on: began, last released, presses.
        self._use: tuple[float, float, int] | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether the lever has been held too long; until it is released."""
        return self._holding.is_stuck

    def was_stuck(self) -> None:
        """It was stuck before a restart, and is until a release is fed."""
        self._holding.was_stuck()

    def feed(self, level: Level) -> list[Use]:
        """Take a settled change; gives the use that ended before it.

        Raises ValueError for a stamp that is not a number.
        """
        ended = self.advance(level.t_s)
        press = self._holding.feed(level)
        if press is None:
            return ended
        began_s, _, presses = self._use or (press.began_s, 0.0, 0)
        self._use = (began_s, level.t_s, presses + 1)
        return ended

    def advance(self, now_s: float) -> list[Use]:
        """Let time pass; gives the use that has ended, if one has."""
        self._holding.advance(now_s)
        if self._use is None or (self._holding.began_s is not None and not self._holding.is_stuck):
            return []
        (began_s, released_s, presses), now_s = self._use, self._holding.now_s
        if now_s - released_s <= self._settings.gap_s and now_s - began_s < self._settings.longest_s:
            return []
        self._use = None
        return [Use(began_s, presses, round(presses * self._settings.ml_per_press, 3))]
