"""The words of door counting: what a crossing is, how it can end, and what a decoder is set to. Pure."""

from dataclasses import dataclass
from enum import Enum

#: A body is longer than the space between the beams, and not so many times as long.
LONGEST_BODY = 20.0


class Outcome(Enum):
    """How an episode at a door ended."""

    #: Somebody went in: the outer beam first, the inner beam last.
    IN = "in"
    #: Somebody went out: the inner beam first, the outer beam last.
    OUT = "out"
    #: Somebody came to the beams and went back the same way.
    TURNED_BACK = "turned_back"
    #: The beams were broken in a way no walker explains; nobody is counted.
    AMBIGUOUS = "ambiguous"
    #: A beam has been broken too long for a walker; said once.
    OBSTRUCTED = "obstructed"
    #: Both beams are free again after an obstruction; said once.
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One thing that happened between two beams."""

    outcome: Outcome
    #: How many did so, too close to tell apart when more than 1; 0 where nobody is meant.
    people: int
    #: Seconds of the same clock as the edges: when the last beam of this crossing was freed.
    t_s: float
    #: Seconds from the first beam broken to the last one free, [0, 60).
    took_s: float
    #: How sure the outcome and the number of people are together, 0 to 1.
    confidence: float

    def __post_init__(self) -> None:
        if self.people < 0:
            raise ValueError(f"people must be 0 or more, got {self.people}")
        if not 0.0 <= self.took_s < 60.0:
            raise ValueError(f"took_s must be in [0, 60), got {self.took_s}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be in [0, 1], got {self.confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageSettings:
    """What a decoder must know about its door; every default suits two beams 10 cm apart at chest height."""

    #: Metres between the two beams along the walking direction. Source: the mounting plate.
    spacing_m: float = 0.10
    #: Metres of a body along the walking direction, where a door starts before it has learned from its own
    #: lone walkers. Source: the torso depth assumed for the beams (0.26 m).
    torso_m: float = 0.26
    #: Seconds within which a beam may chatter after an edge. Source: 5 ms of contact bounce and 1 ms of
    #: rounding in the time stamps; a body needs twenty times as long.
    bounce_s: float = 0.006
    #: Seconds both beams must be free before an episode is over.
    rest_s: float = 0.15
    #: Seconds without any edge while a beam is broken that mean an obstruction. Source: Roode's path timeout.
    obstructed_after_s: float = 3.0
    #: Seconds one beam may stay broken while the other one still moves: a crowd may do that, a body cannot.
    stuck_after_s: float = 12.0
    #: Seconds after which an endless stream of people is decoded as far as it can be.
    stream_s: float = 6.0
    #: Metres per second that nobody exceeds in a door; edges closer than spacing / fastest are simultaneous.
    fastest_m_s: float = 4.0
    #: Metres per second below which two edges are not one walker's.
    slowest_m_s: float = 0.05

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0.0 < value < float("inf"):
                raise ValueError(f"{name} must be a positive number, got {value}")
        if not self.spacing_m < self.torso_m < LONGEST_BODY * self.spacing_m:
            raise ValueError(
                f"torso_m must be between 1 and {LONGEST_BODY:.0f} times spacing_m {self.spacing_m}, "
                f"got {self.torso_m}; a body must break both beams together"
            )
        if self.slowest_m_s >= self.fastest_m_s:
            raise ValueError(
                f"slowest_m_s must be below fastest_m_s {self.fastest_m_s}, got {self.slowest_m_s}"
            )
