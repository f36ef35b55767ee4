"""A new campus day in; pages of days that can no longer change are closed, what they teach is kept. Pure."""

from hub.air.decay import Learned
from hub.air.learning import learn_day
from hub.air.limits import LEARNING
from hub.campus_days import CampusDays, days_before
from hub.campus_state import CampusState
from hub.counts.book import Counts
from hub.treatment.record import RoomDay

#: The newest days that keep their minutes, so that what comes up to 72 h late finds its place among them.
OPEN_DAYS = 4
#: Days of which the traffic of doors is kept by hour: what is usual at a door.
KEEP_HOURS_DAYS = 28


def close_days(state: CampusState, counts: Counts, days: CampusDays, today: str) -> str:
    """Close the pages that are long past on the first sight of `today`; the oldest day that stays open."""
    oldest = days_before(today, OPEN_DAYS - 1)
    for space, rooms in state.rooms.items():
        for one, page in rooms.items():
            if one < oldest and not page.is_closed:
                _learn_air(state, days, space, one, page)
                page.close()
    counts.close_before(oldest)
    usual = days_before(today, KEEP_HOURS_DAYS)
    for doors in state.doors.values():
        for one, door in doors.items():
            if one < usual and door.is_closed and door.hours:
                door.forget()
    return oldest


def _learn_air(state: CampusState, days: CampusDays, space: str, day: str, room: RoomDay) -> None:
    """What the room's empty stretches teach of its air, now that the day cannot change any more."""
    counts = state.spaces.get(space, {}).get(day)
    if not room.co2_ppm or counts is None or counts.is_closed:
        return
    starts = int(days.begins(day).timestamp()) // 60
    learn_day(
        state.airs.setdefault(space, Learned()),
        room.co2_ppm,
        counts.steps(0),
        LEARNING,
        starts=starts,
        until=starts + 24 * 60,
        windows=room.windows(),
    )
