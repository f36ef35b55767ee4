"""Tones in, a buzzer that plays them out; without a buzzer, silence."""

import logging

from edge.drivers.buzzer import Buzzer
from edge.drivers.errors import DriverError
from edge.signals.tones import Tone, Voice

log = logging.getLogger(__name__)


class Sound:
    """The voice of one channel."""

    def __init__(self, buzzer: Buzzer | None) -> None:
        self._buzzer = buzzer
        self._voice = Voice()
        #: Whether the buzzer has failed; it is silent from then on.
        self.has_failed = False

    def say(self, tone: Tone, now_s: float) -> None:
        """Say it once, from now on."""
        self._voice.say(tone, now_s)

    def warn(self, warns: bool, now_s: float) -> None:
        """Hold the warning before a lamp, or let it go."""
        self._voice.warn(warns, now_s)

    def step(self, now_s: float) -> None:
        """Go on playing; called at every step."""
        if self._buzzer is None:
            return
        try:
            self._buzzer.show(None if self.has_failed else self._voice.playing(now_s), now_s)
        except DriverError as error:
            if not self.has_failed:
                log.error("sound=failed why=%s", error)
            self.has_failed = True

    def close(self) -> None:
        """Be silent, give the pin back."""
        if self._buzzer is not None:
            self._buzzer.close()
