"""Lengths and delays of pulses in, how many people they hold out; learns from a door's lone walkers. Pure."""

import math
from dataclasses import dataclass

#: Most people one pulse is ever said to hold.
MOST_PEOPLE = 12
#: Bodies a door assumes before it has seen its own: how far from `torso_m` (natural logarithm).
ASSUMED_WALKERS = (-0.1, -0.05, 0.0, 0.05, 0.1)
#: How much lone bodies differ at first, and at least: spread of the natural logarithm of their length.
ASSUMED_SPREAD, LEAST_SPREAD = 0.06, 0.04
#: How much more a length differs when its speed had to be guessed from neighbours.
GUESSED_SPREAD = 0.2
#: First walkers who change what a door believes of speeds and crowds only a little.
CAUTIOUS_WALKERS = 20
#: Walkers a door remembers.
REMEMBERED_WALKERS = 200
#: Lone walkers pile up within this distance (natural logarithm) of the length of a body.
LONE_WITHIN = 0.14
#: No body is shorter than others by more than this (natural logarithm).
SHORTEST_WITHIN = 0.5
#: Width of a bin of the learned lengths (natural logarithm), from one spacing to LONGEST_BODY of them.
BIN = 0.02
LONGEST_BODY = 20.0
BINS = round(math.log(LONGEST_BODY) / BIN) + 1
#: No length speaks more than this (natural logarithm of odds) against walkers.
WORST_FIT = -6.0
#: Two who overlap follow each other by this share of a body on average, and this spread of it.
FOLLOW_MEAN, FOLLOW_SPREAD = 0.55, 0.28


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How many people a pulse holds, with the probability of that number."""

    people: int
    #: Probability of exactly that number, given that the pulse is of walkers.
    share: float
    #: Natural logarithm of how well walkers explain a pulse of that length.
    fit: float


class Walkers:
    """What is known of the people at one door: the length of a body, how it scatters, how fast they walk."""

    def __init__(self, spacing_m: float, torso_m: float) -> None:
        self._spacing_m = spacing_m
        self._log_bodies = math.log(torso_m / spacing_m)
        self._variance = ASSUMED_SPREAD**2
        self._lengths = [0.0] * BINS
        for off in ASSUMED_WALKERS:
            self._remember(self._log_bodies + off)
        self._log_speed, self._speed_variance = math.log(0.9), 0.35**2
        self._overlap = 0.12
        self._seen = 0

    @property
    def typical_s(self) -> float:
        """Seconds a lone walker of usual speed breaks one beam."""
        return math.exp(self._log_bodies - self._log_speed) * self._spacing_m

    def excess(self, length_s: float, delay_s: float) -> float:
        """How many bodies longer than one body is a pulse of `length_s`, at one spacing per `delay_s`."""
        return length_s / (delay_s * math.exp(self._log_bodies)) - 1.0

    def speed_fit(self, speed_m_s: float) -> float:
        """Natural logarithm of how usual a speed is here, 0 for the most usual."""
        return -0.5 * (math.log(speed_m_s) - self._log_speed) ** 2 / max(self._speed_variance, 0.3**2)

    def heads(self, excess: float, guessed: bool = False) -> Head:
        """How many people make a pulse `excess` bodies longer than one; `guessed` when its speed is."""
        sigma = max(math.sqrt(self._variance), LEAST_SPREAD)
        if guessed:
            sigma = math.hypot(sigma, GUESSED_SPREAD)
        weights = [self._weight(people, excess, sigma) for people in range(1, MOST_PEOPLE + 1)]
        total = sum(weights)
        if total < 1e-12:
            people = 1 if excess < 0 else min(MOST_PEOPLE, 1 + math.ceil(excess / FOLLOW_MEAN))
            return Head(people=people, share=0.2, fit=WORST_FIT)
        best = max(range(MOST_PEOPLE), key=weights.__getitem__)
        return Head(people=best + 1, share=weights[best] / total, fit=max(math.log(total), WORST_FIT))

    def learn(self, length_s: float, delay_s: float, people: int) -> None:
        """Remember a crossing that was told clearly."""
        self._seen += 1
        weight = 1.0 / min(self._seen + CAUTIOUS_WALKERS, REMEMBERED_WALKERS)
        speed_off = math.log(self._spacing_m / delay_s) - self._log_speed
        self._log_speed += weight * speed_off
        self._speed_variance += weight * (speed_off**2 - self._speed_variance)
        self._overlap += weight * ((people - 1) / people - self._overlap)
        self._overlap = min(max(self._overlap, 0.03), 0.40)
        self._remember(math.log(length_s / delay_s))
        self._find_lone()

    def _remember(self, log_bodies: float) -> None:
        """Add a length to the pile, spread over the bins around it as far as bodies differ."""
        self._lengths = [count * (1.0 - 1.0 / REMEMBERED_WALKERS) for count in self._lengths]
        middle = min(max(round(log_bodies / BIN), 0), BINS - 1)
        for k in range(max(0, middle - 9), min(BINS, middle + 10)):
            self._lengths[k] += _bell((k - middle) * BIN, 0.0, LEAST_SPREAD) * BIN

    def _find_lone(self) -> None:
        """Lone walkers are the highest pile: followers who overlap scatter over longer lengths."""
        top = max(range(BINS), key=self._lengths.__getitem__)
        reach = round(LONE_WITHIN / BIN)
        near = range(max(0, top - reach), min(BINS, top + reach + 1))
        total = sum(self._lengths[k] for k in near)
        mean = sum(self._lengths[k] * k * BIN for k in near) / total
        # How much they differ shows on the short side only: nothing but a shorter body makes a shorter pulse.
        shorter = range(max(0, top - round(SHORTEST_WITHIN / BIN)), round(mean / BIN) + 1)
        total = sum(self._lengths[k] for k in shorter)
        scatter = sum(self._lengths[k] * (k * BIN - mean) ** 2 for k in shorter) / total
        self._log_bodies = mean
        self._variance = max(scatter - LEAST_SPREAD**2, LEAST_SPREAD**2)

    def _weight(self, people: int, excess: float, sigma: float) -> float:
        prior = (1.0 - self._overlap) * self._overlap ** (people - 1)
        if people == 1:
            return prior * _bell(excess, 0.0, sigma)
        if people == 2:
            return prior * max(0.0, _phi(excess / sigma) - _phi((excess - 1.0) / (3 * sigma)))
        followers = people - 1
        spread = math.sqrt(followers * FOLLOW_SPREAD**2 + (people * sigma) ** 2 / 2)
        return prior * _bell(excess, followers * FOLLOW_MEAN, spread)


def _bell(x: float, mean: float, sigma: float) -> float:
    return math.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def _phi(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2)))
