"""A day being played: deeds by time in, what the hub's duty officer made of them out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hub.acts import AnyAct
from hub.alerts.alert import Alert, Transition
from hub.alerts.notification import Notification
from hub.campus import Campus, Observed
from hub.duty_officer import DutyOfficer
from hub.layout import PEOPLE, Layout, SensorKind
from hub.presence import Presence
from hub.regime.profile import Profile
from hub.regime.schedule import Regime
from hub.timetable.lesson import Lesson, Lessons
from protocol.events import Air, AnyEvent
from tests.builders import EPOCH
from tests.scenarios import promises

ZONE = ZoneInfo("Asia/Almaty")
#: A Monday.
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
#: The hub begins to listen.
BEGINS = "07:00"
#: Nodes speak so often, and promise nothing: they are silent after 90 s.
SPEAKS = timedelta(seconds=60)
#: Air sensors read so often; until something else is said, fresh air.
READS = timedelta(minutes=5)
FRESH_PPM = 450.0


def clock(words: str) -> datetime:
    """`"09:40"` or `"09:40:20"` of the day; `"+1 08:00"` of the next."""
    days, _, time = words.rpartition(" ")
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    after = timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return (MONDAY + after).astimezone(UTC)


def words(at: datetime) -> str:
    """The time of day as people say it."""
    return f"{at.astimezone(ZONE):%H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens at an instant."""

    at: datetime
    order: int
    do: Callable[["Playing"], None]


class Book:
    """Lessons said in the scenario."""

    def __init__(self, lessons: Iterable[Lesson]) -> None:
        self._lessons = Lessons(lessons, ZONE)

    def around(self, now: datetime) -> Lessons:
        """All of them, whatever the day."""
        return self._lessons


class Playing:
    """The officer at work on one day; every minute what must hold in every scenario is looked at."""

    def __init__(self, layout: Layout, profiles: Mapping[str, Profile], lessons: Iterable[Lesson]) -> None:
        ids = count(1)
        self.now = clock(BEGINS)
        #: Nodes that nobody hears, and since when.
        self.silent: dict[str, datetime] = {}
        #: Channels that are broken.
        self.broken: set[tuple[str, str]] = set()
        self.alerts: dict[str, Alert] = {}
        self.transitions: list[Transition] = []
        self.notifications: list[Notification] = []
        self.presence = Presence(self.now)
        self.officer = DutyOfficer(
            campus=Campus(layout),
            presence=self.presence,
            regime=Regime(profiles, layout),
            lesson_book=Book(lessons),
            receivers={name for duty in layout.duties for name in duty.receivers},
            now=self.now,
            new_id=lambda: f"alert-{next(ids)}",
        )
        self._nodes = layout.nodes()
        self._seqs: dict[str, int] = defaultdict(int)
        #: What silent nodes have seen: it comes when they speak again.
        self._kept: dict[str, list[AnyEvent]] = defaultdict(list)
        self._position = 0
        self._done = 0
        self._speak_at = self.now
        #: What each air sensor reads, by node, and when it reads next.
        self._air = {
            sensor.node: (FRESH_PPM, self.now + SPEAKS / 2)
            for sensor in layout.sensors
            if sensor.kind is SensorKind.AIR
        }

    def see(self, node: str, make: Callable[[int], AnyEvent]) -> None:
        """The node sees this now, and says so unless it is silent."""
        self._seqs[node] += 1
        event = make(self._seqs[node])
        if node in self.silent:
            self._kept[node].append(event)
        else:
            self._observe(node, event)

    def breathe(self, node: str, co2_ppm: float | None) -> None:
        """From now on the air sensor of the node reads this; None: it says nothing any more."""
        if co2_ppm is None:
            self._air.pop(node)
        else:
            self._air[node] = (co2_ppm, self.now)
            self._read_air()

    def decide(self, make: Callable[[int], AnyAct]) -> None:
        """Somebody decides this now, on the hub's page."""
        self._seqs[PEOPLE] += 1
        self._observe(PEOPLE, make(self._seqs[PEOPLE]))

    def fall_silent(self, node: str) -> None:
        """Nobody hears the node any more; it goes on counting."""
        self.silent.setdefault(node, self.now)

    def speak_again(self, node: str) -> None:
        """The node is back, and says what it has seen meanwhile."""
        self.silent.pop(node, None)
        self._hear([node])
        for event in self._kept.pop(node, []):
            self._observe(node, event)

    def play(self, deeds: Sequence[Happening], until: datetime) -> None:
        """Go on as far as `until`, inclusive; `deeds` by time, the same at every call."""
        while self._done < len(deeds) and deeds[self._done].at <= until:
            deed = deeds[self._done]
            self._pass(deed.at)
            self.now = deed.at
            deed.do(self)
            self._turn(deed.at)
            self._done += 1
        self._pass(until)
        self._turn(until)

    def _read_air(self) -> None:
        for node, (co2_ppm, at) in self._air.items():
            if at <= self.now and (node, "air") not in self.broken:
                self._air[node] = (co2_ppm, self.now + READS)
                self.see(node, self._reading(co2_ppm))

    def _reading(self, co2_ppm: float) -> Callable[[int], Air]:
        return lambda seq: Air(seq=seq, at=self.now, channel="air", co2_ppm=co2_ppm)

    def _observe(self, node: str, event: AnyEvent | AnyAct) -> None:
        self._position += 1
        self.officer.observe(Observed(self._position, node, EPOCH, self.now, event))

    def _hear(self, nodes: Sequence[str]) -> None:
        for node in nodes:
            self.presence.hear(node, self.now)
        self.officer.hear(nodes)

    def _pass(self, until: datetime) -> None:
        """Turns at every instant at which something is due."""
        while (due := min(self.officer.next_turn(), self._speak_at)) <= until:
            self._turn(max(due, self.now))

    def _turn(self, now: datetime) -> None:
        self.now = now
        is_time_to_speak = now >= self._speak_at
        if is_time_to_speak:
            self._speak_at = now + SPEAKS
            self._hear([node for node in self._nodes if node not in self.silent])
            self._read_air()
        outcome = self.officer.turn(now).alerts
        promises.told_once(self.notifications, outcome.notifications)
        self.transitions += outcome.transitions
        self.notifications += outcome.notifications
        self.alerts.update({alert.id: alert for alert in outcome.changed})
        promises.keep_alerts(outcome)
        if is_time_to_speak:
            promises.keep(self.officer, now, self.silent, self.broken)
