"""What the hub remembers of spaces and posts: minutes, stretches, sums of a day. Pure.

Instants are milliseconds, minutes or hours since 1970 UTC, as the names say.
"""

from msgspec import Struct

MINUTE_MS = 60_000
#: Minutes are kept so long, days: the week that is judged anew in a dry run, the four before it that it is
#: compared with. Older days are kept as sums only.
KEEP_MINUTES_DAYS = 35


class Minute(Struct, frozen=True, kw_only=True):
    """How a space stood at the end of a minute; it holds until the next one of its space."""

    #: Minutes since 1970 UTC.
    minute: int
    #: People, with the band that holds the truth 90 % of the time; None: unknown.
    occupancy: int | None
    low: int | None
    high: int | None
    #: The highest count of the minute; None: it was unknown all along.
    most: int | None
    capacity: int | None
    #: A word of `protocol.messages.SpaceCondition`, why, and the clause it rests on.
    state: str
    reason: str
    clause: str | None
    #: Late events have changed it: nobody saw this at the time.
    is_corrected: bool = False


class Awake(Struct, frozen=True, kw_only=True):
    """A stretch in which the hub was awake, [from_ms, until_ms)."""

    from_ms: int
    until_ms: int


class History(Struct, frozen=True, kw_only=True):
    """A space over a stretch of time."""

    space: str
    #: The stretch, [starts_ms, ends_ms).
    starts_ms: int
    ends_ms: int
    #: By time; the first may be older than `starts_ms`: it holds from before.
    minutes: tuple[Minute, ...]
    #: By time, cut to the stretch. Outside of them nothing is known, whatever the minutes say.
    awake: tuple[Awake, ...]


class TaskDay(Struct, frozen=True, kw_only=True):
    """One treatment of a space on a campus day."""

    #: How often it came due, was done when it was due, and was late before it was done or the day was over.
    due: int = 0
    done: int = 0
    late: int = 0
    #: Done without being due; and no longer due without having been done (the record was corrected).
    extra: int = 0
    lapsed: int = 0
    #: Minutes it was late, of all times together.
    minutes_late: float = 0.0
    #: Due since, late since, newest done: where it stands now; None: it does not.
    due_ms: int | None = None
    late_ms: int | None = None
    done_ms: int | None = None


class SpaceDayRow(Struct, frozen=True, kw_only=True):
    """A space on a campus day, in sums. Minutes are of time, not rows."""

    #: ISO date of the campus day; it begins and ends at 04:00 of the campus.
    day: str
    space: str
    #: As they were that day: the campus file may name other rooms later.
    code: str
    building: str
    kind: str
    #: The stretch summed so far.
    starts_ms: int
    ends_ms: int
    #: Minutes of it; those the hub was awake in; of these, those in which the count was unknown.
    minutes: float = 0.0
    minutes_watched: float = 0.0
    minutes_unknown: float = 0.0
    #: Minutes with more people than places, how many times, the most people too many and when that began.
    minutes_over: float = 0.0
    times_over: int = 0
    worst_excess: int = 0
    worst_at_ms: int | None = None
    #: Mean people times minutes known; the highest count and when.
    people_minutes: float = 0.0
    peak: int | None = None
    peak_at_ms: int | None = None
    #: The newest capacity of the day.
    capacity: int | None = None
    #: Minutes known only since late events came.
    minutes_corrected: float = 0.0
    #: People counted in and out of the space by its doors.
    entered: int = 0
    left: int = 0
    #: By treatment: airing, surfaces, equipment, air_disinfection; one never asked for is not here.
    tasks: dict[str, TaskDay] = {}
    #: Nothing changes it any more: the day and its 72 hours are over.
    is_final: bool = False

    @property
    def minutes_known(self) -> float:
        """Minutes in which the count was known."""
        return self.minutes_watched - self.minutes_unknown

    @property
    def completeness(self) -> float:
        """Share of the stretch in which the count was known, 0–1."""
        return self.minutes_known / self.minutes if self.minutes else 0.0


class PostHour(Struct, frozen=True, kw_only=True):
    """Screenings of one post in one hour, by verdict: pass, repeat, elevated, too_cold, no_reading."""

    post: str
    #: The door it stands at, and its building; as they were.
    door: str
    building: str | None
    #: Hours since 1970 UTC, and the campus day.
    hour: int
    day: str
    verdicts: dict[str, int] = {}
