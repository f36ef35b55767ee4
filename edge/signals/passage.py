"""Edges of a door's two beams in, crossings (who went in, out, or turned back) out, as they happen. Pure."""

from collections.abc import Iterable

from edge.signals.crossing import Crossing, Outcome, PassageSettings
from edge.signals.episodes import LONGEST_S, Episode
from edge.signals.pulses import Beam, BeamEdge, PulseFormer
from edge.signals.walkers import Walkers

__all__ = ["Beam", "BeamEdge", "Crossing", "Outcome", "PassageDecoder", "PassageSettings", "decode"]

#: Pulses of one beam remembered behind an obstruction, in case it turns out to be a lost edge.
MOST_WHILE_OBSTRUCTED = 4


def decode(edges: Iterable[BeamEdge], settings: PassageSettings) -> list[Crossing]:
    """All crossings of a whole trace in time order; a beam still broken at its end is an obstruction."""
    decoder = PassageDecoder(settings)
    crossings: list[Crossing] = []
    last_s: float | None = None
    for edge in edges:
        crossings += decoder.feed(edge)
        last_s = edge.t_s
    if last_s is not None:
        crossings += decoder.advance(last_s + settings.rest_s + settings.obstructed_after_s)
    return crossings


class PassageDecoder:
    """Counts the people at one door, live: it knows only the edges so far.

    An episode lasts from the first beam broken until both have been free for `rest_s`; it is then explained
    as a whole.
    """

    def __init__(self, settings: PassageSettings) -> None:
        self._settings = settings
        self._walkers = Walkers(settings.spacing_m, settings.torso_m)
        self._formers = {beam: PulseFormer(settings.bounce_s) for beam in Beam}
        self._episode = Episode(self._walkers, settings)
        self._now_s = float("-inf")
        self._last_edge_s = float("-inf")
        self._obstructed_s: float | None = None

    def feed(self, edge: BeamEdge) -> list[Crossing]:
        """Take an edge, in time order; gives what was decided before it.

        Raises ValueError when its time is not a number, or lies before what the decoder has already seen.
        """
        crossings = self.advance(edge.t_s)
        former = self._formers[edge.beam]
        self._episode.add(edge.beam, former.feed(edge.t_s, edge.broken, self._walkers.typical_s))
        self._last_edge_s = edge.t_s
        return crossings

    def advance(self, now_s: float) -> list[Crossing]:
        """Let time pass without an edge, in the edges' clock: ends episodes, notices obstructions."""
        if not self._now_s <= now_s < float("inf"):
            raise ValueError(f"time must be finite and not go back below {self._now_s} s, got {now_s} s")
        self._now_s = now_s
        ended = False
        for beam, former in self._formers.items():
            pulses = former.settle(now_s)
            self._episode.add(beam, pulses)
            ended = ended or bool(pulses)
        since_s = [t_s for former in self._formers.values() if (t_s := former.broken_since_s) is not None]
        if since_s:
            return self._watch_broken(since_s, ended)
        return self._close() if all(former.is_settled for former in self._formers.values()) else []

    def _watch_broken(self, since_s: list[float], ended: bool) -> list[Crossing]:
        """Some beam is broken: say so when it lasts too long, and do not keep an endless stream waiting."""
        settings = self._settings
        silent_s = self._last_edge_s + settings.obstructed_after_s
        stuck_s = min(since_s) + settings.stuck_after_s
        if self._obstructed_s is None and self._now_s >= min(silent_s, stuck_s):
            self._obstructed_s = min(silent_s, stuck_s)
            # Whoever came after a pulse still running may yet turn out to belong to it.
            return [
                *self._episode.explain(min(since_s)),
                _notice(Outcome.OBSTRUCTED, self._obstructed_s, self._obstructed_s - min(since_s)),
            ]
        if not ended:
            return []
        if self._obstructed_s is not None:
            self._episode.forget(MOST_WHILE_OBSTRUCTED)
            return []
        pulses = self._episode.pulses
        if min(pulse.start_s for pulse in pulses) + settings.stream_s < self._now_s:
            return self._episode.explain(min(since_s))
        return []

    def _close(self) -> list[Crossing]:
        """Both beams are free: when they have rested, explain the episode."""
        pulses = self._episode.pulses
        if not pulses or self._now_s < max(pulse.end_s for pulse in pulses) + self._settings.rest_s:
            return []
        end_s = max(pulse.end_s for pulse in pulses)
        obstructed_s, self._obstructed_s = self._obstructed_s, None
        stood = self._episode.stood()
        told = self._episode.explain(float("inf"))
        if obstructed_s is None:
            return told
        # Of what was told while a beam was stuck, only what that does not touch; or the one who stood there.
        if stood is None:
            stood = [c for c in told if not c.t_s - c.took_s <= obstructed_s < c.t_s]
        return [*stood, _notice(Outcome.CLEARED, end_s, end_s - obstructed_s)]


def _notice(outcome: Outcome, t_s: float, took_s: float) -> Crossing:
    return Crossing(
        outcome=outcome, people=0, t_s=t_s, took_s=min(max(took_s, 0.0), LONGEST_S), confidence=1.0
    )
