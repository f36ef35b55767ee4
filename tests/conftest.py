"""What all tests share: one PostgreSQL a run, and no property judged by how long an example takes."""

from hypothesis import HealthCheck, settings

from tests.postgres import database, either, postgres

__all__ = ["database", "either", "postgres"]

# A machine that does other things beside takes its time; all else stays as Hypothesis, or its CI, has it.
settings.register_profile(
    "patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")
