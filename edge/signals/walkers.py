"""What is known of the people at one door, learned as they pass: bodies, speeds, company. Pure."""

import math
from collections.abc import Sequence

#: How much the length of a body is in doubt at first (natural logarithm).
DOUBT = 0.13
#: How much the lengths of lone bodies may differ, as the beams see them, and how likely each is at first.
SPREADS = {0.05: 0.3, 0.08: 0.4, 0.12: 0.2, 0.17: 0.1}
#: Lengths of a body that a door considers: steps (natural logarithm) to each side of `torso_m`.
STEP, STEPS = 0.03, 22
#: Who carries something on their back: how much longer than others (natural logarithm), and its variance. …
#: Source: 0.10 to 0.20 m of a rucksack behind a torso of 0.26 m.
LADEN, LADEN_VARIANCE = 0.42, 0.02
#: The share of people who do, where nobody follows closely; as if so many had been seen.
LADEN_SHARE, LADEN_SEEN = 0.02, 20.0
#: Per second after somebody: from how many who come the same way a long pulse is rather two than one laden.
CROWD_PER_S = 0.05
#: Per second after somebody, once the beams are free: who comes the same way, seen for so many seconds.
NEAR_PER_S, NEAR_SEEN_S = 0.4, 8.0
#: Where everybody comes alone, so much of those who seem to follow closely is believed.
LEAST_FOLLOW = 0.2
#: Shares of pulses that hold several, and of pulses that say nothing of a body.
SEVERAL, ODD = 0.15, 0.03
#: Metres per second usual in a door, and their spread (natural logarithm).
SPEED_M_S, SPEED_SPREAD, LEAST_SPEED_SPREAD = 0.9, 0.40, 0.25
#: First walkers who change what a door believes of speeds only a little, and walkers a door remembers.
CAUTIOUS_WALKERS, REMEMBERED_WALKERS = 20, 200
#: Of people: who turn back; as if so many had been seen. More than the 3 % who do (issue 3): of two stories
#: only the likelier is told, so what is rare would be told too seldom. Tuned on half of the recorded runs.
TURNED, TURNED_SEEN = 0.08, 300.0
#: Things that hold a beam, as a door's leaf does, beside people; as if so many people had been seen.
THINGS, THINGS_SEEN = 0.003, 30.0
#: Share of things that leave a beam while somebody hides it; as if so many things had been seen.
UNSEEN, UNSEEN_SEEN = 0.3, 5.0
#: Per second within a body's length behind somebody: who follows there; as if so many seconds had been seen.
FOLLOW_PER_S, FOLLOW_SEEN_S = 0.4, 4.0
#: Per second while somebody is in the door: who meets them; as if so many seconds had been seen.
MEET_PER_S, MEET_SEEN_S = 0.008, 60.0
#: Seconds after somebody within which the next from the other side tells how often people meet.
MEET_WITHIN_S = 1.0


