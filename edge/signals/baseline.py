"""People's air-compensated foreheads in, the level of this post out: a running median. Pure.

Each person is in it once, however often they tried. Who is feverish stays in: a median feels only *that*
somebody is above it, not how far, while leaving the high ones out would lower it, mark more as high, and so
on. An instrument or a hall moves everybody; an outbreak or a frost moves some and spreads the crowd: then the
level stays where it was. Who came in cold stays out (science.md §1.4): the cold cannot make the cold normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """How the level of a post is learned. All temperatures as at 24 °C of air."""

    #: People in the running median, 30-50 (science.md §1.4).
    window_people: int = 40
    #: People before the median stands alone, 10-15 (science.md §1.4); until then it is blended with the last.
    start_people: int = 12
    #: How many people the last valid level counts for while a session is young: 1.57·(0.45 °C person to
    #: person)² / (0.3 … 0.7 °C morning to morning)² = 0.6 … 3.5 (science.md §1.3, §1.4).
    fallback_people: float = 3.0
    #: The same for a level never measured here: other instruments differ by a degree, so it counts for less.
    prior_people: float = 0.7
    #: °C under the first people's median below which they are cold: 0.9 (science.md §1.5) and its error.
    start_spread_c: float = 1.1
    #: °C, afebrile median of the open data (FLIR, science.md §1.3): a guess for the first people only.
    prior_c: float = 35.05
    #: °C the level may leave its reference; beyond it the post must be recalibrated (science.md §1.4).
    correction_limit_c: float = 1.0
    #: °C a fresh post's own level may be off `prior_c`: spot 90 % filled -1.1, emissivity ±0.6 (science.md
    #: §1.8), rounded up.
    reference_limit_c: float = 2.0
    #: People whose median becomes the reference for drift; its error is then 1.25·0.42/√100 = 0.05 °C.
    reference_people: int = 100
    #: °C between the quartiles above which the crowd is of two kinds, cold and warm or well and ill;
    #: 0.53-0.63 without (open data of §1.3). A median between two kinds means nothing: the level stays.
    mixed_over_c: float = 1.0
    #: People before the quartiles can say so.
    mixed_least: int = 16
    #: Seconds without anybody after which a new session begins (night: another weather, another warm-up).
    session_gap_s: float = 2 * 3600.0
    #: Seconds a clock must jump back to mean the same: another recording, or a reboot.
    clock_back_s: float = 600.0
    #: People in the drift report's median; error 0.05 °C, yet all of them new 200 people after a shift.
    drift_people: int = 150
    #: °C it must have moved to be named: 4 standard errors against its reference; 0.5 °C is 3 beyond.
    drift_named_c: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a post has moved from its reference; only a blackbody tells instrument from weather."""

    #: °C at 24 °C of air; None before enough people came.
    reference_c: float | None
    #: Median of the newest people who were not cold, minus the reference, °C; None before enough people came.
    moved_c: float | None
    #: The move is too large for chance, or the post needs recalibration.
    is_shifted: bool
    #: People, the cold ones among them, show further from the reference than the level may follow; or the
    #: reference itself is further from any forehead than instruments differ.
    needs_recalibration: bool
    #: Share of the newest people who were too cold to screen, 0-1.
    cold_share: float


@dataclass(slots=True)
class _Person:
    serial: int
    value_c: float
    is_cold: bool


