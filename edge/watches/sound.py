"""Tones in, a buzzer that plays them out; without a buzzer, silence."""

from edge.drivers.buzzer import Buzzer
from edge.signals.tones import Tone, Voice


class Sound:
    """The voice of one channel."""

    def __init__(self, buzzer: Buzzer | None) -> None:
        self._buzzer = buzzer
        self._voice = Voice()

    def say(self, tone: Tone, now_s: float) -> None:
        """Say it once, from now on."""
        self._voice.say(tone, now_s)

    def warn(self, warns: bool, now_s: float) -> None:
        """Hold the warning before a lamp, or let it go."""
        self._voice.warn(warns, now_s)

    def step(self, now_s: float) -> None:
        """Go on playing; called at every step."""
        if self._buzzer is not None:
            self._buzzer.show(self._voice.playing(now_s), now_s)

    def close(self) -> None:
        """Be silent, give the pin back."""
        if self._buzzer is not None:
            self._buzzer.close()
