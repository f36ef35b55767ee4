"""People who come to a door in, when each is midway in it out: a burst becomes a queue of headways. Pure."""

import math
import random

from protocol.events import Direction
from simulator.happenings import Crossing
from simulator.people_settings import PeopleSettings


class Doorways:
    """The doors of one day: one person at a time."""

    def __init__(self, settings: PeopleSettings, rng: random.Random) -> None:
        self._settings = settings
        self._rng = rng
        #: When the last body was midway in a door, and which way it went.
        self._last: dict[str, tuple[float, Direction]] = {}

    def cross(self, t_s: float, door: str, direction: Direction, person: int, group: str) -> Crossing:
        """Somebody who wants to go through from then on; they may turn back."""
        settings, rng = self._settings, self._rng
        last_s, last_way = self._last.get(door, (-math.inf, direction))
        headway_s = max(settings.least_headway_s, rng.lognormvariate(math.log(settings.headway_s), 0.25))
        headway_s += settings.give_way_s * (last_way is not direction)
        is_queueing = t_s < last_s + headway_s and last_way is direction
        is_tailgating = is_queueing and rng.random() < settings.tailgate_share
        if is_tailgating:
            headway_s = rng.uniform(0.18, 0.24)
        at_s = max(t_s, last_s + headway_s)
        turns = not is_tailgating and rng.random() < settings.turn_back_share
        # Somebody who hesitates in the doorway is in everyone's way for another second or two.
        self._last[door] = (at_s + (2.0 if turns else 0.0), direction)
        return Crossing(at_s, door, direction, person, group, turns, is_tailgating)
