"""The CO2 of a mixed room, air changes, and the outdoor air people need: closed formulas. Pure.

Sources and vectors: science §3.2 to §3.4. The room is taken as mixed; people as sedentary adults.
"""

from math import exp, log, sqrt

#: CO2 of breath, ppm above the air breathed in. Source: Rudnick & Milton 2003.
BREATH_PPM = 38_000.0
#: Discharge of a sliding or side-hung window. Source: CAiMIRA.
DISCHARGE = 0.6
#: m/s².
GRAVITY = 9.81
LITRES_PER_S_TO_M3_PER_H = 3.6


def co2_after(
    hours: float, *, start_ppm: float, outdoor_ppm: float, source_m3h: float, volume_m3: float, ach: float
) -> float:
    """Ppm after `hours` with a steady source of CO2 (m³/h) and `ach` air changes an hour, above 0."""
    left = exp(-ach * hours)
    risen_ppm = 1e6 * source_m3h / (ach * volume_m3) * (1 - left)
    return outdoor_ppm + (start_ppm - outdoor_ppm) * left + risen_ppm


def ach_between(first_ppm: float, last_ppm: float, outdoor_ppm: float, hours: float) -> float:
    """Air changes an hour from two readings of an empty room, both above outdoor air."""
    return log((first_ppm - outdoor_ppm) / (last_ppm - outdoor_ppm)) / hours


def purge_min(ach: float, share: float) -> float:
    """Minutes until `share` (0 to 1, below 1) of what was in the air is gone."""
    return -log(1 - share) / ach * 60


def purged_share(ach: float, minutes: float) -> float:
    """Share of what was in the air that is gone after so many minutes."""
    return 1 - exp(-ach * minutes / 60)


def supply_ls(people: int, steady_ppm: float, outdoor_ppm: float, breath_ls: float) -> float:
    """Outdoor air, L/s, that holds so many people at `steady_ppm`."""
    return people * 1e6 * breath_ls / (steady_ppm - outdoor_ppm)


def ach_to_ls(ach: float, volume_m3: float) -> float:
    """Outdoor air, L/s, of so many air changes an hour."""
    return ach * volume_m3 / LITRES_PER_S_TO_M3_PER_H


def rebreathed_share(co2_ppm: float, outdoor_ppm: float) -> float:
    """Share of the air that others have breathed before."""
    return max(0.0, (co2_ppm - outdoor_ppm) / BREATH_PPM)


def window_ach(
    volume_m3: float, *, width_m: float, opening_m: float, height_m: float, inside_k: float, outside_k: float
) -> float:
    """Air changes an hour through one sliding window on one side, by the difference of temperature alone."""
    pull = sqrt(GRAVITY * height_m * abs(inside_k - outside_k) / outside_k)
    return 3600 / (3 * volume_m3) * DISCHARGE * width_m * opening_m * pull
