"""What a door saw of people who walked both ways on purpose in, what is wrong with the door out. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from edge.signals.passage import Beam, BeamEdge, Crossing, Outcome
from edge.signals.pulses import Pulse, PulseFormer

#: Bodies from arm to arm and from chest to back, metres; what is outside is not a body at this spacing.
BODY_M = (0.15, 0.60)
#: Depth of a usual body, metres, to guess at the true spacing.
USUAL_BODY_M = 0.26
#: Chatter that is taken as one edge, and a usual pulse, seconds; for the lengths only, never for the counts.
_BOUNCE_S, _TYPICAL_S = 0.006, 0.3
#: Both beams free for so long end what one walker did, seconds.
_REST_S = 0.15


class Way(Enum):
    """Which way everybody was asked to walk."""

    IN = "in"
    OUT = "out"


_OUTCOMES = {Way.IN: Outcome.IN, Way.OUT: Outcome.OUT}
_OPPOSITE = {Way.IN: Outcome.OUT, Way.OUT: Outcome.IN}


@dataclass(frozen=True, slots=True, kw_only=True)
class WayResult:
    """What was counted while everybody walked one way."""

    way: Way
    walked: int
    right: int
    wrong: int
    turned_back: int
    ambiguous: int

    @property
    def errors(self) -> int:
        """People miscounted: missed or made up, and counted the wrong way."""
        return abs(self.walked - self.right) + self.wrong

    @property
    def is_perfect(self) -> bool:
        """Whether everybody was counted once and the right way."""
        return self.errors == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a walk both ways came to."""

    ways: tuple[WayResult, ...]
    #: Medians over lone walkers; None where no walker broke both beams.
    speed_m_s: float | None
    body_m: float | None
    #: What to do, the most telling first; empty for a good door.
    advice: tuple[str, ...]

    @property
    def walked(self) -> int:
        """How many walked, both ways together."""
        return sum(way.walked for way in self.ways)

    @property
    def errors(self) -> int:
        """How many of them were miscounted."""
        return sum(way.errors for way in self.ways)

    @property
    def is_good(self) -> bool:
        """Whether everybody was counted once and the right way."""
        return all(way.is_perfect for way in self.ways)


@dataclass(slots=True)
class _Seen:
    way: Way
    edges: Counter[Beam] = field(default_factory=Counter)
    counted: Counter[Outcome] = field(default_factory=Counter)


