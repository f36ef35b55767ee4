"""Tells the first of many alike from the rest, so that a flood of refused sign-ins is one line of the log."""

from datetime import datetime, timedelta

#: What goes on for longer is told again.
LASTS = timedelta(hours=1)
#: Names remembered; the oldest are forgotten first.
_MOST = 1000


class Bursts:
    """When each name was last told of. In memory: a restart tells once more."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}

    def is_new(self, name: str, now: datetime) -> bool:
        """Whether nothing was told of this name within the last hour; from now on it was."""
        last = self._told.get(name)
        if last is not None and now - last < LASTS:
            return False
        self._told.pop(name, None)
        self._told[name] = now
        if len(self._told) > _MOST:
            del self._told[next(iter(self._told))]
        return True
