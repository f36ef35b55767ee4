"""What the courier says of its work, for the hub: alerts that reach nobody, receivers that refuse."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hub.courier.outcomes import Outcomes, open_outcomes
from hub.errors import StoreError

log = logging.getLogger(__name__)
#: The courier's book is looked at so often, seconds.
EVERY_S = 10.0
#: What could not be delivered longer ago is history.
KEEPS = timedelta(hours=24)


class Received(NamedTuple):
    """What is known of the telling."""

    #: Alerts of which some notification can reach nobody.
    undelivered: frozenset[str] = frozenset()
    #: Receivers that somebody must mend.
    refusing: frozenset[str] = frozenset()


class Reception:
    """Reads the courier's book now and then; without a courier nothing is known, and nothing is wrong."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._outcomes: Outcomes | None = None
        self._looked_s = -1e9
        self._is_failing = False
        self.known = Received()

    def look(self, now: datetime, now_s: float) -> bool:
        """Look if it is time; True when something else is known now."""
        if now_s - self._looked_s < EVERY_S:
            return False
        self._looked_s = now_s
        try:
            found = self._read(now)
        except StoreError as error:
            if not self._is_failing:
                log.warning("courier=unreadable why=%s", error)
            self._is_failing = True
            return False
        self._is_failing = False
        is_new, self.known = found != self.known, found
        return is_new

    def _read(self, now: datetime) -> Received:
        if self._outcomes is None:
            self._outcomes = open_outcomes(self._data)
        if self._outcomes is None:
            return Received()
        undelivered = self._outcomes.undelivered(now - KEEPS)
        refusing = [one.receiver for one in self._outcomes.health() if one.state == "refusing"]
        return Received(frozenset(one.alert for one in undelivered), frozenset(refusing))
