"""How many people are in a room, and whether its window is open, in; the CO2 of its air out. Pure."""

import math
from typing import Annotated

from msgspec import Meta, Struct

Changes = Annotated[float, Meta(gt=0.0, le=50.0)]


class RoomAirSettings(Struct, frozen=True, kw_only=True):
    """What air does. Sources: science §3.2, §3.3."""

    outdoor_ppm: float = 425.0
    #: CO2 that one person breathes out, L/s.
    breath_ls: float = 0.0043
    #: Air changes an hour with the window shut and the ventilation on, and with the window open in winter.
    shut_ach: Changes = 3.0
    open_ach: Changes = 8.0
    #: Rooms whose ventilation is out of order: over 1000 ppm with a full group, on purpose.
    tight_rooms: tuple[str, ...] = ("a-307",)
    tight_ach: Changes = 0.8


class RoomAir:
    """The well-mixed air of one room."""

    def __init__(self, space: str, volume_m3: float, settings: RoomAirSettings, t_s: float = 0.0) -> None:
        self._settings = settings
        self._volume_m3 = volume_m3
        self._shut_ach = settings.tight_ach if space in settings.tight_rooms else settings.shut_ach
        self._t_s = t_s
        self.ppm = settings.outdoor_ppm
        self.is_open = False

    def advance(self, t_s: float, people: int) -> float:
        """Let time pass with so many people inside; gives the CO2, ppm."""
        settings = self._settings
        changes_s = (settings.open_ach if self.is_open else self._shut_ach) / 3600.0
        # Litres over cubic metres are thousandths; of a million.
        rises_s = people * settings.breath_ls * 1000.0 / self._volume_m3
        rests_ppm = settings.outdoor_ppm + rises_s / changes_s
        self.ppm = rests_ppm + (self.ppm - rests_ppm) * math.exp(-changes_s * max(0.0, t_s - self._t_s))
        self._t_s = max(self._t_s, t_s)
        return self.ppm
