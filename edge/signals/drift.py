"""How far a post's people have moved from its reference in, what to tell of it out, going and coming once.

Pure. Everything is told on two limits, one to name and a lower one to take back, so that nothing flickers.
"""

from dataclasses import dataclass

from edge.signals.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a post has moved from its reference; only a blackbody tells instrument from weather."""

    #: °C at 24 °C of air; None before enough people came.
    reference_c: float | None
    #: Median of the newest people who were not cold, minus the reference, °C; None before enough people came.
    moved_c: float | None
    #: The move is too large for chance, or the post needs recalibration. A morning's weather is named too.
    is_shifted: bool
    #: It is shifted now, and was, the same way, when the last session ended: hardly the weather of one
    #: morning. Sessions before a restart do not count.
    is_lasting: bool
    #: A crowd of one kind, the cold ones in it, shows further from the reference than the level may follow;
    #: or the reference itself is further from any forehead than instruments differ.
    needs_recalibration: bool
    #: Share of the newest people who were too cold to screen, 0-1.
    cold_share: float
    #: °C beyond which a move is named at this post.
    named_c: float
    #: Mornings the reference has been learned from; at `ReferenceSettings.mornings` it stands.
    mornings: int

    @property
    def shift_c(self) -> float:
        """What is named, °C; 0 while nothing is."""
        return self.moved_c if self.is_shifted and self.moved_c is not None else 0.0


class DriftWatch:
    """What is named of one post."""

    def __init__(self, reference: Reference, named_people: int, back_c: float) -> None:
        """`named_people`, `back_c`: as in `ReferenceSettings`."""
        self._reference = reference
        self._named_people, self._back_c = named_people, back_c
        self._is_shifted = False
        #: People counted when the post was last where it should be.
        self._off_since = 0
        self._is_beyond = False
        #: °C the last session ended shifted by; 0: it did not.
        self._was_shifted_by = 0.0

    @property
    def is_shifted(self) -> bool:
        """The post has moved further than chance, for longer than chance."""
        return self._is_shifted or self._is_beyond

    @property
    def needs_recalibration(self) -> bool:
        """The post has moved further than its level may follow."""
        return self._is_beyond

    def note(self, people: int, moved_c: float | None, beyond_c: float | None) -> None:
        """Look at the post after `people` in all; `beyond_c`: by how much it is past the level's limit.

        None: nothing can be said.
        """
        is_off = moved_c is not None and self._reference.is_off(moved_c, self._is_shifted)
        if not is_off:
            self._off_since = people
        stood = people - self._off_since >= self._named_people
        self._is_shifted = is_off and (self._is_shifted or stood)
        self._is_beyond = beyond_c is not None and beyond_c > (-self._back_c if self._is_beyond else 0.0)

    def end_session(self, moved_c: float | None) -> None:
        """Remember how the session ended."""
        self._was_shifted_by = (moved_c or 0.0) if self._is_shifted else 0.0

    def is_lasting(self, session_moved_c: float | None) -> bool:
        """Whether this session alone, moved so far, shows again what the last one ended with."""
        return (
            self._is_shifted
            and session_moved_c is not None
            and session_moved_c * self._was_shifted_by > 0.0
            and self._reference.is_off(session_moved_c, was_named=False)
        )
