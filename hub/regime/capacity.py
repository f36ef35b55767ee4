"""How many people a room may hold, which cap binds, and the clause that says so. Pure."""

from dataclasses import dataclass
from math import floor

from hub.layout import Space
from hub.regime.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The binding limit of a room."""

    #: People.
    value: int
    #: Which cap binds: `area`, `desks`, `group-cap` or `fill`.
    limit: str
    #: The clause it comes from.
    clause: str


def capacity_of(space: Space, profile: Profile) -> Capacity:
    """The smallest cap that applies to `space`; of equal ones the first of area, desks, group, fill.

    Source: order No. 345/381, §36.2 and §71 (area, desks), §71 and §69.3 (group or share of the design
    capacity); which of the two alternatives applies to which kind of room is the profile's.
    """
    return min(caps_of(space, profile), key=lambda cap: cap.value)


def caps_of(space: Space, profile: Profile) -> tuple[Capacity, ...]:
    """Every cap that applies to `space`, so that a screen can show which one binds and by how much."""
    limits = profile.capacity[space.kind.value]
    # Floating point must not take a person from a room of exactly so many square metres.
    area = floor(space.area_m2 / limits.m2_per_person + 1e-9)
    caps = [Capacity(value=area, limit="area", clause=limits.source)]
    if limits.per_desk and space.desks is not None:
        caps.append(Capacity(value=space.desks, limit="desks", clause=limits.source))
    cap_clause = limits.cap_source or limits.source
    if limits.group_cap is not None:
        caps.append(Capacity(value=limits.group_cap, limit="group-cap", clause=cap_clause))
    if limits.fill is not None and space.design_capacity is not None:
        filled = floor(space.design_capacity * limits.fill + 1e-9)
        caps.append(Capacity(value=filled, limit="fill", clause=cap_clause))
    return tuple(caps)
