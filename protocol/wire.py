"""Which versions of the wire a side speaks, and whether two sides understand each other. Pure.

A version is one number for all that is said below `kuzet/1/`, apart from that of the software. It is counted
up when something is added that the other side may not pass over: a kind of event, say.
"""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

Version = Annotated[int, Meta(ge=1, le=9999)]


class Wire(Struct, frozen=True, array_like=True):
    """The versions that a side speaks, both ends inclusive; on the wire `[1, 2]`."""

    oldest: Version
    newest: Version

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins."""
        if self.oldest > self.newest:
            raise ValueError(f"wire has the range {self.oldest}..{self.newest}, which ends before it begins")

    def __str__(self) -> str:
        return str(self.newest) if self.oldest == self.newest else f"{self.oldest} to {self.newest}"

    def speaks(self, version: int) -> bool:
        """Whether a message of this version can be read."""
        return self.oldest <= version <= self.newest

    def agreed(self, other: "Wire") -> int | None:
        """The newest version that both speak; None: they do not understand each other."""
        newest = min(self.newest, other.newest)
        return newest if newest >= max(self.oldest, other.oldest) else None

    def accord(self, other: "Wire") -> "Accord":
        """How the other side stands to this one."""
        if other.newest < self.oldest:
            return Accord.TOO_OLD
        return Accord.TOO_NEW if other.oldest > self.newest else Accord.AGREED


class Accord(Enum):
    """Whether the other side is understood."""

    AGREED = "agreed"
    TOO_OLD = "too-old"
    TOO_NEW = "too-new"


#: What is spoken now. 2: both sides say which versions they speak, and messages of events which they are in.
NEWEST = 2
#: This version and the one before: hub and nodes may be one version apart, either way.
WIRE = Wire(NEWEST - 1, NEWEST)
#: Of a side that does not say.
UNSAID = Wire(1, 1)
