"""How many people came in by a door today since an instant. Pure."""

from datetime import datetime

from hub.layout import OUTSIDE, Door
from hub.situation import Situation


def came_in_since(situation: Situation, door: Door, since: datetime | None, now: datetime) -> int:
    """People who came in by `door` this campus day in the minutes after `since`; None: all day."""
    page = situation.campus.state.doors.get(door.id, {}).get(situation.campus.day_of(now))
    if page is None:
        return 0
    after = -1 if since is None else int(since.timestamp()) // 60
    # Most of the day's minutes lie before: the sums answer where nothing is to be left out.
    ins, outs = (page.ins, page.outs) if since is None else page.between(after, int(now.timestamp()) // 60)
    return outs if door.inner == OUTSIDE else ins
