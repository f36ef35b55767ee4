"""People at an entrance in, their foreheads before its thermometer out, by turns at each post. Pure."""

import random

from simulator.happenings import Visit
from simulator.people_settings import PeopleSettings

#: Skin of a forehead at 24 °C of air, °C: the median of people without fever (FDA open data).
SKIN_C = 35.05


class Forehead:
    """Somebody's, for one day."""

    __slots__ = ("fever_c", "is_sent_home", "skin_c")

    def __init__(self, skin_c: float, fever_c: float) -> None:
        #: °C at 24 °C of air, the fever in it; how much of it is fever.
        self.skin_c = skin_c
        self.fever_c = fever_c
        self.is_sent_home = False


class Foreheads:
    """Who shows theirs, who waits for it, and how warm they are."""

    def __init__(self, settings: PeopleSettings, rng: random.Random, from_s: float, until_s: float) -> None:
        """A day between these seconds since the simulation's start."""
        self._settings = settings
        self._rng = rng
        self._post_free_s: dict[str, float] = {}
        self._fevers_s = [at_s for at_s in sorted(settings.fever_at_s) if from_s <= at_s < until_s]

    def draw(self) -> Forehead:
        """Another person's."""
        settings, rng = self._settings, self._rng
        skin_c = rng.gauss(SKIN_C, settings.skin_spread_c)
        if rng.random() >= settings.febrile_share:
            return Forehead(skin_c, 0.0)
        fever_c = rng.uniform(settings.fever_least_c, settings.fever_most_c)
        return Forehead(skin_c + fever_c, fever_c)

    def show(self, t_s: float, post: str, person: int, forehead: Forehead) -> tuple[list[Visit], float]:
        """The visits to the post, if the person cares to; and when they go on to the door."""
        settings, rng = self._settings, self._rng
        begin_s = max(t_s, self._post_free_s.get(post, 0.0))
        if self._fevers_s and self._fevers_s[0] <= t_s:
            self._fevers_s.pop(0)
            forehead.fever_c = settings.fever_most_c
            forehead.skin_c = SKIN_C + forehead.fever_c
            forehead.is_sent_home = True
        elif rng.random() >= settings.screened_share or begin_s > t_s + settings.patience_s:
            return [], t_s
        is_cold = forehead.fever_c == 0.0 and rng.random() < settings.cold_share
        cold_c = -rng.uniform(settings.cold_least_c, settings.cold_most_c) if is_cold else 0.0
        end_s = begin_s
        visits: list[Visit] = []
        for attempt in (1, 2):
            skin_c = rng.gauss(forehead.skin_c + cold_c, settings.attempt_spread_c)
            visits.append(
                Visit(end_s, post, person, settings.show_s, skin_c, forehead.fever_c, cold_c, attempt)
            )
            end_s += settings.show_s
            if skin_c <= SKIN_C + settings.repeat_over_c or attempt == 2:
                break
            end_s += settings.repeat_after_s
        self._post_free_s[post] = end_s + settings.post_gap_s
        return visits, end_s + 0.3