class DoorTrial:
    """Follows a trial: edges and crossings as they come, first one way, then the other."""

    def __init__(self, spacing_m: float, turn_round: str = "swap outer_pin and inner_pin") -> None:
        """`turn_round`: what to change in the node file when in is counted as out."""
        self._spacing_m = spacing_m
        self._turn_round = turn_round
        self._formers = {beam: PulseFormer(_BOUNCE_S) for beam in Beam}
        self._pulses: dict[Beam, list[Pulse]] = {beam: [] for beam in Beam}
        self._seen: list[_Seen] = []
        self._lags_s: list[float] = []
        self._blocked_s: list[float] = []

    def begin(self, way: Way) -> None:
        """From now on everybody walks this way."""
        self._seen.append(_Seen(way))

    def edge(self, edge: BeamEdge) -> None:
        """A beam changed; in time order."""
        self._rest(edge.t_s)
        self._pulses[edge.beam] += self._formers[edge.beam].feed(edge.t_s, edge.broken, _TYPICAL_S)
        if self._seen and edge.broken:
            self._seen[-1].edges[edge.beam] += 1

    def crossing(self, crossing: Crossing) -> None:
        """The decoder told what it made of them."""
        if self._seen:
            self._seen[-1].counted[crossing.outcome] += max(crossing.people, 1)

    def counted(self, outcome: Outcome) -> int:
        """How many of this outcome since the last `begin`."""
        return self._seen[-1].counted[outcome] if self._seen else 0

    def result(self, walked: int) -> TrialResult:
        """What it came to when `walked` people walked each way."""
        self._rest(float("inf"))
        ways = tuple(_judge(seen, walked) for seen in self._seen)
        lag_s = median(self._lags_s) if self._lags_s else None
        speed_m_s = self._spacing_m / lag_s if lag_s else None
        body_m = speed_m_s * median(self._blocked_s) if speed_m_s and self._blocked_s else None
        edges: Counter[Beam] = Counter()
        for seen in self._seen:
            edges.update(seen.edges)
        advice = list(_advise(ways, edges, self._spacing_m, body_m)) if edges else []
        right, wrong = sum(way.right for way in ways), sum(way.wrong for way in ways)
        if wrong > right:
            advice.insert(0, f"the door is the wrong way round: {self._turn_round} in the node file")
        if not edges and not right and not wrong:
            advice = ["nobody was seen: check the supply of the receivers and both pins"]
        return TrialResult(ways=ways, speed_m_s=speed_m_s, body_m=body_m, advice=tuple(advice))

    def _rest(self, now_s: float) -> None:
        """Close an episode when both beams have been free for a while."""
        for beam, former in self._formers.items():
            self._pulses[beam] += former.settle(now_s)
        ends_s = [pulse.end_s for row in self._pulses.values() for pulse in row]
        is_free = all(former.broken_since_s is None for former in self._formers.values())
        if ends_s and is_free and now_s > max(ends_s) + _REST_S:
            self._measure()

    def _measure(self) -> None:
        """How long a lone walker took from beam to beam, and broke each. Not asked of the decoder: with a
        wrong spacing it may tell nothing.
        """
        pulses, self._pulses = self._pulses, {beam: [] for beam in Beam}
        if any(len(row) != 1 for row in pulses.values()):
            return
        (outer,), (inner,) = pulses[Beam.OUTER], pulses[Beam.INNER]
        self._lags_s.append((abs(inner.start_s - outer.start_s) + abs(inner.end_s - outer.end_s)) / 2)
        self._blocked_s.append((outer.length_s + inner.length_s) / 2)


def _judge(seen: _Seen, walked: int) -> WayResult:
    return WayResult(
        way=seen.way,
        walked=walked,
        right=seen.counted[_OUTCOMES[seen.way]],
        wrong=seen.counted[_OPPOSITE[seen.way]],
        turned_back=seen.counted[Outcome.TURNED_BACK],
        ambiguous=seen.counted[Outcome.AMBIGUOUS],
    )


def _advise(
    ways: Sequence[WayResult],
    edges: Counter[Beam],
    spacing_m: float,
    body_m: float | None,
) -> list[str]:
    walked = sum(way.walked for way in ways)
    # A beam that sees less than a quarter of what the other one sees is as good as blind.
    for beam, other in ((Beam.OUTER, Beam.INNER), (Beam.INNER, Beam.OUTER)):
        if edges[beam] * 4 < edges[other]:
            return [
                f"the {beam.value} beam is blind: broken {edges[beam]} times, the {other.value} one "
                f"{edges[other]} times; check its wire and `{beam.value}_pin`, and aim it again"
            ]
    advice = []
    if body_m is not None and not BODY_M[0] <= body_m <= BODY_M[1]:
        spacing = spacing_m * USUAL_BODY_M / body_m
        advice.append(
            f"people measure {body_m * 100:.0f} cm from chest to back with spacing_m = {spacing_m:g}: "
            f"measure between the beams (about {spacing:.2f} m?), and put both at the same height"
        )
    if not advice and sum(way.right for way in ways) >= sum(way.wrong for way in ways):
        missed = sum(max(way.walked - way.right - way.wrong, 0) for way in ways)
        extra = sum(max(way.right + way.wrong - way.walked, 0) for way in ways)
        if extra:
            advice.append(
                f"{extra} counted too many: arms or bags below the chest, or a swinging door leaf in the "
                "beams; move them to 1.1 to 1.4 m and out of the leaf's way"
            )
        if missed:
            advice.append(
                f"{missed} of {walked} were missed: walk one at a time, an arm's length apart; then check "
                "that both beams are broken together while somebody stands between the posts"
            )
    return advice
