"""What people at a post or a door are told in, whether the buzzer sounds now out, from the time alone. Pure.

| tone | sounds | says |
|---|---|---|
| PASS | short | go |
| REPEAT | short short | again, please |
| ELEVATED | long long | somebody comes |
| TOO_COLD | short long | wait and come again |
| STOP_ENTRY | short short short | the light was red |
| UV_WARNING | on and off, for as long as it is held | leave: the lamp goes on |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from protocol.events import Verdict

#: Seconds of a short and a long beep, and of the rest between two. Source: ours; steps are 0.05 s apart, and
#: what is shorter than two of them may be lost.
SHORT_S = 0.12
LONG_S = 0.6
REST_S = 0.15
#: Half a period of the warning, seconds.
WARNING_S = 0.25


class Beep(NamedTuple):
    """On from one second of the tone to another, half-open."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """When a buzzer is on, in seconds from the tone's beginning."""

    beeps: tuple[Beep, ...]
    #: Over and over with this period, seconds; None: once.
    every_s: float | None = None

    @property
    def length_s(self) -> float:
        """Seconds until it is over."""
        return self.beeps[-1].to_s if self.every_s is None else float("inf")

    def is_on(self, since_s: float) -> bool:
        """Whether it sounds, so many seconds after it began."""
        if since_s < 0.0:
            return False
        at_s = since_s if self.every_s is None else since_s % self.every_s
        return any(beep.from_s <= at_s < beep.to_s for beep in self.beeps)


def chirps(*lengths_s: float) -> Pattern:
    """Beeps of these lengths with rests between them, once."""
    beeps: list[Beep] = []
    at_s = 0.0
    for length_s in lengths_s:
        beeps.append(Beep(at_s, at_s + length_s))
        at_s += length_s + REST_S
    return Pattern(tuple(beeps))


class Tone(Enum):
    """What a buzzer can say; the value is its rank, a higher one is heard over a lower one."""

    PASS = 1
    TOO_COLD = 2
    REPEAT = 3
    STOP_ENTRY = 4
    ELEVATED = 5
    UV_WARNING = 6


PATTERNS: Mapping[Tone, Pattern] = {
    Tone.PASS: chirps(SHORT_S),
    Tone.TOO_COLD: chirps(SHORT_S, LONG_S),
    Tone.REPEAT: chirps(SHORT_S, SHORT_S),
    Tone.STOP_ENTRY: chirps(SHORT_S, SHORT_S, SHORT_S),
    Tone.ELEVATED: chirps(LONG_S, LONG_S),
    Tone.UV_WARNING: Pattern((Beep(0.0, WARNING_S),), every_s=2 * WARNING_S),
}
#: No reading asks for the same as a doubtful one.
OF_VERDICT: Mapping[Verdict, Tone] = {
    Verdict.PASS: Tone.PASS,
    Verdict.REPEAT: Tone.REPEAT,
    Verdict.NO_READING: Tone.REPEAT,
    Verdict.ELEVATED: Tone.ELEVATED,
    Verdict.TOO_COLD: Tone.TOO_COLD,
}


class Playing(NamedTuple):
    """A pattern, and when it began."""

    pattern: Pattern
    since_s: float


class Voice:
    """What one buzzer says: the tone of the highest rank that is said or held, and the youngest of its rank.

    Quiet for maintenance silences everything but the warning before a lamp.
    """

    def __init__(self) -> None:
        self.is_quiet = False
        #: Said once; over by itself.
        self._said: tuple[Tone, float] | None = None
        self._warned_s: float | None = None

    def say(self, tone: Tone, now_s: float) -> None:
        """Say it once, from now on, unless what is being said ranks higher."""
        if self._said is not None:
            going_on, since_s = self._said
            if tone.value < going_on.value and now_s - since_s < PATTERNS[going_on].length_s:
                return
        self._said = (tone, now_s)

    def warn(self, warns: bool, now_s: float) -> None:
        """Hold the warning before a lamp, or let it go; told at every step."""
        self._warned_s = None if not warns else now_s if self._warned_s is None else self._warned_s

    def playing(self, now_s: float) -> Playing | None:
        """What sounds now; None: silence."""
        if self._warned_s is not None:
            return Playing(PATTERNS[Tone.UV_WARNING], self._warned_s)
        if self._said is None:
            return None
        tone, since_s = self._said
        if now_s - since_s >= PATTERNS[tone].length_s:
            self._said = None
        return None if self.is_quiet or self._said is None else Playing(PATTERNS[tone], since_s)
