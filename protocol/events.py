"""What a node saw, as frozen structs: one per kind of event, told apart by the field `kind`. Pure."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from protocol.quantities import Celsius, Id, Seq, Share, Text, require_utc


class ClockState(Enum):
    """Whether the node's wall clock was set by time service when the event was stamped."""

    SYNCED = "synced"
    ESTIMATED = "estimated"


class Direction(Enum):
    """Which way somebody walked, seen from the channel's inner side."""

    IN = "in"
    OUT = "out"


class Verdict(Enum):
    """What the entrance thermometer made of one attempt. A person decides, never this."""

    PASS = "pass"
    REPEAT = "repeat"
    ELEVATED = "elevated"
    TOO_COLD = "too_cold"
    NO_READING = "no_reading"


class Task(Enum):
    """The treatments of a room."""

    AIRING = "airing"
    SURFACES = "surfaces"
    EQUIPMENT = "equipment"
    AIR_DISINFECTION = "air_disinfection"


class Action(Enum):
    """What was done with a treatment."""

    STARTED = "started"
    DONE = "done"
    ABORTED = "aborted"


class Proof(Enum):
    """How the node knows of a treatment."""

    BUTTON = "button"
    TAG = "tag"
    CONTACT = "contact"
    SENSOR = "sensor"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """The fields every event has."""

    #: Position in the node's epoch, from 1 without gaps.
    seq: Seq
    #: When it happened, UTC, milliseconds.
    at: datetime
    #: The node's own name for the door, post or sensor it was seen at.
    channel: Id
    clock: ClockState = ClockState.SYNCED

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC."""
        require_utc(self.at)


class Passage(Event, frozen=True, kw_only=True, omit_defaults=True, tag="passage"):
    """Somebody walked through a door."""

    direction: Direction
    #: How many walked abreast or too close to tell apart.
    people: Annotated[int, Meta(ge=1, le=100)] = 1
    #: Seconds between the first beam broken and the last one free, [0, 60).
    took_s: Annotated[float, Meta(ge=0.0, lt=60.0)] | None = None
    confidence: Share | None = None


class Screening(Event, frozen=True, kw_only=True, omit_defaults=True, tag="screening"):
    """One attempt at the entrance thermometer. Carries nothing that names a person."""

    verdict: Verdict
    #: °C over this post's running median, compensated for air temperature.
    index_c: Annotated[float, Meta(ge=-100.0, le=400.0)] | None = None
    skin_c: Celsius | None = None
    ambient_c: Celsius | None = None
    #: Largest minus smallest sample of the stable run, °C.
    spread_c: Annotated[float, Meta(ge=0.0, le=400.0)] | None = None
    samples: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    #: 1 for the first try of a visit.
    attempt: Annotated[int, Meta(ge=1, le=1000)] = 1

    def bare(self) -> "Screening":
        """The same without what was measured on the person: verdict and attempt."""
        return replace(self, index_c=None, skin_c=None, ambient_c=None, spread_c=None, samples=None)


class Dispense(Event, frozen=True, kw_only=True, omit_defaults=True, tag="dispense"):
    """A dispenser was used."""

    amount_ml: Annotated[float, Meta(ge=0.0, le=10_000.0)] | None = None
    presses: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    #: How full it is, where it has a gauge.
    level: Share | None = None


class Treatment(Event, frozen=True, kw_only=True, omit_defaults=True, tag="treatment"):
    """A treatment of a room was started, done or aborted."""

    task: Task
    action: Action
    proof: Proof


class Air(Event, frozen=True, kw_only=True, omit_defaults=True, tag="air"):
    """A reading of the room's air."""

    co2_ppm: Annotated[float, Meta(ge=0.0, le=100_000.0)] | None = None
    temperature_c: Annotated[float, Meta(ge=-70.0, le=150.0)] | None = None
    humidity: Share | None = None


class Contact(Event, frozen=True, kw_only=True, omit_defaults=True, tag="contact"):
    """A window, door or lamp relay opened or closed."""

    open: bool


class Fault(Event, frozen=True, kw_only=True, omit_defaults=True, tag="fault"):
    """A component of the node stopped working; said once."""

    component: Text
    code: Text
    detail: Text = ""


class Recovered(Event, frozen=True, kw_only=True, omit_defaults=True, tag="recovered"):
    """A component of the node works again; said once."""

    component: Text
    code: Text
    detail: Text = ""


AnyEvent = Passage | Screening | Dispense | Treatment | Air | Contact | Fault | Recovered
#: Every kind on the wire, by its name.
KINDS: dict[str, type[Event]] = {
    "passage": Passage,
    "screening": Screening,
    "dispense": Dispense,
    "treatment": Treatment,
    "air": Air,
    "contact": Contact,
    "fault": Fault,
    "recovered": Recovered,
}
