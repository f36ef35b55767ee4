"""What is believed of each room's treatment and air, followed through its day. Pure.

One follower a room; it is told which of its records changed, and works out no more than that.
"""

from datetime import datetime
from typing import NamedTuple

from hub.air.view import RoomAir
from hub.campus import Campus
from hub.counts.space_day import SpaceDay
from hub.counts.steps import Step
from hub.layout import Space, SpaceKind
from hub.regime.profile import Profile
from hub.space_state import Judged
from hub.treatment.follower import Doubt, Follower
from hub.treatment.limits import RoomLimits, TreatmentLimits
from hub.treatment.record import RoomDay
from hub.treatment.view import RoomTreatment

_BLANK_ROOM, _BLANK_SPACE = RoomDay(), SpaceDay()


class _Followed(NamedTuple):
    day: str
    follower: Follower


class Rooms:
    """The treatment and the air of every room of a campus."""

    def __init__(self, campus: Campus) -> None:
        self._campus = campus
        self._followed: dict[str, _Followed] = {}
        #: Since when the doors of a room cannot be believed, ms.
        self._doubtful: dict[str, int] = {}
        self._limits: dict[tuple[int, SpaceKind], tuple[TreatmentLimits, RoomLimits]] = {}

    def treatment(self, space: Space, limits: Profile, is_doubtful: bool, now: datetime) -> RoomTreatment:
        """The room at `now`; while its doors are in doubt nobody knows who is inside."""
        day = self._campus.day_of(now)
        followed = self._followed.get(space.id)
        room_limits = self._limits_of(limits.treatment, space.kind)
        if followed is None or followed.day != day:
            starts_ms = round(self._campus.day_begins(day).timestamp() * 1000)
            followed = self._followed[space.id] = _Followed(day, Follower(room_limits, starts_ms))
        follower = followed.follower
        follower.relimit(room_limits)
        self._tell_changes(follower, space.id, day)
        state = self._campus.state
        record = state.rooms.get(space.id, {}).get(day, _BLANK_ROOM)
        counts = state.spaces.get(space.id, {}).get(day, _BLANK_SPACE)
        doubts = self._doubts(space.id, follower, is_doubtful, now)
        return follower.view(record, counts.steps, doubts, now)

    def air(self, space: Space, limits: Profile, judged: Judged, now: datetime) -> RoomAir | None:
        """The room's air at `now`."""
        return None

    def _tell_changes(self, follower: Follower, space: str, day: str) -> None:
        campus, key = self._campus, (space, day)
        follower.touch(campus.changed_rooms.pop(key, None))
        minute = campus.changed_counts.pop(key, None)
        if minute is None:
            return
        page = campus.state.spaces[space][day]
        if minute == page.last:
            ins, outs = page.minutes.get(minute, (0, 0))
            follower.newest(Step(minute, ins, outs, page.inside))
        else:
            follower.restep(minute)

    def _doubts(self, space: str, follower: Follower, is_doubtful: bool, now: datetime) -> list[Doubt]:
        """What a silent node saw comes later and is then no doubt any more: only the present one counts."""
        if not is_doubtful:
            follower.touch(self._doubtful.pop(space, None))
            return []
        since = self._doubtful.setdefault(space, round(now.timestamp() * 1000))
        return [(since, None)]

    def _limits_of(self, limits: TreatmentLimits, kind: SpaceKind) -> RoomLimits:
        key = (id(limits), kind)
        found = self._limits.get(key)
        if found is None or found[0] is not limits:
            # The limits are kept beside, so that their id stays theirs.
            found = self._limits[key] = (limits, limits.of(kind))
        return found[1]
