"""How people of a simulated day move, and how they look to a thermometer: settings with defaults. Pure."""

from typing import Annotated

from msgspec import Meta, Struct

from simulator.staff import StaffSettings
from simulator.timetable import DaySettings, Seconds, Share


class PeopleSettings(Struct, frozen=True, kw_only=True):
    """How people move, and how they look to a thermometer."""

    day: DaySettings = DaySettings()
    staff: StaffSettings = StaffSettings()
    #: From one door to the next, seconds, median.
    walk_s: Seconds = 20.0
    #: Between two people who follow each other through a door: median and least, seconds.
    headway_s: Seconds = 1.3
    least_headway_s: Seconds = 0.75
    #: More when the other one comes from the other side, seconds.
    give_way_s: Seconds = 0.8
    #: Share of people at a door who go back in the doorway and come again.
    turn_back_share: Share = 0.03
    #: Share of people in a queue who follow so closely that their torsos overlap in the beams.
    tailgate_share: Share = 0.0
    #: Share of entrants who show their forehead at an entrance with a thermometer.
    screened_share: Share = 0.95
    #: An entrant does not queue longer than this for the thermometer, seconds; then walks on unscreened.
    patience_s: Seconds = 60.0
    #: The forehead before the lens, seconds.
    show_s: Annotated[float, Meta(gt=0.5)] = 2.0
    #: Between two foreheads at one post, and before a second attempt, seconds.
    post_gap_s: Seconds = 1.5
    repeat_after_s: Seconds = 3.0
    #: Who is so much warmer than the median, °C, has time for a second attempt, should the post ask for it.
    repeat_over_c: float = 0.1
    #: How skins differ from person to person, and from attempt to attempt of one person, °C; together 0.45.
    skin_spread_c: Annotated[float, Meta(ge=0.0)] = 0.40
    attempt_spread_c: Annotated[float, Meta(ge=0.0)] = 0.20
    #: Share of entrants with a fever, and how much warmer their skin is, °C.
    febrile_share: Share = 0.01
    fever_least_c: float = 1.5
    fever_most_c: float = 2.5
    #: Who comes first to a thermometer after each of these times has a fever for certain, and is sent home,
    #: seconds.
    fever_at_s: tuple[float, ...] = ()
    #: Share of entrants whose forehead comes cold from outside, and how cold, °C.
    cold_share: Share = 0.0
    cold_least_c: float = 1.0
    cold_most_c: float = 3.0
