"""Stores that were put back from a copy: the hub's rows in, what pages say of it out. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from dashboards.duty.handover import campus_time
from hub.store.board import HUB_STORE, PEOPLE_STORE, RestoredRow


class Span(NamedTuple):
    """What one store lacks, on the campus's own clocks."""

    since: str
    at: str


class Notice(NamedTuple):
    """What is said until somebody who answers for it has read it."""

    #: The newest instant it tells of, as the API writes it: reading it is reading all up to then.
    of: str
    #: Of the hub's store: nodes tell it again. None: it was not put back.
    hub: Span | None
    #: Of the people's store: it is lost. None: it was not put back.
    people: Span | None


def notice_of(rows: Sequence[RestoredRow], offset_min: int) -> Notice | None:
    """The notice; None where nothing was put back, or all of it was read."""
    if not rows:
        return None
    spans = {row.store: Span(_time(row.since, offset_min), _time(row.at, offset_min)) for row in rows}
    return Notice(mark_of(rows), spans.get(HUB_STORE), spans.get(PEOPLE_STORE))


def mark_of(rows: Sequence[RestoredRow]) -> str:
    """What tells this notice from another; empty without one."""
    return "" if not rows else str(msgspec.to_builtins(max(row.at for row in rows)))


def _time(at: datetime | None, offset_min: int) -> str:
    return "–" if at is None else campus_time(at, offset_min)
