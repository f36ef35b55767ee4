"""Everything a rule may look at, brought together: belief, presence, limits, lessons. Pure.

What is derived from a day's record is kept and brought up to date by what is new in it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.air.view import RoomAir
from hub.campus import Campus
from hub.counts.trust import DoorTrust
from hub.itself import Itself
from hub.layout import OUTSIDE, Door, Layout, Sensor, SensorKind, Space
from hub.presence import Liveness, Presence
from hub.proofs import Proofs
from hub.regime.capacity import Capacity, capacity_of
from hub.regime.closed import closed_by
from hub.regime.profile import Profile
from hub.regime.schedule import Regime
from hub.rooms import ESTIMATED_AGAIN, Rooms
from hub.space_state import Belief, Judged, Shut, state_of
from hub.timetable.lesson import Lessons, LessonsNow, LessonSource
from hub.treatment.permission import may_irradiate, may_ventilate
from hub.treatment.view import Permission, RoomTreatment
from hub.trusts import Trusts
from protocol.messages import SpaceCondition, SpaceState
from protocol.wire import Accord

#: Why the doors of a space cannot be believed, the worst first.
_DOUBTS = {
    Liveness.NEVER_HEARD: "never-heard",
    Liveness.LOST: "silent-node",
    Liveness.OFFLINE: "silent-node",
    Liveness.SILENT: "silent-node",
}


#: Doubts that leave it open who is inside; a door that lies still says that somebody passed.
_UNHEARD = (*_DOUBTS.values(), "faulty-door", "unread-node", "catching-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispensing:
    """What a dispenser has given out."""

    #: 0–1; None: it has no gauge, or has never said.
    level: float | None
    #: Since the campus day began: it is filled at night.
    presses: int
    last_at: datetime | None


@dataclass(slots=True)
class _Look:
    """What has been worked out of a space at one instant."""

    judged: Judged | None = None
    treatment: RoomTreatment | None = None
    air: RoomAir | None = None


class Situation:
    """The campus as believed, who is there, and the limits in force at the instant last looked at."""

    def __init__(
        self,
        campus: Campus,
        presence: Presence,
        regime: Regime,
        lesson_book: LessonSource,
        receivers: frozenset[str] | None,
        now: datetime,
    ) -> None:
        self.campus = campus
        self.presence = presence
        self.regime = regime
        self._lesson_book = lesson_book
        #: The lessons from yesterday to the week ahead.
        self.timetable: Lessons = lesson_book.around(now)
        self.layout: Layout = campus.layout
        named = frozenset(one for duty in self.layout.duties for one in duty.receivers)
        #: Receivers that can be reached; without a file of them, the board is the receiver of all.
        self._receivers: frozenset[str] = named if receivers is None else receivers
        #: Receivers that the courier found not to work.
        self.refusing: frozenset[str] = frozenset()
        #: Stores that were put back, certificates that end.
        self.itself = Itself()
        self.spaces: dict[str, Space] = {space.id: space for space in self.layout.spaces}
        self.sensors: dict[str, Sensor] = {sensor.id: sensor for sensor in self.layout.sensors}
        self.doors: dict[str, list[Door]] = defaultdict(list)
        self.doors_of: dict[str, list[Door]] = defaultdict(list)
        for door in self.layout.doors:
            self.doors_of[door.node].append(door)
            for side in {door.inner, door.outer} - {OUTSIDE}:
                self.doors[side].append(door)
        self.sensors_at: dict[str, list[Sensor]] = defaultdict(list)
        self.switched_by: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in self.layout.sensors:
            if sensor.space is not None:
                self.sensors_at[sensor.space].append(sensor)
            if sensor.kind in (SensorKind.LAMP, SensorKind.FAN):
                self.switched_by[sensor.node].append(sensor)
        self.rooms = Rooms(campus)
        self.trusts = Trusts(campus, now)
        self._now = self.started = now
        #: What came from then on and before the start has never been judged; None: everything was.
        self.unjudged_since: datetime | None = None
        self.profile: Profile = regime.at(now).limits
        self.capacity: dict[str, Capacity] = {}
        self.proofs = Proofs(campus, presence, self.doors)
        #: What was worked out, by space, and for which instant and state of belief.
        self._looks: dict[str, _Look] = {}
        self._asked = (now, -1, -1, -1)
        self.renew(now)

    def renew(self, now: datetime) -> bool:
        """Bring limits and lessons up to `now`, a new day; True when other limits have come into force."""
        self._looks.clear()
        before = (self.profile, self.capacity)
        if self.campus.day_of(now) != self.campus.day_of(self._now):
            self.timetable = self._lesson_book.around(now)
        self._now = now
        self.profile = self.regime.at(now).limits
        self.capacity = {space.id: capacity_of(space, self.limits(space.id)) for space in self.layout.spaces}
        return before != (self.profile, self.capacity)

    def limits(self, space: str) -> Profile:
        """The limits in force for a space."""
        return self.regime.limits(space, self._now)

    @property
    def reachable(self) -> frozenset[str]:
        """The receivers through which somebody can be told."""
        return self._receivers - self.refusing

    def judge(self, space: str, now: datetime) -> Judged:
        """The count of a space, if every door of it is heard and sound."""
        look = self._look(space, now)
        if look.judged is None:
            look.judged = self._judge(space, now)
        return look.judged

    def clock_was_set(self, by: timedelta) -> None:
        """The wall clock was set by so much."""
        self.rooms.shift(by)
        self.proofs.clock_was_set()

    def _look(self, space: str, now: datetime) -> "_Look":
        """What has been worked out of a space at `now`: many rules ask the same."""
        asked = (now, self.campus.version, self.presence.version, self.trusts.version)
        if asked != self._asked:
            self._asked = asked
            self._looks.clear()
        look = self._looks.get(space)
        if look is None:
            look = self._looks[space] = _Look()
        return look

    def _judge(self, space: str, now: datetime) -> Judged:
        doors = self.doors.get(space, [])
        if not doors:
            return Judged(occupancy=None, low=None, high=None, doubt="no-door", trust=0.0)
        least = self.limits(space).trust.unknown_under
        doubts, trust = [], 1.0
        for door in doors:
            doubt = self._doubt(door, now)
            if doubt is not None:
                doubts.append(doubt)
                continue
            believed = self.door_trust(door.id).trust
            trust = min(trust, believed)
            if believed < least:
                doubts.append("untrusted-door")
        if doubts:
            share = 1 - len(doubts) / len(doors)
            return Judged(occupancy=None, low=None, high=None, doubt=doubts[0], trust=min(share, trust))
        found = self.campus.estimate(space, now)
        if not found.is_anchored:
            # Nobody has ever counted where people sleep: there is no hour at which it is empty.
            return Judged(occupancy=None, low=None, high=None, doubt="never-counted", trust=trust)
        return Judged(occupancy=found.count, low=found.low, high=found.high, doubt=None, trust=trust)

    def state(self, space: str, now: datetime) -> SpaceState:
        """The one state of a space, the same for light, board, sign and API."""
        limits = self.limits(space)
        belief = Belief(
            space=space,
            judged=self.judge(space, now),
            limit=self.capacity[space],
            near_share=limits.near_share,
            treatment=self.treatment(space, now),
            air=self.air(space, now),
            shut=self._shut(space, limits),
            as_of=now,
        )
        return state_of(belief)

    def treatment(self, space: str, now: datetime) -> RoomTreatment:
        """What the room was used for and what is owed to it."""
        look = self._look(space, now)
        if look.treatment is None:
            look.treatment = self._treatment(space, now)
        return look.treatment

    def _treatment(self, space: str, now: datetime) -> RoomTreatment:
        is_doubtful = self.judge(space, now).doubt in _UNHEARD
        return self.rooms.treatment(self.spaces[space], self.limits(space), is_doubtful, now)

    def air(self, space: str, now: datetime) -> RoomAir | None:
        """The room's air; None where the regime asks nothing of it."""
        limits = self.limits(space)
        if limits.air is None:
            return None
        look = self._look(space, now)
        if look.air is None:
            sensors = [one for one in self.sensors_at.get(space, ()) if one.kind is SensorKind.AIR]
            is_faulty = any(self.is_sensor_faulty(one.id) for one in sensors)
            judged = self.judge(space, now)
            look.air = self.rooms.air(self.spaces[space], limits, judged, is_faulty, now)
        return look.air

    def lessons(self, space: str, now: datetime) -> LessonsNow:
        """What the timetable says of the room."""
        return self.timetable.around(space, now)

    def door_trust(self, door: str) -> DoorTrust:
        """How far a door is believed, by what it counted."""
        return self.trusts.of(door)

    def dispenser(self, sensor: str) -> Dispensing | None:
        """What a dispenser gave out; None: it never has."""
        book = self.campus.state.dispensers.get(sensor)
        if book is None:
            return None
        today = book.presses.get(self.campus.day_of(self._now), 0)
        level = book.level.value if book.level is not None else None
        return Dispensing(level=level, presses=today, last_at=book.last_at)

    def permission(self, sensor: Sensor, now: datetime) -> Permission:
        """Whether a lamp or fan of a room may run; what is not known forbids it."""
        space = sensor.space
        if space is None:
            return Permission(
                allowed=False, reason="no-room", clause="a lamp needs a room in the campus file"
            )
        limits, room = self.limits(space).treatment, self.treatment(space, now)
        if self.is_held(space):
            return Permission(allowed=False, reason="held", clause="a person closed it")
        if sensor.kind is SensorKind.FAN:
            return may_ventilate(limits, room)
        return may_irradiate(limits, room, self.proofs.of(space, self.judge(space, now), now), now)

    def is_sensor_faulty(self, sensor: str) -> bool:
        """Whether a fault of the sensor's channel is going on."""
        one = self.sensors[sensor]
        return self.campus.is_faulty(one.node, one.channel)

    def is_held(self, space: str) -> bool:
        """Whether somebody has closed the space."""
        hold = self.campus.hold_of(space)
        return hold is not None and hold.value > 0

    def changes_at(self, space: str, now: datetime) -> datetime | None:
        """When the state of a space changes by time alone; None: it does not."""
        instants = [self.treatment(space, now).again_at]
        air = self.air(space, now)
        if air is not None:
            instants.append(air.again_at)
            if not air.is_fresh and air.need_ls:
                instants.append(now + ESTIMATED_AGAIN)
        return min((at for at in instants if at is not None and at > now), default=None)

    def _shut(self, space: str, limits: Profile) -> Shut | None:
        hold = self.campus.hold_of(space)
        if hold is not None and hold.value > 0:
            return Shut(condition=SpaceCondition.HOLD, reason="closed-by-person", clause="a person closed it")
        clause = closed_by(self.spaces[space], limits)
        if clause is not None:
            return Shut(condition=SpaceCondition.CLOSED, reason="closed-by-profile", clause=clause)
        return None

    def _doubt(self, door: Door, now: datetime) -> str | None:
        doubt = _DOUBTS.get(self.presence.liveness(door.node, now))
        if doubt is None and self.presence.accord(door.node) is not Accord.AGREED:
            return "unread-node"
        if doubt is None and (
            self.campus.is_faulty(door.node, door.channel) or self.presence.holds_back(door.node)
        ):
            return "faulty-door"
        if doubt is None and self.presence.is_behind(door.node, now):
            return "catching-up"
        return doubt
