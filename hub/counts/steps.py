"""What happened to a space in one minute, as the counts tell it to whoever follows the room. Pure."""

from typing import NamedTuple


class Step(NamedTuple):
    """One minute in which somebody passed or somebody counted."""

    #: Minutes since 1970 UTC.
    minute: int
    #: People who came in and went out during it.
    ins: int
    outs: int
    #: People inside at its end, never below zero.
    inside: int
