"""Levels of whole mornings in, the reference of a post out: what people show there, week after week. Pure.

The first mornings are learned from; then the reference stands until somebody calibrates the post anew and
puts its level file away. One that went on learning would learn a creeping sensor or an epidemic too.
"""

from dataclasses import dataclass
from statistics import fmean, median, stdev


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What one session taught."""

    #: Median of its first people, °C at 24 °C of air.
    level_c: float
    #: Between their quartiles, °C.
    spread_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSettings:
    """How a post is learned, and when it is said to have moved. All temperatures as at 24 °C of air."""

    #: Mornings learned from; the error is then 1.25·0.3/√20 = 0.08 °C at a morning-to-morning SD of 0.3 °C.
    mornings: int = 20
    #: °C between the quartiles of people for which the hub's limits are meant: between those of the two
    #: cameras of the open data (science.md §1.3), 0.61 and 0.70 at first readings, 0.53 and 0.63 of means.
    usual_spread_c: float = 0.63
    #: How far the limits follow a post whose people differ less or more; not far up, that is the unsafe side:
    #: the wider camera's afebrile 95th percentile is 0.75 °C over its median, 1.15 of 0.65.
    least_scale: float = 0.85
    most_scale: float = 1.15
    #: °C a post must have moved to be named, at least: 5 standard errors of 150 people against 100.
    named_c: float = 0.3
    #: The same in morning-to-morning SDs of this post, as long as a shift of 0.5 °C is still named.
    named_sds: float = 2.0
    #: People in a row for whom it must stand before it is named: a median wanders across a limit and back.
    named_people: int = 40
    named_most_c: float = 0.4
    #: °C under the naming at which it is taken back: two standard errors, lest one person more flips it.
    back_c: float = 0.1
    #: Mornings before their SD is believed.
    sd_least: int = 5


class Reference:
    """The long memory of one post."""

    def __init__(self, settings: ReferenceSettings, mornings: tuple[Morning, ...] = ()) -> None:
        self._settings = settings
        self._mornings = mornings[: settings.mornings]

    @property
    def mornings(self) -> tuple[Morning, ...]:
        """What has been learned, oldest first."""
        return self._mornings

    @property
    def level_c(self) -> float | None:
        """The usual level of this post; None before its first morning."""
        return median(morning.level_c for morning in self._mornings) if self._mornings else None

    @property
    def scale(self) -> float:
        """What the limits are multiplied by here: people's own spread over the usual; 1 until it is known."""
        settings = self._settings
        return min(max(self.spread_c / settings.usual_spread_c, settings.least_scale), settings.most_scale)

    @property
    def spread_c(self) -> float:
        """Between the quartiles of people at this post, °C.

        One morning more is taken to have been usual, so that few mornings move it little.
        """
        count, usual = len(self._mornings), self._settings.usual_spread_c
        own = fmean(morning.spread_c for morning in self._mornings) if self._mornings else usual
        return (count * own + usual) / (count + 1)

    @property
    def named_c(self) -> float:
        """°C beyond which a move of this post is named."""
        settings = self._settings
        levels = [morning.level_c for morning in self._mornings]
        if len(levels) < settings.sd_least:
            return settings.named_c
        own = settings.named_sds * stdev(levels, fmean(levels))
        return min(max(own, settings.named_c), settings.named_most_c)

    def is_off(self, moved_c: float, was_named: bool) -> bool:
        """Whether a post moved by `moved_c` is further off than chance, or, `was_named`, not clearly back."""
        return abs(moved_c) > self.named_c - (self._settings.back_c if was_named else 0.0)

    def note(self, morning: Morning) -> None:
        """Learn one more, while learning."""
        self._mornings = (*self._mornings, morning)[: self._settings.mornings]
