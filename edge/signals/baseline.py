"""People's air-compensated foreheads in, the level of this post out: a running median that may be doubted.

Pure. Each person is in it once, however often they tried; also who is cold or feverish, or the level would
follow whoever is left. A crowd of one kind near the post's reference (reference.py) is believed and followed.
A crowd of two kinds (crowd.py) is not: the level stays. A crowd that is narrow, but further below the
reference than a hall or an instrument goes in a night, may be people out of the frost or an instrument that
fell, and nobody here can tell: then fever is looked for over the crowd, cold under the reference; few pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from edge.signals.crowd import Crowd, CrowdSettings, crowd_of
from edge.signals.reference import Morning, Reference, ReferenceSettings

#: Between the parts of what is kept: mornings, people of noted mornings, people not yet noted.
_PART = 0.0
#: People between two looks at the drift.
_SHIFT_EVERY = 5
#: °C a forehead at the post may have been; anything else was not kept by us.
_PEOPLE_C = (20.0, 45.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """How the level of a post is followed. All temperatures as at 24 °C of air."""

    #: People in the running median, 30-50 (science.md §1.4).
    window_people: int = 40
    #: People before the median stands alone, 10-15 (science.md §1.4); until then it is blended with the last.
    start_people: int = 12
    #: How many people the reference counts for while a session is young: 1.57·(0.45 °C person to
    #: person)² / (0.3 … 0.7 °C morning to morning)² = 0.6 … 3.5 (science.md §1.3, §1.4).
    fallback_people: float = 3.0
    #: The same for a level never measured here: other instruments differ by a degree, so it counts for less.
    prior_people: float = 0.7
    #: °C, afebrile median of the open data (FLIR, science.md §1.3): a guess for the first people only.
    prior_c: float = 35.05
    #: °C the level may leave the reference; beyond it the post must be recalibrated (science.md §1.4).
    correction_limit_c: float = 1.0
    #: °C under the reference a crowd of one kind may stand and still be taken for well and warm; from here to
    #: `correction_limit_c` it is believed less and less. 0.2-0.3 °C is the morning-to-morning SD of §1.4.
    believed_fall_c: float = 0.7
    #: °C off the reference from where on a wide crowd is doubted too; nearer, little would be lost.
    away_c: float = 0.4
    #: °C a fresh post's own level may be off `prior_c`: spot 90 % filled -1.1, emissivity ±0.6 (science.md
    #: §1.8), rounded up.
    reference_limit_c: float = 2.0
    #: People of a session before its crowd is what to stay with when it becomes mixed: the quartiles of fewer
    #: would not have shown that it was mixed from the beginning.
    believed_people: int = 30
    #: People of a session whose median is its morning's; its error is then 1.25·0.42/√100 = 0.05 °C.
    reference_people: int = 100
    #: °C under the level at which somebody counts as cold for `frost_share` (science.md §1.5).
    cold_under_c: float = 0.9
    #: Share of the newest people so cold that there must be frost outside: 5 to 9 % are without (science.md
    #: §1.3, open data), and 3 standard errors of 40 people.
    frost_share: float = 0.22
    #: Seconds without anybody after which a new session begins (night: another weather, another warm-up).
    session_gap_s: float = 2 * 3600.0
    #: Seconds a clock must jump back to mean the same: another recording, or a reboot.
    clock_back_s: float = 600.0
    #: People in the drift report's median; error 0.05 °C, yet all of them new 200 people after a shift.
    drift_people: int = 150
    crowd: CrowdSettings = field(default_factory=CrowdSettings)
    reference: ReferenceSettings = field(default_factory=ReferenceSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a forehead is compared with. The two differ only while the crowd is doubted."""

    #: °C over which fever is looked for.
    fever_c: float
    #: °C under which cold is looked for; never less than `fever_c`.
    cold_c: float
    #: There is frost outside: many of the newest people were cold.
    is_frosty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a post has moved from its reference; only a blackbody tells instrument from weather."""

    #: °C at 24 °C of air; None before enough people came.
    reference_c: float | None
    #: Median of the newest people who were not cold, minus the reference, °C; None before enough people came.
    moved_c: float | None
    #: The move is too large for chance, or the post needs recalibration. Held until it is clearly back, so
    #: that a caller can tell the change going and coming, once each.
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


@dataclass(slots=True)
class _Person:
    serial: int
    value_c: float
    is_cold: bool


class Baseline:
    """The running level of one post."""

    def __init__(self, settings: BaselineSettings, kept: Sequence[float] = ()) -> None:
        self._settings = settings
        mornings, noted, unnoted = _parts_of(kept)
        self._reference = Reference(settings.reference, mornings)
        values = [*noted, *unnoted]
        self._people = [_Person(serial=i, value_c=value, is_cold=False) for i, value in enumerate(values)]
        self._serial = len(values)
        #: The first serial of this session.
        self._session_from = len(noted)
        self._morning: Morning | None = None
        #: The last level that was believed; None on a fresh post.
        self._believed_c: float | None = self._reference.level_c
        self._last_t_s: float | None = None
        self._is_shifted = False
        self._off_since = 0
        #: °C the last session ended shifted by; 0: it did not.
        self._was_shifted_by = 0.0
        self._is_odd = False
        #: Of the session without one person; emptied whenever somebody's value changes.
        self._crowds: dict[int | None, tuple[list[float], Crowd | None]] = {}
        if len(unnoted) >= settings.start_people:
            self._note_level(self._crowd(None))
            self._begin_session()
        if len(values) >= settings.start_people and self._reference.level_c is not None:
            # Within a day of a restart, what people showed last says more than the reference.
            self._note_level(self._crowd_of(values[-settings.window_people :]))
        self._note_shift()

    @property
    def kept(self) -> tuple[float, ...]:
        """What to keep across restarts; names nobody: mornings, then the newest who were not cold."""
        if not self._people:
            return ()
        mornings = self._mornings_so_far()
        people = [p for p in self._people if not p.is_cold][-self._settings.drift_people :]
        from_serial = self._serial if self._morning is not None else self._session_from
        return (
            *(number for morning in mornings for number in (morning.level_c, morning.spread_c)),
            _PART,
            *(person.value_c for person in people if person.serial < from_serial),
            _PART,
            *(person.value_c for person in people if person.serial >= from_serial),
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
        return self._reference.scale

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
            is_shifted=self._is_odd or self._is_shifted,
            is_lasting=self._is_shifted and self._is_still_shifted(),
            needs_recalibration=self._is_odd,
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
        session = [p.value_c for p in self._people if p.serial >= self._session_from]
        if self._morning is None and len(session) >= self._settings.reference_people:
            self._morning = self._morning_of(session)

    def _morning_of(self, session: Sequence[float]) -> Morning | None:
        """What a session taught; None where it was of two kinds, or too far off to be like others."""
        crowd = self._crowd_of(session)
        is_usable = not crowd.is_mixed and (self.reference_c is None or self._is_near(crowd.level_c))
        return Morning(level_c=crowd.level_c, spread_c=crowd.spread_c) if is_usable else None

    def _is_near(self, level_c: float) -> bool:
        reference = self.reference_c
        return reference is None or abs(level_c - reference) <= self._settings.reference_limit_c

    def _mornings_so_far(self) -> tuple[Morning, ...]:
        return (*self._reference.mornings, *([] if self._morning is None else [self._morning]))

    def _begin_session(self) -> None:
        self._was_shifted_by = (self._moved_c() or 0.0) if self._is_shifted else 0.0
        session = [p.value_c for p in self._people if p.serial >= self._session_from]
        morning = self._morning or (
            self._morning_of(session) if len(session) >= self._settings.start_people else None
        )
        if morning is not None:
            self._reference.note(morning)
        if self._reference.level_c is not None:
            self._believed_c = self._reference.level_c
        self._morning = None
        self._session_from = self._serial
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

    def _note_shift(self) -> None:
        moved = self._moved_c()
        is_off = moved is not None and self._reference.is_off(moved, self._is_shifted)
        if not is_off:
            self._off_since = self._serial
        stood = self._serial - self._off_since >= self._settings.reference.named_people
        self._is_shifted = is_off and (self._is_shifted or stood)
        self._is_odd = self._is_off(self._settings.reference.back_c if self._is_odd else 0.0)

    def _is_still_shifted(self) -> bool:
        """Whether this session alone, not the last one's people, shows the shift the last one ended with."""
        reference, crowd = self.reference_c, self._crowd(None)
        if reference is None or crowd is None or crowd.people < self._settings.window_people:
            return False
        moved = crowd.level_c - reference
        return moved * self._was_shifted_by > 0.0 and self._reference.is_off(moved, was_named=False)

    def _is_off(self, less_c: float) -> bool:
        """Whether the post stands `less_c` short of the limit or further from where it may be."""
        settings = self._settings
        reference, limit = settings.prior_c, settings.reference_limit_c
        if self.reference_c is not None:
            reference, limit = self.reference_c, settings.correction_limit_c
        if abs(reference - settings.prior_c) > settings.reference_limit_c:
            return True
        newest = [person.value_c for person in self._people[-settings.window_people :]]
        if len(newest) < settings.start_people:
            return False
        crowd = self._crowd_of(newest)
        return not crowd.is_mixed and abs(crowd.level_c - reference) > limit - less_c


