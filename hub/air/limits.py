"""What the air of a room must be like, and when an estimate of it counts; a table of every profile. Pure."""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.quantities import Duration, Share

Clause = Annotated[str, Meta(min_length=1, max_length=200)]
Ppm = Annotated[float, Meta(gt=0.0, le=20_000.0)]


class AirLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[air]` of a profile."""

    #: From here the room is near its limit, ppm of CO2.
    near_ppm: Ppm = 800.0
    near_source: Clause
    #: From here the room must be aired, ppm.
    air_ppm: Ppm = 1000.0
    air_source: Clause
    #: From here people should leave while it is aired, ppm.
    leave_ppm: Ppm = 2000.0
    leave_source: Clause
    #: Outdoor air, ppm. Source: 420 to 440 ppm (science §3.2).
    outdoor_ppm: Annotated[float, Meta(ge=350.0, le=600.0)] = 420.0
    #: A sensor that reads so far below outdoor air is wrong, ppm: the accuracy of an SCD41 is 40 ppm + 5 %.
    faulty_under_ppm: Annotated[float, Meta(gt=0.0, le=300.0)] = 60.0
    #: Outdoor air each person needs, L/s. Source: WHO roadmap, 10 L/s in rooms that are no homes.
    need_ls: Annotated[float, Meta(gt=0.0, le=100.0)] = 10.0
    need_source: Clause
    #: CO2 one person breathes out, L/s: a sedentary adult. Source: science §3.2.
    breath_ls: Annotated[float, Meta(gt=0.0, le=0.1)] = 0.0043
    #: A reading older than this is not the room's air now.
    fresh_for: Duration = Duration("20min")
    #: Air changes an hour of a room that has taught us none: windows shut, no mechanical air. Source: 0.25
    #: (infiltration in CAiMIRA, science §3.3) to 1 or 2 (natural, §3.2).
    assumed_ach: Annotated[float, Meta(gt=0.0, le=50.0)] = 0.5
    #: A fall of CO2 teaches air changes only when so much is left above outdoor air at its end, ppm, ...
    fit_least_excess_ppm: Annotated[float, Meta(gt=0.0, le=5000.0)] = 150.0
    #: ... the straight line explains so much of it (R²), ...
    fit_r2: Share = 0.98
    #: ... and it lasted so long. Source: science §3.2 for the two above; this is ours.
    fit_for: Duration = Duration("20min")

    def __post_init__(self) -> None:
        """Refuse limits that are not in order."""
        if not self.outdoor_ppm < self.near_ppm <= self.air_ppm <= self.leave_ppm:
            raise ValueError(
                "outdoor_ppm, near_ppm, air_ppm and leave_ppm must rise, got "
                f"{self.outdoor_ppm:g}, {self.near_ppm:g}, {self.air_ppm:g}, {self.leave_ppm:g}"
            )


#: What a fall of CO2 must be like to teach anything; no profile changes what a room's air has done.
LEARNING = AirLimits(
    near_source="learning", air_source="learning", leave_source="learning", need_source="ours"
)
