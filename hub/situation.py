"""Everything a rule may look at, and the one state of each space that follows from it. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from hub.campus import Campus
from hub.layout import Door, Layout, Space
from hub.presence import Liveness, Presence
from hub.regime.capacity import Capacity, capacity_of
from hub.regime.profile import Profile
from protocol.messages import SpaceCondition, SpaceState

#: Why the doors of a space cannot be believed, the worst first.
_DOUBTS = {
    Liveness.NEVER_HEARD: "never-heard",
    Liveness.LOST: "silent-node",
    Liveness.OFFLINE: "silent-node",
    Liveness.SILENT: "silent-node",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A count that may be believed, or why it may not."""

    occupancy: int | None
    low: int | None
    high: int | None
    #: `silent-node`, `never-heard`, `faulty-door`, `no-door`; None when believed.
    doubt: str | None
    #: Share of the space's doors that may be believed.
    trust: float


class Situation:
    """The campus as believed, who is there, and the limits in force."""

    def __init__(self, campus: Campus, presence: Presence, profile: Profile) -> None:
        self.campus = campus
        self.presence = presence
        self.profile = profile
        self.layout: Layout = campus.layout
        self.spaces: dict[str, Space] = {space.id: space for space in self.layout.spaces}
        self.capacity: dict[str, Capacity] = {
            space.id: capacity_of(space, profile) for space in self.layout.spaces
        }
        self.doors: dict[str, list[Door]] = defaultdict(list)
        self.doors_of: dict[str, list[Door]] = defaultdict(list)
        for door in self.layout.doors:
            self.doors_of[door.node].append(door)
            self.doors[door.inner].append(door)
            self.doors[door.outer].append(door)

    def judge(self, space: str, now: datetime) -> Judged:
        """The count of a space, if every door of it is heard and sound."""
        doors = self.doors.get(space, [])
        doubts = [doubt for door in doors if (doubt := self._doubt(door, now)) is not None]
        if not doors:
            return Judged(occupancy=None, low=None, high=None, doubt="no-door", trust=0.0)
        trust = 1 - len(doubts) / len(doors)
        if doubts:
            return Judged(occupancy=None, low=None, high=None, doubt=doubts[0], trust=trust)
        today = self.campus.today(space, now)
        low, high = today.band()
        return Judged(occupancy=today.count, low=low, high=high, doubt=None, trust=trust)

    def state(self, space: str, now: datetime) -> SpaceState:
        """The one state of a space, the same for light, board, sign and API."""
        judged, limit = self.judge(space, now), self.capacity[space]
        if judged.occupancy is None:
            condition, reason, free = SpaceCondition.UNKNOWN, judged.doubt or "", None
        else:
            free = max(0, limit.value - judged.occupancy)
            condition, reason = self._condition(judged.occupancy, limit.value)
        return SpaceState(
            space=space,
            state=condition,
            reason=reason,
            clause=limit.clause,
            occupancy=judged.occupancy,
            low=judged.low,
            high=judged.high,
            capacity=limit.value,
            free=free,
            until=None,
            tasks=(),
            trust=judged.trust,
            as_of=now,
        )

    def _condition(self, occupancy: int, capacity: int) -> tuple[SpaceCondition, str]:
        if occupancy > capacity:
            return SpaceCondition.FULL, "over-capacity"
        if occupancy == capacity:
            return SpaceCondition.FULL, "full"
        if capacity - occupancy <= max(1, int(capacity * self.profile.near_share)):
            return SpaceCondition.NEAR, "few-places"
        return SpaceCondition.OPEN, "free"

    def _doubt(self, door: Door, now: datetime) -> str | None:
        doubt = _DOUBTS.get(self.presence.liveness(door.node, now))
        if doubt is None and (
            self.campus.is_faulty(door.node, door.channel) or self.presence.holds_back(door.node)
        ):
            return "faulty-door"
        return doubt
