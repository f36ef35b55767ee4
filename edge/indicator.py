"""The hub's allowance and the node's own passages in, the light at each door out; unknown when too old."""

import logging
from collections import Counter, deque
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

from edge.drivers.errors import DriverError
from protocol.events import AnyEvent, ClockState, Direction, Passage
from protocol.messages import Allowance, Light, Signal

log = logging.getLogger(__name__)

#: The hub's reasons for a stop that ends when people leave; every other reason outlasts them.
FULL = "full"
OVER_CAPACITY = "over-capacity"
#: Own passages remembered for the countdown. A backlog beyond it makes the countdown incomplete: unknown.
REMEMBERED = 10_000
#: A retained signal may be so much younger than our clock and still be believed, seconds.
AHEAD_S = 5.0


class Lamp(Protocol):
    """What is needed of a light: `edge.drivers.light.TrafficLight`, or a test's sibling."""

    def show(self, light: Light) -> None:
        """Show it; called at every step."""

    def close(self) -> None:
        """Go dark and give the pins back."""


class Standing(Enum):
    """What the lights rest on."""

    #: No signal since the node started.
    WAITING = "waiting"
    #: The hub's signal is fresh and the broker is there.
    FOLLOWING = "following"
    #: The signal is still fresh, the broker is not: counting down alone.
    ALONE = "alone"
    #: The signal is too old: every light says unknown.
    STALE = "stale"


def light_for(allowance: Allowance, change: int) -> Light:
    """The light for an allowance after `change` places were given back (positive) or taken. Pure.

    A stop is lifted by people leaving only where the hub stopped because the space was full; what it
    stopped for another reason (treatment, hold, closed) stays stopped until it says otherwise.
    """
    if allowance.free is None or allowance.light is Light.UNKNOWN:
        return allowance.light
    if allowance.free + change <= 0:
        return Light.STOP
    if allowance.light is not Light.STOP:
        return allowance.light
    # Over capacity with 0 free is a number cut off at 0: how many must leave is not known here.
    is_cut = allowance.reason == OVER_CAPACITY and allowance.free == 0
    return Light.GO if allowance.reason in (FULL, OVER_CAPACITY) and not is_cut else Light.STOP


def age_of(signal: Signal, now: datetime, clock: ClockState, *, retained: bool) -> float | None:
    """Seconds since the hub made it, or None when that cannot be known. Pure.

    A live signal is new whatever our clock says; a retained copy may be days old, and only the clock tells.
    """
    if not retained:
        return 0.0
    age_s = (now - signal.as_of).total_seconds()
    if clock is not ClockState.SYNCED or age_s < -AHEAD_S:
        return None
    return max(age_s, 0.0)


class Countdown:
    """The newest signal and the node's own passages the hub has not yet counted in it. Pure."""

    def __init__(self, epoch: str, remembered: int = REMEMBERED) -> None:
        self._epoch = epoch
        self._remembered = remembered
        self._signal: Signal | None = None
        self._expires_s = float("-inf")
        #: (seq, channel, change of places), oldest first.
        self._own: deque[tuple[int, str, int]] = deque()
        self._forgotten_to = 0
        self._change: Counter[str] = Counter()

    @property
    def has_signal(self) -> bool:
        """Whether any signal has been believed."""
        return self._signal is not None

    def is_fresh(self, now_s: float) -> bool:
        """Whether the signal may still be acted on."""
        return now_s < self._expires_s

    def take(self, signal: Signal, now_s: float, age_s: float | None) -> bool:
        """Follow `signal` from now on; False when it is too old, or of unknown age."""
        if age_s is None or age_s >= signal.valid_s:
            return False
        self._signal = signal
        self._expires_s = now_s + signal.valid_s - age_s
        counted_to = self._counted_to(signal)
        while self._own and self._own[0][0] <= counted_to:
            self._own.popleft()
        self._change = Counter()
        for _, channel, change in self._own:
            self._change[channel] += change
        return True

    def add(self, numbered: Iterable[tuple[int, AnyEvent]]) -> None:
        """Take what the node has kept, in the order of its numbers."""
        for seq, event in numbered:
            if not isinstance(event, Passage):
                continue
            change = -event.people if event.direction is Direction.IN else event.people
            self._own.append((seq, event.channel, change))
            self._change[event.channel] += change
        while len(self._own) > self._remembered:
            self._forgotten_to = self._own.popleft()[0]

    def forget_to(self, seq: int) -> None:
        """Own passages up to `seq` are not known here: unknown until the hub has counted them."""
        self._forgotten_to = max(self._forgotten_to, seq)

    def light(self, channel: str, now_s: float) -> Light:
        """The light of a channel now."""
        signal = self._signal
        if signal is None or not self.is_fresh(now_s) or channel not in signal.channels:
            return Light.UNKNOWN
        if self._counted_to(signal) < self._forgotten_to:
            return Light.UNKNOWN
        return light_for(signal.channels[channel], self._change[channel])

    def _counted_to(self, signal: Signal) -> int:
        return signal.seq if signal.epoch == self._epoch else 0


class Indicator:
    """Shows the countdown on the lamps, and says once in the log when what they rest on changes."""

    def __init__(self, countdown: Countdown, lamps: Mapping[str, Lamp]) -> None:
        self._countdown = countdown
        self._lamps = lamps
        self._shown: dict[str, Light] = {}
        #: Channel → why its lamp could not be switched, at the last step.
        self.refused: dict[str, DriverError] = {}
        self.standing = Standing.WAITING

    @property
    def shown(self) -> Mapping[str, Light]:
        """What each channel with a lamp shows."""
        return self._shown

    def step(self, now_s: float, *, connected: bool, blind: Container[str] = ()) -> None:
        """Bring the lamps up to date; those of `blind` channels, which do not see who passes, say unknown."""
        for channel, lamp in self._lamps.items():
            light = Light.UNKNOWN if channel in blind else self._countdown.light(channel, now_s)
            self._shown[channel] = light
            try:
                # At every step, also unchanged: the lamp blinks unknown by being told again.
                lamp.show(light)
            except DriverError as error:
                self.refused[channel] = error
            else:
                self.refused.pop(channel, None)
        self._stand(now_s, connected)

    def close(self) -> None:
        """All lamps off."""
        for lamp in self._lamps.values():
            lamp.close()

    def _stand(self, now_s: float, connected: bool) -> None:
        if not self._countdown.has_signal:
            standing = Standing.WAITING
        elif not self._countdown.is_fresh(now_s):
            standing = Standing.STALE
        else:
            standing = Standing.FOLLOWING if connected else Standing.ALONE
        if standing is not self.standing:
            level = logging.INFO if standing is Standing.FOLLOWING else logging.WARNING
            log.log(level, "lights=%s were=%s", standing.value, self.standing.value)
            self.standing = standing
