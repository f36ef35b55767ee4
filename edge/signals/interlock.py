"""What is seen around an ultraviolet lamp in, whether it may be on out; it only ever permits. Pure.

    locked --all conditions--> ready --key--> warning --30 to 60 s--> on --longest, or key--> locked
    warning, on --anything else--> latched --key--> locked

The conditions hold together at every step from the key to the end: the hub's permission is fresh, no beam is
broken, nothing has moved for a minute, the door is closed. What is unknown counts as unsafe. Anything that
breaks them switches off in the same step, and latches: somebody has to come, look and turn the key. A start,
also after a power cut, is latched. The key says nothing by being held: only its turning on is an order.

Software alone is not enough to protect anybody: the lamp's circuit runs through the door's and the motion
sensor's own contacts in series. What people count to is no condition at all; counters err by several.
"""

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.quantities import Duration

#: A press so soon after another one is a nervous finger, seconds: it may stop the lamp, not bring it nearer.
NERVOUS_S = 1.0
#: Steps further apart mean that this program stood still while nobody watched, seconds.
STALLED_S = 2.0
STARTED = "the node was started"


class InterlockSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of one lamp or fan, as in the node's file."""

    #: `uv` needs every condition; `fan` may run with people in the room.
    kind: Literal["uv", "fan"] = "uv"
    #: Where the site's own limits come from: the order, the instruction of the lamp.
    source: Annotated[str, Meta(min_length=3, max_length=200)]
    #: Sound and light before the lamp goes on, "30s" to "60s". Source: our design, science §4.
    warning: Duration = Duration("60s")
    #: Nothing may have moved for so long, "60s" or longer. Source: our design, science §4.
    quiet: Duration = Duration("60s")
    #: The hub's permission may be so old, "2s" or shorter. Source: our design, science §4.
    heartbeat: Duration = Duration("2s")
    #: The lamp is on no longer than this, "1min" to "2h". Source: open lamps 0.25 to 0.5 h, people absent
    #: (R 3.5.1904-04 as quoted; read the lamp's own instruction).
    longest: Duration = Duration("30min")
    #: The room must be aired so long after the lamp, up to "2h". Source: preset 60 min lamp, 15 min airing
    #: (weak: confirm with the lamp's instruction).
    airing: Duration = Duration("15min")

    def __post_init__(self) -> None:
        """Limits may be made stricter than the design, never looser."""
        for name, least_s, most_s, words in (
            ("warning", 30.0, 60.0, '"30s" to "60s"'),
            ("quiet", 60.0, 3600.0, '"60s" to "1h"'),
            ("heartbeat", 0.5, 2.0, '"500ms" to "2s"'),
            ("longest", 60.0, 7200.0, '"1min" to "2h"'),
            ("airing", 0.0, 7200.0, '"0s" to "2h"'),
        ):
            length: Duration = getattr(self, name)
            if not least_s <= length.seconds <= most_s:
                raise ValueError(f'{name} must be {words}, got "{length.text}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known at one step. Whatever happened since the step before is in it, also if it is over."""

    #: Seconds since the hub's newest word on this lamp; None: none yet.
    permission_age_s: float | None
    #: What that word was.
    is_permitted: bool
    #: Whether any beam of the room's doors is, or was, broken; None: a beam cannot be read, or chatters.
    beams_broken: bool | None
    #: Seconds since anything moved, or since the sensor could be read; None: it cannot be.
    pir_quiet_s: float | None
    #: Whether every door is closed and stayed so; None: a contact cannot be read, or chatters.
    is_closed: bool | None
    #: Whether the key is turned on, or the button held, now; None: it cannot be read.
    key_pressed: bool | None


#: Nothing is known: what a step sees when the inputs fail.
BLIND = Seen(
    permission_age_s=None,
    is_permitted=False,
    beams_broken=None,
    pir_quiet_s=None,
    is_closed=None,
    key_pressed=None,
)


class State(Enum):
    """Where a lamp or fan stands."""

    #: Off: a condition is missing.
    LOCKED = "locked"
    #: Off: only the key is missing.
    READY = "ready"
    #: Off: it will be on when the warning is over.
    WARNING = "warning"
    ON = "on"
    #: Off until somebody turns the key.
    LATCHED = "latched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may be now. Whoever gets it switches the relay, and nothing else does."""

    is_on: bool
    is_warning: bool
    state: State
    #: In words for people: what is missing, what switched it off, what is being done.
    why: str
    #: Seconds the room must still be aired.
    airing_left_s: float
    #: Seconds the lamp has been on in its life.
    lamp_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a restart must not forget."""

    #: Seconds the lamp has been on in its life.
    lamp_s: float = 0.0
    #: Seconds the room must still be aired; all of them while the lamp is on.
    airing_left_s: float = 0.0


#: A lamp that was never on.
NEW = Kept()


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the interlock stands between two steps. Durations only, so that equal situations are equal."""

    state: State = State.LATCHED
    why: str = STARTED
    #: Seconds in this state; counted in `WARNING` and `ON`.
    for_s: float = 0.0
    #: What the key was; None: not known, so that its next reading is no turning on.
    key: bool | None = None
    #: Seconds since it was last turned on, up to NERVOUS_S. None have passed at the start: a key that is on
    #: already may settle a moment after the first step, and has not been turned by anybody.
    since_press_s: float = 0.0


def missing(seen: Seen, settings: InterlockSettings) -> str:
    """The first condition that does not hold, in words; empty: all do. Pure."""
    age_s, quiet_s = seen.permission_age_s, seen.pir_quiet_s
    # Comparisons that a NaN fails.
    if age_s is None or not 0.0 <= age_s <= settings.heartbeat.seconds:
        return "the hub is not heard" if age_s is None else f"the hub was last heard {age_s:.1f} s ago"
    if seen.is_permitted is not True:
        return "the hub does not permit it"
    if seen.beams_broken is not False:
        return "a beam cannot be read" if seen.beams_broken is None else "a beam is broken"
    if seen.is_closed is not True:
        return "a door contact cannot be read" if seen.is_closed is None else "a door is open"
    if quiet_s is None or not settings.quiet.seconds <= quiet_s < float("inf"):
        return "the motion sensor cannot be read" if quiet_s is None else f"motion {quiet_s:.0f} s ago"
    if seen.key_pressed is None:
        return "the key cannot be read"
    return ""


def advance(memory: Memory, seen: Seen, passed_s: float, settings: InterlockSettings) -> Memory:
    """The interlock one step later. Pure: the whole of its logic."""
    turned_on = memory.key is False and seen.key_pressed is True
    since_press_s = min(memory.since_press_s + passed_s, NERVOUS_S)
    is_order = turned_on and since_press_s >= NERVOUS_S
    key = (seen.key_pressed, 0.0 if turned_on else since_press_s)
    why = missing(seen, settings)
    if memory.state in (State.WARNING, State.ON):
        for_s = memory.for_s + passed_s
        if passed_s > STALLED_S:
            why = why or f"nobody watched for {passed_s:.1f} s"
        if why:
            return Memory(State.LATCHED, why, 0.0, *key)
        if turned_on:
            return Memory(State.LOCKED, "stopped by the key", 0.0, *key)
        if memory.state is State.WARNING:
            is_over = for_s >= settings.warning.seconds
            return Memory(State.ON, "permitted", 0.0, *key) if is_over else _going_on(memory, for_s, key)
        if for_s >= settings.longest.seconds:
            return Memory(State.LOCKED, "it has been on for as long as it may", 0.0, *key)
        return _going_on(memory, for_s, key)
    if memory.state is State.LATCHED and not is_order:
        return Memory(State.LATCHED, memory.why, 0.0, *key)
    if why or memory.state is State.LATCHED:
        return Memory(State.LOCKED, why or "reset by the key", 0.0, *key)
    if memory.state is State.READY and is_order:
        return Memory(State.WARNING, "everybody out: the lamp goes on", 0.0, *key)
    return Memory(State.READY, "waits for the key", 0.0, *key)


def _going_on(memory: Memory, for_s: float, key: tuple[bool | None, float]) -> Memory:
    return Memory(memory.state, memory.why, for_s, *key)


class _Hours:
    """Seconds on, and the airing owed for them."""

    def __init__(self, kept: Kept, airing_s: float) -> None:
        self._lamp_s = kept.lamp_s
        self._left_s = kept.airing_left_s
        self._airing_s = airing_s

    def count(self, passed_s: float, was_on: bool) -> None:
        if was_on:
            self._lamp_s += passed_s
            self._left_s = self._airing_s
        else:
            self._left_s = max(0.0, self._left_s - passed_s)

    def kept(self, is_on: bool) -> Kept:
        return Kept(lamp_s=self._lamp_s, airing_left_s=self._airing_s if is_on else self._left_s)


class Interlock:
    """One lamp. It never raises: a step that cannot be trusted is a step that switches off."""

    def __init__(self, settings: InterlockSettings, kept: Kept = NEW) -> None:
        """It comes up off and latched, whatever was before."""
        self._settings = settings
        self._memory = Memory()
        self._hours = _Hours(kept, settings.airing.seconds)
        self._now_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the lamp may be on since the last step."""
        return self._memory.state is State.ON

    @property
    def kept(self) -> Kept:
        """What a restart must not forget: to be written each minute while it is on, and when it goes off."""
        return self._hours.kept(self.is_on)

    def step(self, seen: Seen, now_s: float) -> Decision:
        """Decide, every 50 ms; `now_s` is of a monotonic clock, and one that is not trips the lamp."""
        passed_s = 0.0 if self._now_s is None else now_s - self._now_s
        if not 0.0 <= passed_s < float("inf"):
            self._now_s = now_s if isfinite(now_s) else self._now_s
            return self.trip("the clock went back")
        self._now_s = now_s
        self._hours.count(passed_s, self.is_on)
        self._memory = advance(self._memory, seen, passed_s, self._settings)
        return self._decision()

    def trip(self, why: str) -> Decision:
        """Off and latched, for what only the caller knows: a relay that fails, maintenance."""
        self._memory = Memory(State.LATCHED, why)
        return self._decision()

    def _decision(self) -> Decision:
        state = self._memory.state
        kept = self.kept
        return Decision(
            is_on=state is State.ON,
            is_warning=state is State.WARNING,
            state=state,
            why=self._memory.why,
            airing_left_s=kept.airing_left_s,
            lamp_s=kept.lamp_s,
        )
