"""What the fold knows, as it is kept in a snapshot: days by ISO date, books by id. Pure."""

from datetime import datetime

from msgspec import Struct

from hub.air.decay import Learned
from hub.counts.door_day import DoorDay
from hub.counts.lessons import BuildingBook
from hub.counts.space_day import SpaceDay
from hub.treatment.record import RoomDay


class Elevated(Struct, frozen=True, order=True):
    """An elevated screening: when it happened, where in the journal it is, and when it came."""

    at: datetime
    position: int
    received: datetime


class PostBook(Struct):
    """What a screening post has seen: verdicts by day, never a temperature."""

    verdicts: dict[str, dict[str, int]] = {}
    #: The newest, by time.
    elevated: list[Elevated] = []
    last_at: datetime | None = None


class EpochBook(Struct):
    """The faults of one life of a node's outbox."""

    newest_at: datetime
    #: Channel → component → (seq, whether the fault goes on).
    faults: dict[str, dict[str, tuple[int, bool]]] = {}


class Latest(Struct):
    """The newest word of a channel: which one it is does not depend on the order in which they came."""

    at: datetime
    epoch: str
    seq: int
    value: float
    reason: str = ""

    def is_before(self, at: datetime, epoch: str, seq: int) -> bool:
        """Whether a word of this identity is newer."""
        return (self.at, self.epoch, self.seq) < (at, epoch, seq)


class DispenserBook(Struct):
    """What a dispenser gave out, by day, and how full it was last."""

    presses: dict[str, int] = {}
    last_at: datetime | None = None
    level: Latest | None = None


class CampusState(Struct):
    """All that the fold knows; days are ISO dates. This is what a snapshot holds."""

    spaces: dict[str, dict[str, SpaceDay]] = {}
    doors: dict[str, dict[str, DoorDay]] = {}
    rooms: dict[str, dict[str, RoomDay]] = {}
    posts: dict[str, PostBook] = {}
    #: Node → epoch → its faults.
    nodes: dict[str, dict[str, EpochBook]] = {}
    dispensers: dict[str, DispenserBook] = {}
    #: Contacts by sensor: 1 open, 0 closed.
    contacts: dict[str, Latest] = {}
    #: Air changes of rooms, learned from falls of their CO2.
    airs: dict[str, Learned] = {}
    #: What closed days have taught about doors, by building.
    books: dict[str, BuildingBook] = {}
    #: The newest campus day that anything was seen on.
    newest_day: str = ""
    #: What people last said of closing a space: 1 closed, 0 open again.
    holds: dict[str, Latest] = {}
    #: Events of channels that the campus file does not name.
    unplaced: int = 0
    #: Events from the future.
    ahead: int = 0
