"""People went in before the room was ready: its treatment begins again (§36.4). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.treatment.view import Phase, RoomTreatment

RULE = "early-entry"
#: An entry is news for so long; what is told later corrects the record and calls nobody.
NEWS = timedelta(minutes=5)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding from the entry on, while that use of the room goes on and at least as long as it is news."""
    room = situation.treatment(subject, now)
    entered = room.entered_early_at
    if entered is None or entered > now:
        return
    is_news = now - entered < NEWS
    if not is_news and not _is_still_inside(room, entered):
        return
    found = about_space(RULE, situation.spaces[subject], _clause(situation, subject, room), starts=is_news)
    yield replace(found, newest_at=entered, limit_rule=_missing(room))
    if is_news:
        yield Later(entered + NEWS)


def _is_still_inside(room: RoomTreatment, entered: datetime) -> bool:
    if room.phase is Phase.UNKNOWN:
        return True
    return room.in_use_since is not None and room.in_use_since <= entered


def _clause(situation: Situation, subject: str, room: RoomTreatment) -> str:
    limits = situation.limits(subject).treatment
    kind = limits.kinds.get(situation.spaces[subject].kind.value)
    owed = next((one.clause for one in room.tasks if one.due is not None), None)
    return owed or (kind.source if kind else limits.source)


def _missing(room: RoomTreatment) -> str:
    """The treatment that was not done; or the break alone."""
    return next((one.task.value for one in room.tasks if one.due is not None), "break")