class Baseline:
    """The running level of one post."""

    def __init__(self, settings: BaselineSettings, kept: Sequence[float] = ()) -> None:
        self._settings = settings
        self._people = [_Person(serial=i, value_c=value, is_cold=False) for i, value in enumerate(kept[1:])]
        self._serial = len(self._people)
        self._session_from = self._serial
        self._reference_c = kept[0] if len(self._people) >= settings.reference_people else None
        self._fallback_c: float | None = None
        self._last_t_s: float | None = None
        if len(self._people) >= settings.start_people:
            self._fallback_c = _newest_median(self._warm(), settings.window_people)
        else:
            self._session_from = 0

    @property
    def kept(self) -> tuple[float, ...]:
        """What to keep across restarts: the reference, then the newest who were not cold, oldest first."""
        warm = self._warm()
        if not warm:
            return ()
        reference = self._reference_c if self._reference_c is not None else median(warm)
        return (reference, *warm[-self._settings.drift_people :])

    @property
    def reference_c(self) -> float | None:
        """The level the post had when it was new; None before enough people came."""
        return self._reference_c

    @property
    def is_local(self) -> bool:
        """Whether the level was measured at this post, by enough people, not guessed from elsewhere."""
        return self._fallback_c is not None

    @property
    def is_mixed(self) -> bool:
        """Whether the crowd, the cold among them, is of two kinds."""
        settings = self._settings
        newest = [
            p.value_c for p in self._people[-settings.window_people :] if p.serial >= self._session_from
        ]
        if len(newest) < settings.mixed_least:
            return False
        newest.sort()
        return newest[3 * len(newest) // 4] - newest[len(newest) // 4] > settings.mixed_over_c

    def people(self, but: int | None = None) -> int:
        """How many people this session's level rests on, not counting the person `but`."""
        return len(self._session(but))

    def level_c(self, but: int | None = None) -> float:
        """The level now, from everybody but the person `but`: nobody is compared with themselves."""
        settings = self._settings
        session = self._session(but)
        level = self._raw_level_c(session)
        if self._reference_c is None:
            return _within(level, settings.prior_c, settings.reference_limit_c)
        return _within(level, self._reference_c, settings.correction_limit_c)

    def arrive(self, t_s: float) -> int:
        """The serial to enter a new person's value under; they came at `t_s`, only its differences count."""
        if self._last_t_s is not None:
            since_s = t_s - self._last_t_s
            if since_s >= self._settings.session_gap_s or since_s <= -self._settings.clock_back_s:
                self._begin_session()
        self._last_t_s = t_s
        self._serial += 1
        return self._serial - 1

    def enter(self, serial: int, value_c: float, *, is_cold: bool) -> None:
        """Enter a person's value, or replace the one of their earlier attempts."""
        for person in reversed(self._people):
            if person.serial == serial:
                person.value_c, person.is_cold = value_c, is_cold
                return
        self._people.append(_Person(serial=serial, value_c=value_c, is_cold=is_cold))
        # Twice: cold people must not push the others out of the memory of a winter morning.
        del self._people[: -2 * self._settings.drift_people]
        self._note_start()
        self._note_level()
        self._note_reference()

    def drift(self) -> Drift:
        """How far the post has moved from its reference."""
        settings = self._settings
        newest = self._people[-settings.window_people :]
        reference, limit = settings.prior_c, settings.reference_limit_c
        if self._reference_c is not None:
            reference, limit = self._reference_c, settings.correction_limit_c
        is_odd = (
            len(newest) >= settings.start_people
            and abs(median(person.value_c for person in newest) - reference) > limit
        ) or abs(reference - settings.prior_c) > settings.reference_limit_c
        moved = None
        if self._reference_c is not None:
            moved = _newest_median(self._warm(), settings.drift_people) - self._reference_c
        return Drift(
            reference_c=self._reference_c,
            moved_c=moved,
            is_shifted=is_odd or (moved is not None and abs(moved) > settings.drift_named_c),
            needs_recalibration=is_odd,
            cold_share=sum(person.is_cold for person in newest) / len(newest) if newest else 0.0,
        )

    def _raw_level_c(self, session: Sequence[float]) -> float:
        settings = self._settings
        values = session
        fallback, weight = settings.prior_c, settings.prior_people
        if self._fallback_c is not None:
            fallback, weight = self._fallback_c, settings.fallback_people
        elif session:
            # A fresh post: its own level is unknown, so who is cold shows only against the others.
            floor = median(session) - settings.start_spread_c
            values = [value for value in session if value >= floor]
        if not values:
            return fallback
        level = median(values)
        if len(values) >= settings.start_people:
            return fallback if self._fallback_c is not None and self.is_mixed else level
        return (len(values) * level + weight * fallback) / (len(values) + weight)

    def _session(self, but: int | None) -> list[float]:
        """The newest values of this session the level rests on, oldest first."""
        values: list[float] = []
        for person in reversed(self._people):
            if person.serial < self._session_from or len(values) == self._settings.window_people:
                break
            # On a fresh post `is_cold` was judged by another instrument's limit: everybody counts at first.
            if person.serial != but and (self._fallback_c is None or not person.is_cold):
                values.append(person.value_c)
        return values[::-1]

    def _warm(self) -> list[float]:
        return [person.value_c for person in self._people if not person.is_cold]

    def _begin_session(self) -> None:
        # Fewer people than a start are no session of their own: rare visitors share one.
        if self.people() >= self._settings.start_people:
            self._fallback_c = self.level_c()
            self._session_from = self._serial

    def _note_reference(self) -> None:
        warm = self._warm()
        if self._reference_c is None and len(warm) >= self._settings.reference_people:
            settings = self._settings
            self._reference_c = median(warm[: settings.reference_people])

    def _note_start(self) -> None:
        session = self._session(None)
        if self._fallback_c is not None or len(session) < self._settings.start_people or self.is_mixed:
            return
        level = self._raw_level_c(session)
        for person in self._people:
            person.is_cold = person.value_c < level - self._settings.start_spread_c
        self._fallback_c = level

    def _note_level(self) -> None:
        # While the crowd is of one kind, what to fall back to follows it.
        session = self._session(None)
        if self._fallback_c is not None and len(session) >= self._settings.mixed_least and not self.is_mixed:
            self._fallback_c = median(session)


def _newest_median(values: Sequence[float], count: int) -> float:
    return median(values[-count:])


def _within(value: float, centre: float, limit: float) -> float:
    return min(max(value, centre - limit), centre + limit)
