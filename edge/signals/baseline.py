"""People's air-compensated foreheads in, the level of this post out: a running median that may be doubted.

Pure. Each person is in it once, however often they tried; also who is cold or feverish, or the level would
follow whoever is left. A crowd of one kind near the post's reference (reference.py) is believed and followed.
A crowd of two kinds (crowd.py) is not: the level stays. A crowd that is narrow, but further below the
reference than a hall or an instrument goes in a night, may be people out of the frost or an instrument that
fell, and nobody here can tell: then fever is looked for over the crowd, cold under the reference; few pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from edge.signals.baseline_settings import BaselineSettings
from edge.signals.crowd import Crowd, crowd_of
from edge.signals.drift import Drift, DriftWatch
from edge.signals.level_memory import LevelMemory, packed, unpacked
from edge.signals.reference import Morning, Reference

#: People between two looks at the drift.
_SHIFT_EVERY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a forehead is compared with. The two differ only while the crowd is doubted."""

    #: °C over which fever is looked for.
    fever_c: float
    #: °C under which cold is looked for; never less than `fever_c`.
    cold_c: float
    #: There is frost outside: many of the newest people were cold.
    is_frosty: bool


@dataclass(slots=True)
class _Person:
    serial: int
    value_c: float
    is_cold: bool


class Baseline:
    """The running level of one post."""

    def __init__(self, settings: BaselineSettings, kept: Sequence[float] = ()) -> None:
        self._settings = settings
        memory = unpacked(kept)
        self._reference = Reference(settings.reference, memory.mornings)
        values = [*memory.noted, *memory.unnoted]
        self._people = [_Person(serial=i, value_c=value, is_cold=False) for i, value in enumerate(values)]
        self._serial = len(values)
        #: The first serial of this session.
        self._session_from = len(memory.noted)
        #: The first serial of what the reference is taught next: of this session, or later in a long one.
        self._morning_from = self._session_from
        self._morning: Morning | None = None
        #: The last level that was believed; None on a fresh post.
        self._believed_c: float | None = self._reference.level_c
        self._last_t_s: float | None = None
        learning = settings.reference
        self._drift = DriftWatch(self._reference, learning.named_people, learning.back_c)
        #: Of the session without one person; emptied whenever somebody's value changes.
        self._crowds: dict[int | None, tuple[list[float], Crowd | None]] = {}
        if len(memory.unnoted) >= settings.start_people:
            self._note_level(self._crowd(None))
            self._begin_session()
        if len(values) >= settings.start_people and self._reference.level_c is not None:
            # Within a day of a restart, what people showed last says more than the reference.
            self._note_level(self._crowd_of(values[-settings.window_people :]))
        if self._believed_c is not None:
            for person in self._people:
                person.is_cold = person.value_c < self._believed_c - settings.cold_under_c
        self._note_shift()

    @property
    def kept(self) -> tuple[float, ...]:
        """What to keep across restarts; names nobody: mornings, then the newest people."""
        people = self._people[-self._settings.drift_people :]
        from_serial = self._serial if self._morning is not None else self._morning_from
        return packed(
            LevelMemory(
                mornings=self._mornings_so_far(),
                noted=tuple(person.value_c for person in people if person.serial < from_serial),
                unnoted=tuple(person.value_c for person in people if person.serial >= from_serial),
            )
        )

    @property
    def reference_c(self) -> float | None:
        """The level this post has had over its mornings; None before enough people came."""
        if self._reference.level_c is not None:
            return self._reference.level_c
        return None if self._morning is None else self._morning.level_c

    @property
    def is_local(self) -> bool:
        """Whether the level was measured at this post, by enough people, not guessed from elsewhere."""
        return self._believed_c is not None

    @property
    def is_mixed(self) -> bool:
        """Whether the crowd, the cold among them, is of two kinds."""
        crowd = self._crowd(None)
        return crowd is not None and crowd.is_mixed

    @property
    def scale(self) -> float:
        """What limits over the level are multiplied by at this post."""
        if self._reference.mornings or self._morning is None:
            return self._reference.scale
        # The first morning of a post: half of it is known.
        return Reference(self._settings.reference, (self._morning,)).scale

    def people(self, but: int | None = None) -> int:
        """How many people this session's level rests on, not counting the person `but`."""
        return len(self._session(but))

    def level_c(self, but: int | None = None) -> float:
        """The level now, from everybody but the person `but`: nobody is compared with themselves."""
        return self.level(but).fever_c

    def level(self, but: int | None = None) -> Level:
        """What to compare the person `but` with."""
        settings = self._settings
        session, crowd = self._newest(but)
        raw = self._raw_level_c(crowd)
        reference = self.reference_c
        if reference is None:
            fever = cold = _within(raw, settings.prior_c, settings.reference_limit_c)
        else:
            fever = _within(raw, reference, settings.correction_limit_c)
            cold = max(fever, self._cold_level_c(min(raw, fever), reference))
            if len(session) < settings.start_people and self._reference.level_c is not None:
                # The first of a morning: nothing yet tells a cold crowd from a cool instrument.
                cold = max(cold, reference)
        return Level(fever_c=fever, cold_c=cold, is_frosty=self._is_frosty(session, fever))

    def arrive(self, t_s: float) -> int:
        """The serial to enter a new person's value under; they came at `t_s`, only its differences count."""
        if self._last_t_s is not None:
            since_s = t_s - self._last_t_s
            is_gap = since_s >= self._settings.session_gap_s or since_s <= -self._settings.clock_back_s
            # Fewer people than a start are no session of their own: rare visitors share one.
            if is_gap and self.people() >= self._settings.start_people:
                self._begin_session()
        self._last_t_s = t_s
        self._serial += 1
        return self._serial - 1

    def enter(self, serial: int, value_c: float, *, is_cold: bool) -> None:
        """Enter a person's value, or replace the one of their earlier attempts."""
        for person in reversed(self._people):
            if person.serial == serial:
                person.value_c, person.is_cold = value_c, is_cold
                self._crowds.clear()
                return
        self._people.append(_Person(serial=serial, value_c=value_c, is_cold=is_cold))
        # Twice: cold people must not push the others out of the memory of a winter morning.
        del self._people[: -2 * self._settings.drift_people]
        self._crowds.clear()
        self._note_level(self._crowd(None))
        self._note_morning()
        if serial % _SHIFT_EVERY == 0:
            self._note_shift()

    def drift(self) -> Drift:
        """How far the post has moved from its reference."""
        newest = self._people[-self._settings.window_people :]
        return Drift(
            reference_c=self.reference_c,
            moved_c=self._moved_c(),
            is_shifted=self._drift.is_shifted,
            is_lasting=self._drift.is_lasting(self._session_moved_c()),
            needs_recalibration=self._drift.needs_recalibration,
            cold_share=sum(person.is_cold for person in newest) / len(newest) if newest else 0.0,
            named_c=self._reference.named_c,
            mornings=len(self._reference.mornings),
        )

    # -- the level

    def _raw_level_c(self, crowd: Crowd | None) -> float:
        settings = self._settings
        fallback, weight = settings.prior_c, settings.prior_people
        if self._believed_c is not None:
            fallback, weight = self._believed_c, settings.fallback_people
        if crowd is None or (self._believed_c is not None and self._is_doubted(crowd)):
            return fallback
        if crowd.people >= settings.start_people:
            return crowd.level_c
        return (crowd.people * crowd.level_c + weight * fallback) / (crowd.people + weight)

    def _is_doubted(self, crowd: Crowd) -> bool:
        """Whether the crowd's median may be that of some of them only."""
        reference = self.reference_c
        is_away = reference is not None and abs(crowd.level_c - reference) > self._settings.away_c
        return crowd.is_mixed or (crowd.is_wide and is_away)

    def _cold_level_c(self, raw_c: float, reference_c: float) -> float:
        """Follows the crowd down as far as is believed, then comes back to the reference."""
        settings = self._settings
        fall = reference_c - raw_c
        doubt = (fall - settings.believed_fall_c) / (settings.correction_limit_c - settings.believed_fall_c)
        if doubt <= 0.0:
            return raw_c
        return reference_c - settings.believed_fall_c * max(1.0 - doubt, 0.0)

    def _is_frosty(self, session: Sequence[float], level_c: float) -> bool:
        settings = self._settings
        cold = sum(value < level_c - settings.cold_under_c for value in session)
        return len(session) >= settings.start_people and cold > settings.frost_share * len(session)

    def _session(self, but: int | None) -> list[float]:
        """The newest values of this session, whoever is cold or high, oldest first."""
        return self._newest(but)[0]

    def _crowd_of(self, values: Sequence[float]) -> Crowd:
        return crowd_of(values, self._reference.spread_c, self._settings.crowd)

    def _crowd(self, but: int | None) -> Crowd | None:
        return self._newest(but)[1]

    def _newest(self, but: int | None) -> tuple[list[float], Crowd | None]:
        newest = self._people[-self._settings.window_people - 1 :]
        # Who has not been entered yet changes nothing.
        key = but if any(person.serial == but for person in newest) else None
        if key not in self._crowds:
            values = [p.value_c for p in newest if p.serial >= self._session_from and p.serial != key]
            values = values[-self._settings.window_people :]
            self._crowds[key] = values, self._crowd_of(values) if values else None
        return self._crowds[key]

    # -- what is learned

    def _note_level(self, crowd: Crowd | None) -> None:
        least = self._settings.start_people if self._believed_c is None else self._settings.believed_people
        if crowd is None or crowd.people < least or self._is_doubted(crowd):
            return
        if self._is_believable(crowd.level_c):
            if self._believed_c is None:
                # On a fresh post `is_cold` was judged by another instrument's limit.
                floor = crowd.level_c - self._settings.crowd.tail_c
                for person in self._people:
                    person.is_cold = person.value_c < floor
            self._believed_c = crowd.level_c

    def _is_believable(self, level_c: float) -> bool:
        settings, reference = self._settings, self.reference_c
        if reference is None:
            return True
        return -settings.believed_fall_c <= level_c - reference <= settings.correction_limit_c

    def _note_morning(self) -> None:
        if self._morning is not None and self._serial - self._morning_from > self._settings.morning_people:
            # A post that never closes, or a recording without its nights.
            self._teach()
            self._morning_from = self._serial
        people = self._morning_people()
        if self._morning is None and len(people) >= self._settings.reference_people:
            self._morning = self._morning_of(people)

    def _morning_people(self) -> list[float]:
        return [p.value_c for p in self._people if p.serial >= self._morning_from]

    def _teach(self) -> None:
        """Let the reference learn the morning that is over.

        Its level is that of its first people, lest a shift on the way blurs it; how people differ, of all.
        """
        people = self._morning_people()
        whole = self._morning_of(people) if len(people) >= self._settings.start_people else None
        morning = self._morning or whole
        if morning is not None:
            spread_c = morning.spread_c if whole is None else whole.spread_c
            self._reference.note(Morning(level_c=morning.level_c, spread_c=spread_c))
        self._morning = None

    def _morning_of(self, session: Sequence[float]) -> Morning | None:
        """What a session taught; None where it was of two kinds, or too far off to be like others."""
        crowd = self._crowd_of(session)
        is_usable = not crowd.is_mixed and self._is_near(crowd.level_c)
        return Morning(level_c=crowd.level_c, spread_c=crowd.spread_c) if is_usable else None

    def _is_near(self, level_c: float) -> bool:
        reference = self.reference_c
        return reference is None or abs(level_c - reference) <= self._settings.reference_limit_c

    def _mornings_so_far(self) -> tuple[Morning, ...]:
        mornings = (*self._reference.mornings, *([] if self._morning is None else [self._morning]))
        return mornings[: self._settings.reference.mornings]

    def _begin_session(self) -> None:
        self._drift.end_session(self._moved_c())
        self._teach()
        if self._reference.level_c is not None:
            self._believed_c = self._reference.level_c
        self._session_from = self._morning_from = self._serial
        self._crowds.clear()

    # -- drift

    def _moved_c(self) -> float | None:
        reference = self.reference_c
        newest = self._people[-self._settings.drift_people :]
        if reference is None or not newest:
            return None
        crowd = self._crowd_of([person.value_c for person in newest])
        if not crowd.is_mixed:
            return crowd.level_c - reference
        warm = [person.value_c for person in self._people if not person.is_cold]
        return median(warm[-self._settings.drift_people :]) - reference if warm else None

    def _session_moved_c(self) -> float | None:
        """How far this session alone has moved; None before its window is full."""
        reference, crowd = self.reference_c, self._crowd(None)
        if reference is None or crowd is None or crowd.people < self._settings.window_people:
            return None
        return crowd.level_c - reference

    def _beyond_c(self) -> float | None:
        """By how much the newest people are past the limit of the level; None where nothing can be said."""
        settings = self._settings
        reference, limit = settings.prior_c, settings.reference_limit_c
        if self.reference_c is not None:
            reference, limit = self.reference_c, settings.correction_limit_c
            too_odd = abs(reference - settings.prior_c) - settings.reference_limit_c
            if too_odd > 0.0:
                return too_odd
        newest = [person.value_c for person in self._people[-settings.window_people :]]
        crowd = self._crowd_of(newest) if len(newest) >= settings.start_people else None
        return None if crowd is None or crowd.is_mixed else abs(crowd.level_c - reference) - limit

    def _note_shift(self) -> None:
        self._drift.note(self._serial, self._moved_c(), self._beyond_c())


def _within(value: float, centre: float, limit: float) -> float:
    return min(max(value, centre - limit), centre + limit)
