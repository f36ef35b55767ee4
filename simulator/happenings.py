"""What happens at doors, thermometers and panels of a simulated day, one struct each. Pure."""

from typing import NamedTuple

from protocol.events import Direction
from simulator.staff import Chore
from simulator.timetable import Act


class Crossing(NamedTuple):
    """Somebody in a doorway: the truth that the beams shall find."""

    #: Seconds since the simulation's start, when the body is midway between the beams.
    t_s: float
    door: str
    direction: Direction
    #: Which person of the day, and the group.
    person: int
    group: str
    #: True: went back in the doorway; nobody has moved.
    turned_back: bool = False
    #: True: so close behind the one before that two beams cannot tell them apart.
    tailgating: bool = False


class Visit(NamedTuple):
    """A forehead before the thermometer of a post."""

    #: Seconds since the simulation's start, when it comes before the lens.
    t_s: float
    post: str
    person: int
    show_s: float
    #: Skin at 24 °C of air, °C, with fever or cold already in it.
    skin_c: float
    #: How much of that is fever, °C; 0 for nearly everyone.
    fever_c: float = 0.0
    #: Negative for somebody who comes cold from outside, °C.
    cold_c: float = 0.0
    #: 2: takes place only if the post asked for it.
    attempt: int = 1


class Deed(NamedTuple):
    """A hand at a sensor: a button pressed, a window opened, a dispenser used or filled."""

    #: Seconds since the simulation's start.
    t_s: float
    #: By its id in the campus file.
    sensor: str
    act: Act
    #: The chore it is a part of; -1: of none.
    chore: int = -1
    #: False: its node was dead and nobody was told.
    was_heard: bool = True


Happening = Crossing | Visit | Deed | Chore
