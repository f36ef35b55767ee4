"""Instants of copies in, those that are kept out: hours, then days, then weeks. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple


class Ladder(NamedTuple):
    """How many copies of each rung are kept; the newest copy is always."""

    hours: int = 24
    days: int = 14
    weeks: int = 8


def kept(instants: Iterable[datetime], ladder: Ladder) -> set[datetime]:
    """The newest of each of the last hours, days and weeks in which there is a copy at all.

    Gaps cost nothing: a machine that was off for a month keeps as many as one that was not.
    """
    newest_first = sorted({at.astimezone(UTC) for at in instants}, reverse=True)
    found = set(newest_first[:1])
    rungs = ((ladder.hours, "%Y%m%d%H"), (ladder.days, "%Y%m%d"), (ladder.weeks, "%G%V"))
    for most, form in rungs:
        # The newest of a stretch comes first, and stays.
        newest: dict[str, datetime] = {}
        for at in newest_first:
            newest.setdefault(at.strftime(form), at)
        found.update(list(newest.values())[:most])
    return found
