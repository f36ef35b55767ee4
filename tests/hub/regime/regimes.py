"""The shipped profiles and campuses that name them, for the tests of the regime."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.layout import Layout, Override, SpaceKind, Switch
from hub.regime.profile import Profile, read_profile
from hub.rules import CHECKS
from tests.builders import a_layout, a_space

FOLDER = Path(__file__).parents[3] / "deploy" / "regime"
ORDER, SEASON = "kz-2020-order-345-381", "kz-season"
RULES = tuple(CHECKS)


def shipped(name: str = ORDER) -> Profile:
    """A profile as it is shipped."""
    return read_profile(FOLDER / f"{name}.toml", RULES)


def day(text: str) -> datetime:
    """`2026-11-23T09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_switch(starts: str, profile: str = SEASON, variant: str | None = None) -> Switch:
    """From then on another profile, in campus time."""
    return Switch(starts=datetime.fromisoformat(starts), profile=profile, variant=variant)


def an_override(limit: str, value: bool | int | float | str, **changes: Any) -> Override:
    """A value tightened for the room."""
    where = {} if "building" in changes else {"space": "room"}
    fields: dict[str, Any] = {"source": "Chief doctor, No. 7", **where}
    return Override(limit=limit, value=value, **{**fields, **changes})


def a_campus(**changes: Any) -> Layout:
    """A hall, a room and a laboratory under the order."""
    spaces = (*a_layout().spaces, a_space("lab", kind=SpaceKind.LABORATORY, area_m2=72.0, desks=None))
    return a_layout(**{"profile": ORDER, "spaces": spaces, **changes})
