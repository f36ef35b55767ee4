"""Limits of air for the tests. Pure."""

from hub.air.limits import AirLimits

LIMITS = AirLimits(near_source="REHVA", air_source="UBA 2008", leave_source="UBA 2008", need_source="WHO")
