"""The pulses of both beams in, crossings out, each with how sure it is; learns from what it tells. Pure."""

import math
from collections.abc import Sequence
from dataclasses import replace

from edge.signals.crossing import Crossing, Outcome, PassageSettings
from edge.signals.pulses import Beam, Pulse
from edge.signals.stories import Stories
from edge.signals.story import Told
from edge.signals.tally import Tally
from edge.signals.walkers import Walkers

#: Longest took_s that a crossing can carry, seconds.
LONGEST_S = 59.999
#: Longest that somebody stands in a door and is still counted, seconds; how sure that they are one person.
LONGEST_STAND_S, STOOD = 30.0, 0.6
#: Slower than this, metres per second, nobody comes or goes.
SLOWEST_M_S = 0.2
#: No crossing is surer than this: two abreast are one to the beams.
SUREST = 0.99
#: A lone pulse teaches a body's length only if the delays at both its ends are alike (natural logarithm).
ALIKE = 0.7

_BEAMS = (Beam.OUTER, Beam.INNER)


class Episode:
    """What happens from the first beam broken until both are free for good."""

    def __init__(self, walkers: Walkers, settings: PassageSettings) -> None:
        self._walkers = walkers
        self._settings = settings
        self._stories = Stories(walkers)
        self._tally = Tally()
        self._last: Told | None = None
        #: Length of a lone pulse, in spacings (natural logarithm), that is being explained.
        self._lone: float | None = None
        #: Whether the outer beam alone, the inner one alone was broken in what is being explained.
        self._alone = (False, False)
        self._pulses: dict[Beam, list[Pulse]] = {beam: [] for beam in Beam}
        self._is_rise_fed = {beam: False for beam in Beam}

    @property
    def pulses(self) -> list[Pulse]:
        """Those not yet explained."""
        return [pulse for row in self._pulses.values() for pulse in row]

    def add(self, beam: Beam, pulses: Sequence[Pulse]) -> None:
        """Pulses of one beam that have ended."""
        self._pulses[beam] += pulses

    def forget(self, most: int) -> None:
        """Keep only the last pulses of each beam."""
        for beam, row in self._pulses.items():
            if len(row) > most:
                del row[:-most]
                self._is_rise_fed[beam] = False

    def explain(self, until_s: float) -> list[Crossing]:
        """What the edges before a time tell."""
        self._teach(until_s)
        outer, inner = (bool(self._pulses[beam]) or self._is_rise_fed[beam] for beam in _BEAMS)
        self._alone = (outer and not inner, inner and not outer)
        edges = []
        for number, beam in enumerate(_BEAMS):
            for k, pulse in enumerate(self._mended(beam)):
                if not (k == 0 and self._is_rise_fed[beam]):
                    edges.append((pulse.start_s, number, True, pulse.start_seen))
                edges.append((pulse.end_s, number, False, pulse.end_seen))
        # A beam freed and a beam broken at one moment: they overlapped.
        edges.sort(key=lambda edge: (edge[0], not edge[2]))
        for t_s, number, broken, seen in edges:
            if t_s >= until_s:
                break
            self._stories.feed(t_s, number, broken, seen)
            beam = _BEAMS[number]
            self._is_rise_fed[beam] = broken
            if not broken:
                del self._pulses[beam][0]
        return self._tell()

    def stood(self) -> list[Crossing] | None:
        """Who stood between the beams and went on the same way, if the path proves it.

        None where more than one body may have been there.
        """
        outer, inner = (self._pulses[beam] for beam in _BEAMS)
        if len(outer) != 1 or len(inner) != 1 or any(self._is_rise_fed.values()):
            return None
        (a,), (b,) = outer, inner
        start_s, end_s = min(a.start_s, b.start_s), max(a.end_s, b.end_s)
        came_s, left_s = b.start_s - a.start_s, b.end_s - a.end_s
        settings = self._settings
        quickest_s, slowest_s = (settings.spacing_m / speed for speed in (settings.fastest_m_s, SLOWEST_M_S))
        is_plain = a.start_seen and a.end_seen and b.start_seen and b.end_seen
        if not is_plain or came_s * left_s <= 0.0 or end_s - start_s > LONGEST_STAND_S:
            return []
        if not all(quickest_s <= abs(delay_s) <= slowest_s for delay_s in (came_s, left_s)):
            return []
        outcome = Outcome.IN if came_s > 0 else Outcome.OUT
        return [_crossing(Told(outcome, 1, start_s, end_s), STOOD)]

    def _tell(self) -> list[Crossing]:
        ways = self._stories.ways()
        told = self._tally.choose(ways)
        crossings = [_crossing(one, sum(share for way, share in ways if one in way)) for one in told]
        if told:
            people = sum(one.people for one in told)
            self._walkers.learn_company(people, *self._stories.expected())
            self._walkers.learn_things(people, self._stories.things(), self._alone)
        if self._lone is not None:
            alone = sum(share for way, share in ways if sum(one.people for one in way) == 1)
            self._walkers.learn_laden(self._lone, alone)
            self._lone = None
        self._learn_gaps(told)
        self._stories.settle(told)
        return sorted(crossings, key=lambda crossing: crossing.t_s)

    def _learn_gaps(self, told: Sequence[Told]) -> None:
        for one in sorted(told, key=lambda one: one.start_s):
            if one.outcome not in (Outcome.IN, Outcome.OUT):
                continue
            if self._last is not None:
                gap_s = one.start_s - self._last.end_s
                self._walkers.learn_gap(gap_s, one.outcome is not self._last.outcome)
            self._last = one

    def _mended(self, beam: Beam) -> list[Pulse]:
        """The pulses, whose lost edges are guessed better where the other beam saw the same walker."""
        rows = list(self._pulses[beam])
        (other,) = (self._pulses[one] for one in Beam if one is not beam)
        for k, pulse in enumerate(rows):
            if pulse.start_seen and pulse.end_seen:
                continue
            # An edge that was seen lies near the same edge of the other beam.
            near = [twin for twin in other if twin.start_seen and twin.end_seen]
            if pulse.start_seen:
                near = [twin for twin in near if abs(twin.start_s - pulse.start_s) < self._walkers.typical_s]
                if near:
                    twin = min(near, key=lambda twin: abs(twin.start_s - pulse.start_s))
                    end_s = pulse.start_s + twin.length_s
                    if k + 1 < len(rows):
                        end_s = min(end_s, rows[k + 1].start_s)
                    rows[k] = replace(pulse, end_s=end_s)
            else:
                near = [twin for twin in near if abs(twin.end_s - pulse.end_s) < self._walkers.typical_s]
                if near:
                    twin = min(near, key=lambda twin: abs(twin.end_s - pulse.end_s))
                    start_s = pulse.end_s - twin.length_s
                    if k > 0:
                        start_s = max(start_s, rows[k - 1].end_s)
                    rows[k] = replace(pulse, start_s=start_s)
        return rows

    def _teach(self, until_s: float) -> None:
        """Learn the length of a body from an episode of one pulse on each beam, one after the other."""
        outer, inner = (self._pulses[beam] for beam in _BEAMS)
        if len(outer) != 1 or len(inner) != 1 or any(self._is_rise_fed.values()):
            return
        a, b = outer[0], inner[0]
        if not (a.start_seen and a.end_seen and b.start_seen and b.end_seen):
            return
        lead_s, trail_s = b.start_s - a.start_s, b.end_s - a.end_s
        if lead_s * trail_s <= 0.0 or max(a.end_s, b.end_s) >= until_s:
            return
        lead_s, trail_s = abs(lead_s), abs(trail_s)
        delay_s = math.sqrt(lead_s * trail_s)
        settings = self._settings
        if (
            abs(math.log(lead_s / trail_s)) < ALIKE
            and settings.spacing_m / settings.fastest_m_s
            < delay_s
            < settings.spacing_m / settings.slowest_m_s
        ):
            self._lone = math.log((a.length_s + b.length_s) / 2 / delay_s)
            self._walkers.learn_body(self._lone, delay_s)


def _crossing(told: Told, share: float) -> Crossing:
    return Crossing(
        outcome=told.outcome,
        people=told.people,
        t_s=told.end_s,
        took_s=min(max(told.end_s - told.start_s, 0.0), LONGEST_S),
        confidence=min(max(share, 0.0), SUREST),
    )
