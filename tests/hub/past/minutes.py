"""Rows of minutes with sensible values, so that a test names only what it is about."""

from typing import Any

from hub.store.history_rows import MINUTE_MS, Awake, History, Minute


def a_minute(minute: int, people: int | None, **changes: Any) -> Minute:
    """A room of 15 places with so many people from that minute on; None: unknown."""
    fields: dict[str, Any] = {
        "occupancy": people,
        "low": people,
        "high": people,
        "most": people,
        "capacity": 15,
        "state": "unknown" if people is None else "open",
        "reason": "silent-node" if people is None else "free",
        "clause": "§71",
    }
    return Minute(minute=minute, **{**fields, **changes})


def a_history(*minutes: Minute, length: int = 60, awake: tuple[tuple[int, int], ...] = ((0, 60),)) -> History:
    """Minutes 0 to `length` of the room, the hub awake in these stretches of minutes."""
    return History(
        space="room",
        starts_ms=0,
        ends_ms=length * MINUTE_MS,
        minutes=minutes,
        awake=tuple(Awake(from_ms=one * MINUTE_MS, until_ms=other * MINUTE_MS) for one, other in awake),
    )