def _parts_of(kept: Sequence[float]) -> tuple[tuple[Morning, ...], list[float], list[float]]:
    """Mornings, people of noted mornings, people not noted; nothing of what was not kept by us.

    Without its parts it is from before there were mornings: the reference, then people.
    """
    values = list(kept)
    low, high = _PEOPLE_C
    if values.count(_PART) != 2:
        if not all(low <= value <= high for value in values):
            return (), [], []
        settings = BaselineSettings()
        if len(values) <= settings.reference_people:
            return (), [], values[1:]
        usual = Morning(level_c=values[0], spread_c=settings.reference.usual_spread_c)
        return (usual,), values[1:], []
    first, second = (place for place, value in enumerate(values) if value == _PART)
    numbers, noted, unnoted = values[:first], values[first + 1 : second], values[second + 1 :]
    is_ours = len(numbers) % 2 == 0 and all(
        low <= value <= high for value in [*numbers[::2], *noted, *unnoted]
    )
    if not is_ours or not all(0.0 < spread <= high for spread in numbers[1::2]):
        return (), [], []
    mornings = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(Morning(level_c=level, spread_c=spread) for level, spread in mornings), noted, unnoted


def _within(value: float, centre: float, limit: float) -> float:
    return min(max(value, centre - limit), centre + limit)
