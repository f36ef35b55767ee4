"""What is in a space, as the board has it: doors, posts and sensors with what they last said. Pure."""

from datetime import datetime

from msgspec import Struct

from protocol.quantities import Id


class ThingRow(Struct, frozen=True, kw_only=True):
    """A door, post or sensor of a space."""

    id: Id
    #: `door`, `post`, or the kind of sensor: `air`, `window`, `door-contact`, `dispenser`, `button`, ….
    kind: str
    node: Id
    #: When it last said that something happened, as far as is remembered; None: not today.
    said_at: datetime | None
    #: What it said: CO2 in ppm, 1 open or 0 closed, a level of 0–1; None: nothing, or nothing of the kind.
    value: float | None = None
    #: A fault of its channel goes on.
    is_faulty: bool = False
    #: How far it is believed, 0–1, and why not more, one word; None: that is not asked of its kind.
    trust: float | None = None
    why: str | None = None
    #: People counted in and out during the last 5 whole minutes; None: it is no door.
    ins: int | None = None
    outs: int | None = None


class RoomRow(Struct, frozen=True, kw_only=True):
    """What a space's own page needs beside its tile; the hub writes it twice a minute where it changed."""

    space: Id
    #: People counted in and out during the last 60 whole minutes, whatever is believed of the doors.
    came: int
    went: int
    things: tuple[ThingRow, ...]
