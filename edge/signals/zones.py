"""Distances of the two zones of a ceiling sensor in, edges as of two light beams out, and what ails it. Pure.

A zone is broken while something stands well above the floor in it. The two zones are a sensor's alternate
looks, so every edge lies between two samples: its time is interpolated, and edges are held back until none
that is older can come. No target is not an empty floor: a zone that sees nothing stays what it was.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from statistics import median

from edge.signals.crossing import PassageSettings
from edge.signals.pulses import Beam, BeamEdge

#: SPADs of the sensor's array per side, and the degrees it sees. Source: VL53L1X data sheet DS12385.
SPADS, FIELD_DEG = 16, 27.0
#: Crown of an adult and how far below it the shoulders and the head are seen on average, metres.
CROWN_M, SEEN_BELOW_M = 1.70, 0.15
#: What a body's length adds to the spacing of the zones before both are free of it, metres along: measured on
#: the modelled scene (`simulator.zone_scene`); a door learns its own.
BODY_BEYOND_M = 0.15


class ZoneFault(Enum):
    """Why zones cannot be counted on."""

    #: A zone has given no distance for long: sunlight, a black floor, a covered window.
    BLIND = "blind"
    #: Something stands in a zone that was not there: furniture, a door that now stops under the sensor.
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSettings:
    """When a zone is broken, and how it learns what is beneath it."""

    #: Broken below this share of the idle distance, at most 0.85 (Roode's limit). Source: at 2.4 m the
    #: shoulders of adults lie at 0.40 and their knees at 0.80; who is 1 m tall is at 0.58.
    detect_share: float = 0.7
    #: Free again above `detect_share` and this much more.
    hysteresis_share: float = 0.05
    #: The least of so many last distances decides whether a zone is free: one glance past a shoulder is none.
    window: int = 2
    #: Share of a new distance in the idle distance. Source: Roode v1.6.0.
    learn_share: float = 0.05
    #: Seconds a zone must have been empty before its idle distance follows. Source: Roode v1.6.0.
    empty_s: float = 60.0
    #: Most that one change of the idle distance may be, as a share. Source: Roode v1.6.0.
    reject_share: float = 0.2
    #: Distances that tell of a standing thing, and how far apart they may lie, as a share.
    steady: int = 20
    steady_share: float = 0.06
    #: Seconds a longer distance must stand before it is the idle one: a person under the sensor at the start.
    longer_s: float = 5.0
    #: Seconds a shorter distance must stand before it is no person. Nobody stands still to 6 % for so long.
    moved_s: float = 300.0
    #: Idle distance below which nobody could pass beneath, millimetres.
    least_idle_mm: float = 1000.0
    #: Seconds without any distance that mean a zone is blind.
    blind_s: float = 10.0

    def __post_init__(self) -> None:
        if not 0.2 <= self.detect_share <= 0.85:
            raise ValueError(f"detect_share must be between 0.2 and 0.85, got {self.detect_share}")
        if not 0.0 <= self.hysteresis_share <= 0.95 - self.detect_share:
            raise ValueError(
                f"hysteresis_share must be between 0 and 0.95 less detect_share, got {self.hysteresis_share}"
            )
        if self.window < 1 or self.steady < 3:
            raise ValueError(
                f"window must be 1 or more and steady 3 or more, got {self.window} and {self.steady}"
            )
        for name in ("learn_share", "reject_share", "steady_share"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        for name in ("empty_s", "longer_s", "moved_s", "least_idle_mm", "blind_s"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a positive number, got {getattr(self, name)}")


def passage_settings(*, ceiling_m: float, apart_spads: int) -> PassageSettings:
    """What the decoder of passages must know of zones whose middles are so far apart on the array.

    The zones lie at an angle to each other, so their distance on the floor is not their distance at the
    height of heads and shoulders, where people are met. Raises ValueError where a head could touch it.
    """
    away_m = ceiling_m - CROWN_M + SEEN_BELOW_M
    if away_m < 0.4:
        raise ValueError(f"ceiling_m must be {CROWN_M - SEEN_BELOW_M + 0.4:.2f} or more, got {ceiling_m}")
    spacing_m = 2.0 * away_m * math.tan(math.radians(apart_spads * FIELD_DEG / SPADS) / 2.0)
    return PassageSettings(spacing_m=spacing_m, torso_m=spacing_m + BODY_BEYOND_M)


class Zones:
    """Both zones of one door."""

    def __init__(self, settings: ZoneSettings) -> None:
        self._zones = {beam: _Zone(beam, settings) for beam in Beam}
        self._held: list[BeamEdge] = []

    @property
    def settled_s(self) -> float:
        """No edge older than this can come any more: so far a decoder may be advanced."""
        return min(zone.settled_s for zone in self._zones.values())

    @property
    def is_ready(self) -> bool:
        """Whether both zones know their idle distance; before that nobody is counted."""
        return all(zone.idle_mm is not None for zone in self._zones.values())

    @property
    def is_free(self) -> bool:
        """Whether neither zone is broken."""
        return not any(zone.is_broken for zone in self._zones.values())

    @property
    def fault(self) -> ZoneFault | None:
        """What ails the zones, the worse of two."""
        faults = {zone.fault for zone in self._zones.values()}
        return next((fault for fault in ZoneFault if fault in faults), None)

    def idle_mm(self, beam: Beam) -> float | None:
        """How far a zone sees when nobody is there, None before that is known."""
        return self._zones[beam].idle_mm

    def feed(self, t_s: float, beam: Beam, distance_mm: float | None) -> list[BeamEdge]:
        """Take a look of one zone, None where it found no target; gives edges in time order.

        Raises ValueError when its time is not a number, or lies before the last look.
        """
        if not max(zone.looked_s for zone in self._zones.values()) <= t_s < math.inf:
            raise ValueError(f"t_s must be finite and not before the last look, got {t_s}")
        self._held += self._zones[beam].feed(t_s, distance_mm)
        until_s = self.settled_s
        ready = sorted((edge for edge in self._held if edge.t_s <= until_s), key=lambda edge: edge.t_s)
        self._held = [edge for edge in self._held if edge.t_s > until_s]
        return ready


class _Zone:
    """One zone: its idle distance, and whether it is broken."""

    def __init__(self, beam: Beam, settings: ZoneSettings) -> None:
        self._beam = beam
        self._settings = settings
        self.idle_mm: float | None = None
        self.is_broken = False
        self.looked_s = -math.inf
        self._first_s: float | None = None
        #: The last distance and when it was seen; None when the last look found no target.
        self._last_mm: float | None = None
        self._seen_s = -math.inf
        #: When the edge happened that is not certain yet, and how many looks have said so.
        self._edge_s: float | None = None
        self._votes = 0
        self._free_since_s = -math.inf
        #: Distances since the zone last moved, and since when they have been about the same.
        self._recent: deque[float] = deque(maxlen=settings.steady)
        self._still_since_s = -math.inf
        self._still_mm = 0.0
        self._is_moved = False

    @property
    def settled_s(self) -> float:
        return self.looked_s if self._edge_s is None else self._edge_s

    @property
    def fault(self) -> ZoneFault | None:
        if self._first_s is not None:
            lit_s = max(self._seen_s, self._first_s)
            if self.looked_s - lit_s >= self._settings.blind_s:
                return ZoneFault.BLIND
        return ZoneFault.MOVED if self._is_moved else None

    def feed(self, t_s: float, distance_mm: float | None) -> Iterable[BeamEdge]:
        if self._first_s is None:
            self._first_s = t_s
        if distance_mm is None:
            self.looked_s, self._last_mm = t_s, None
            return []
        edges = [] if self.idle_mm is None else self._judge(t_s, distance_mm, self.idle_mm)
        self.looked_s = self._seen_s = t_s
        self._last_mm = distance_mm
        self._recent.append(distance_mm)
        return [*edges, *self._learn(t_s)]

    def _judge(self, t_s: float, distance_mm: float, idle_mm: float) -> list[BeamEdge]:
        settings = self._settings
        share = settings.detect_share + (settings.hysteresis_share if self.is_broken else 0.0)
        limit_mm = share * idle_mm
        if (distance_mm < limit_mm) == self.is_broken:
            self._edge_s, self._votes = None, 0
            return []
        if self._edge_s is None:
            self._edge_s = self._between_s(t_s, distance_mm, limit_mm)
        self._votes += 1
        if self.is_broken and self._votes < settings.window:
            return []
        return [self._turn(self._edge_s, t_s)]

    def _between_s(self, t_s: float, distance_mm: float, limit_mm: float) -> float:
        """When the distance passed the limit since the last look; half way where that saw nothing."""
        if self.looked_s == -math.inf:
            return t_s
        share = 0.5
        if self._last_mm is not None and self._last_mm != distance_mm:
            share = (self._last_mm - limit_mm) / (self._last_mm - distance_mm)
        return self.looked_s + min(max(share, 0.0), 1.0) * (t_s - self.looked_s)

    def _turn(self, edge_s: float, now_s: float) -> BeamEdge:
        self.is_broken = not self.is_broken
        self._edge_s, self._votes = None, 0
        self._free_since_s = math.inf if self.is_broken else now_s
        return BeamEdge(t_s=edge_s, beam=self._beam, broken=self.is_broken)

    def _learn(self, now_s: float) -> list[BeamEdge]:
        """Learn from what stands still; gives the edge of a zone freed by learning."""
        settings = self._settings
        if self._is_moved and now_s - self._free_since_s >= settings.empty_s:
            self._is_moved = False
        if len(self._recent) < settings.steady:
            return []
        still_mm = median(self._recent)
        if max(self._recent) - min(self._recent) > settings.steady_share * still_mm:
            self._still_since_s = math.inf
            self._recent.popleft()
            return []
        if not math.isclose(still_mm, self._still_mm, rel_tol=settings.steady_share / 2):
            self._still_mm, self._still_since_s = still_mm, now_s
        self._still_since_s = min(self._still_since_s, now_s)
        self._recent.clear()
        return self._take(still_mm, now_s - self._still_since_s, now_s)

    def _take(self, still_mm: float, still_s: float, now_s: float) -> list[BeamEdge]:
        """What a distance means that has stood for so long."""
        settings = self._settings
        if self.idle_mm is None:
            if still_mm >= settings.least_idle_mm:
                self.idle_mm, self._free_since_s = still_mm, now_s
            elif still_s >= settings.moved_s:
                self._is_moved = True
            return []
        change = still_mm / self.idle_mm - 1.0
        if change > settings.steady_share and still_s >= settings.longer_s:
            self.idle_mm = still_mm
        elif self.is_broken and still_s >= settings.moved_s:
            self._is_moved = True
            if still_mm >= settings.least_idle_mm:
                self.idle_mm = still_mm
                return [self._turn(now_s, now_s)]
        elif now_s - self._free_since_s >= settings.empty_s and abs(change) <= settings.reject_share:
            self.idle_mm += settings.learn_share * (still_mm - self.idle_mm)
        return []
