"""What is believed of each room's treatment and air, followed through its day. Pure.

One pair of followers a room; they are told which of its records changed, and work out no more than that.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.air.follower import AirFollower
from hub.air.limits import AirLimits
from hub.air.view import RoomAir
from hub.campus import Campus
from hub.counts.space_day import SpaceDay
from hub.counts.steps import Step
from hub.layout import SensorKind, Space, SpaceKind
from hub.regime.periods import periods
from hub.regime.profile import Profile
from hub.space_state import Judged
from hub.treatment.follower import Doubt, Follower
from hub.treatment.limits import RoomLimits, TreatmentLimits
from hub.treatment.record import RoomDay
from hub.treatment.view import RoomTreatment

_BLANK_ROOM, _BLANK_SPACE = RoomDay(), SpaceDay()
#: An estimate of the air is looked at again so often while people breathe.
ESTIMATED_AGAIN = timedelta(minutes=1)


@dataclass(slots=True)
class _Followed:
    """One room on one campus day."""

    day: str
    starts_ms: int
    treatment: Follower
    air: AirFollower | None = None
    air_limits: AirLimits | None = None


class Rooms:
    """The treatment and the air of every room of a campus."""

    def __init__(self, campus: Campus) -> None:
        self._campus = campus
        self._followed: dict[str, _Followed] = {}
        #: Since when the doors of a room cannot be believed, ms.
        self._doubtful: dict[str, int] = {}
        self._limits: dict[tuple[int, SpaceKind], tuple[TreatmentLimits, RoomLimits]] = {}
        layout = campus.layout
        #: From when each profile is in force, and the same in ms.
        self._switched = [one.since for one in periods(layout)]
        self._switches = [0, *(round(one.timestamp() * 1000) for one in self._switched[1:])]
        self._windows: dict[str, list[str]] = {}
        for sensor in layout.sensors:
            if sensor.kind is SensorKind.WINDOW and sensor.space is not None:
                self._windows.setdefault(sensor.space, []).append(sensor.id)

    def treatment(self, space: Space, limits: Profile, is_doubtful: bool, now: datetime) -> RoomTreatment:
        """The room at `now`; while its doors are in doubt nobody knows who is inside."""
        followed = self._follow(space, limits, now)
        followed.treatment.relimit(self._limits_of(limits.treatment, space.kind), self._since(now))
        record, counts = self._pages(space.id, followed.day)
        doubts = self._doubts(space.id, followed.treatment, is_doubtful, now)
        return followed.treatment.view(record, counts.steps, doubts, now)

    def air(
        self, space: Space, limits: Profile, judged: Judged, is_faulty: bool, now: datetime
    ) -> RoomAir | None:
        """The room's air at `now`; None where the regime asks nothing of it."""
        if limits.air is None:
            return None
        followed = self._follow(space, limits, now)
        air = followed.air
        if air is None or followed.air_limits is not limits.air:
            volume_m3 = space.area_m2 * space.height_m
            air = AirFollower(limits.air, volume_m3, followed.starts_ms // 60_000)
            followed.air, followed.air_limits = air, limits.air
        record, counts = self._pages(space.id, followed.day)
        return air.view(
            record.co2_ppm,
            counts.steps,
            now,
            inside=judged.occupancy,
            learned=self._campus.state.airs.get(space.id),
            is_window_open=self._is_window_open(space.id),
            is_faulty=is_faulty,
        )

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: doubts are as old as they were."""
        by_ms = round(by.total_seconds() * 1000)
        for space, since in list(self._doubtful.items()):
            self._doubtful[space] = since + by_ms
            followed = self._followed.get(space)
            if followed is not None:
                followed.treatment.touch(min(since, since + by_ms))

    def _follow(self, space: Space, limits: Profile, now: datetime) -> _Followed:
        day = self._campus.day_of(now)
        followed = self._followed.get(space.id)
        if followed is None or followed.day != day:
            starts_ms = round(self._campus.day_begins(day).timestamp() * 1000)
            room_limits = self._limits_of(limits.treatment, space.kind)
            left_open = self._left_open(space.id, day)
            follower = Follower(room_limits, starts_ms, left_open, self._since(now))
            followed = self._followed[space.id] = _Followed(day, starts_ms, follower)
        self._tell_changes(followed, space.id)
        return followed

    def _left_open(self, space: str, day: str) -> frozenset[str]:
        """The windows that were open when the day began, as far as the open days tell."""
        rooms, left = self._campus.state.rooms.get(space, {}), frozenset[str]()
        for before in sorted(one for one in rooms if one < day):
            left = rooms[before].left_open(left)
        return left

    def _tell_changes(self, followed: _Followed, space: str) -> None:
        campus, key = self._campus, (space, followed.day)
        at_ms = campus.changed_rooms.pop(key, None)
        followed.treatment.touch(at_ms)
        if followed.air is not None:
            followed.air.touch(at_ms)
        minute = campus.changed_counts.pop(key, None)
        if minute is None:
            return
        page = campus.state.spaces.get(space, {}).get(followed.day)
        if page is None:
            return
        if minute == page.last:
            ins, outs = page.minutes.get(minute, (0, 0))
            step = Step(minute, ins, outs, page.inside)
            followed.treatment.newest(step)
            if followed.air is not None:
                followed.air.newest(step)
            return
        followed.treatment.restep(minute)
        if followed.air is not None:
            followed.air.restep()

    def _pages(self, space: str, day: str) -> tuple[RoomDay, SpaceDay]:
        state = self._campus.state
        record = state.rooms.get(space, {}).get(day, _BLANK_ROOM)
        return record, state.spaces.get(space, {}).get(day, _BLANK_SPACE)

    def _is_window_open(self, space: str) -> bool | None:
        """Whether a window of the room is open by its contact; None: none has said."""
        said = [self._campus.state.contacts.get(one) for one in self._windows.get(space, ())]
        known = [one.value > 0 for one in said if one is not None]
        return any(known) if known else None

    def _doubts(self, space: str, follower: Follower, is_doubtful: bool, now: datetime) -> list[Doubt]:
        """What a silent node saw comes later and is then no doubt any more: only the present one counts."""
        if not is_doubtful:
            follower.touch(self._doubtful.pop(space, None))
            return []
        since = self._doubtful.setdefault(space, round(now.timestamp() * 1000))
        return [(since, None)]

    def _since(self, now: datetime) -> int:
        """When the profile in force came into force, ms; 0: from the beginning."""
        return self._switches[bisect_right(self._switched, now) - 1]

    def _limits_of(self, limits: TreatmentLimits, kind: SpaceKind) -> RoomLimits:
        key = (id(limits), kind)
        found = self._limits.get(key)
        if found is None or found[0] is not limits:
            # The limits are kept beside, so that their id stays theirs.
            found = self._limits[key] = (limits, limits.of(kind))
        return found[1]