class Walkers:
    """What one door has learned from those who passed it so far."""

    def __init__(self, spacing_m: float, torso_m: float) -> None:
        self._spacing_m = spacing_m
        self._first = math.log(torso_m / spacing_m) - STEP * STEPS
        # A body must break both beams together.
        self._odds = {
            spread: [
                math.log(share) - 0.5 * (STEP * (k - STEPS) / DOUBT) ** 2
                if self._first + STEP * k > 0.0
                else -math.inf
                for k in range(2 * STEPS + 1)
            ]
            for spread, share in SPREADS.items()
        }
        self._log_speed, self._speed_variance = math.log(SPEED_M_S), SPEED_SPREAD**2
        self._seen = 0
        self._turned = self._people = self._followed = self._followed_s = self._met = self._met_s = 0.0
        self._laden = self._alone = self._near = self._near_s = 0.0
        self._things, self._beside = [0.0] * 6, 0.0
        self._summarise()

    def _summarise(self) -> None:
        best = max(map(max, self._odds.values()))
        total = mean = square = scatter = 0.0
        for spread, row in self._odds.items():
            for k, odds in enumerate(row):
                if odds > best - 20.0:
                    weight = math.exp(odds - best)
                    total += weight
                    mean += weight * k
                    square += weight * k * k
                    scatter += weight * spread**2
        mean /= total
        #: Natural logarithm of the length of a body in spacings, and the variance of one walker's about it.
        self.log_bodies = self._first + STEP * mean
        self.body_variance = scatter / total + STEP**2 * max(square / total - mean**2, 0.0)
        #: Natural logarithm of the seconds a walker needs from beam to beam, and its variance.
        self.log_delay = math.log(self._spacing_m) - self._log_speed
        self.delay_variance = max(self._speed_variance, LEAST_SPEED_SPREAD**2)
        self._summarise_company()

    def _summarise_company(self) -> None:
        #: Share of people who turn back.
        self.turned = (TURNED * TURNED_SEEN + self._turned) / (TURNED_SEEN + self._people)
        #: Per second: who comes from the other side, and who follows closely. Where nobody is seen to come
        #: soon after somebody, hardly anybody overlaps them.
        self.meet_per_s = (MEET_PER_S * MEET_SEEN_S + self._met) / (MEET_SEEN_S + self._met_s)
        #: Things beside people: that come to hold the outer beam, the inner one, when it is free; …
        #: and that come to either while somebody hides it.
        self.things = [
            min((THINGS * THINGS_SEEN + things) / (THINGS_SEEN + self._beside), 1.0)
            for things in self._things[:4]
        ]
        outer, inner, late_outer, late_inner, *unseen = self._things
        #: Share of the things on each beam that leave it while somebody hides it.
        self.unseen = [
            (UNSEEN * UNSEEN_SEEN + share) / (UNSEEN_SEEN + things)
            for share, things in zip(unseen, (outer + late_outer, inner + late_inner), strict=True)
        ]
        near_per_s = (NEAR_PER_S * NEAR_SEEN_S + self._near) / (NEAR_SEEN_S + self._near_s)
        #: How far a door is one where people come alone, 0 to 1.
        self.lonely = 1.0 / (1.0 + (near_per_s / CROWD_PER_S) ** 2)
        followers_per_s = (FOLLOW_PER_S * FOLLOW_SEEN_S + self._followed) / (FOLLOW_SEEN_S + self._followed_s)
        self.follow_per_s = followers_per_s * max(1.0 - self.lonely, LEAST_FOLLOW)
        #: Share of people who carry something on their back.
        self.laden = self.lonely * (LADEN_SHARE * LADEN_SEEN + self._laden) / (LADEN_SEEN + self._alone)

    @property
    def typical_s(self) -> float:
        """Seconds a lone walker of usual speed breaks one beam."""
        return math.exp(self.log_bodies + self.log_delay)

    def learn_body(self, log_bodies: float, delay_s: float) -> None:
        """Remember a pulse of walkers: its length in spacings (natural logarithm) and its delay.

        Whether one or several made it is left open: what shows again and again is the length of one.
        """
        self._seen += 1
        weight = 1.0 / min(self._seen + CAUTIOUS_WALKERS, REMEMBERED_WALKERS)
        speed_off = math.log(self._spacing_m / delay_s) - self._log_speed
        self._log_speed += weight * speed_off
        self._speed_variance += weight * (min(speed_off**2, 1.0) - self._speed_variance)
        fade = 1.0 - 1.0 / REMEMBERED_WALKERS
        for spread, row in self._odds.items():
            lone = (1.0 - SEVERAL - ODD) * (1.0 - self.laden) / (spread * 2.5066282746310002)
            wide = LADEN_VARIANCE + spread**2
            laden = (1.0 - SEVERAL - ODD) * self.laden / math.sqrt(math.tau * wide)
            for k, odds in enumerate(row):
                off = log_bodies - self._first - STEP * k
                several = SEVERAL * 1.25 if 0.1 < off < 0.9 else 0.0
                row[k] = fade * odds + math.log(
                    lone * math.exp(-0.5 * (off / spread) ** 2)
                    + laden * math.exp(-0.5 * (off - LADEN) ** 2 / wide)
                    + several
                    + ODD * 0.3
                )
        self._summarise()

    def learn_laden(self, log_bodies: float, alone: float) -> None:
        """Remember whether a pulse was somebody laden; `alone`: how likely it was one person."""
        off = log_bodies - self.log_bodies
        laden = self.laden * math.exp(log_bell(off - LADEN, LADEN_VARIANCE + self.body_variance))
        plain = (1.0 - self.laden) * math.exp(log_bell(off, self.body_variance))
        fade = 1.0 - 1.0 / REMEMBERED_WALKERS
        alone *= self.lonely
        self._laden = fade * self._laden + alone * laden / (laden + plain + 1e-9)
        self._alone = fade * self._alone + alone
        self._summarise_company()

    def learn_things(self, people: int, things: Sequence[float], alone: Sequence[bool]) -> None:
        """Remember an episode: who came, how many things of each kind, and which beam alone was broken.

        The kinds are those of `things`, then those of `unseen`.
        """
        fade = 1.0 - max(min(people, 10), 1) / REMEMBERED_WALKERS
        self._beside = fade * self._beside + people
        self._things = [fade * before + more for before, more in zip(self._things, things, strict=True)]
        # People turn back at either beam, a leaf swings through one: what both show is people.
        for beam in (0, 1):
            self._things[beam] = max(self._things[beam] - alone[1 - beam], 0.0)
        self._summarise_company()

    def learn_gap(self, gap_s: float, is_opposed: bool) -> None:
        """Remember after how long the next came, and whether from the other side.

        Those who just missed each other tell how often people meet, whatever becomes of those who did.
        """
        fade = 1.0 - 1.0 / REMEMBERED_WALKERS
        self._met_s = fade * self._met_s + min(max(gap_s, 0.0), MEET_WITHIN_S)
        self._met = fade * self._met + (is_opposed and 0.0 < gap_s < MEET_WITHIN_S)
        self._near_s = fade * self._near_s + min(max(gap_s, 0.0), MEET_WITHIN_S)
        self._near = fade * self._near + (not is_opposed and 0.0 < gap_s < MEET_WITHIN_S)
        self._summarise_company()

    def learn_company(self, people: int, turned: float, followers: float) -> None:
        """Remember an episode: how many came, how many of them turned back or followed closely."""
        fade = 1.0 - min(people, 10) / REMEMBERED_WALKERS
        followed_s = people * self.typical_s
        self._turned, self._people = fade * self._turned + turned, fade * self._people + people
        self._followed, self._followed_s = (
            fade * self._followed + followers,
            fade * self._followed_s + followed_s,
        )
        self._summarise_company()


def bell(off: float, spread: float) -> float:
    """Density of the normal distribution."""
    return math.exp(-0.5 * (off / spread) ** 2) / (spread * 2.5066282746310002)


def log_bell(off: float, variance: float) -> float:
    """Its natural logarithm."""
    return -0.5 * (off * off / variance + math.log(variance)) - 0.9189385332046727


def below(z: float) -> float:
    """Probability that a standard normal value is below `z`."""
    return 0.5 * math.erfc(-z * 0.7071067811865476)


def log_sum(values: Sequence[float]) -> float:
    """Natural logarithm of the sum of exponentials."""
    best = max(values)
    return best + math.log(sum(math.exp(value - best) for value in values))
