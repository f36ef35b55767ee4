"""What people said about tasks, as phones get it, and who has one now. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.store.errands import Errand

#: What was said longer ago is of another shift.
LASTS = timedelta(hours=12)
#: A task's due instant may be corrected by late events; what was said a little before it is still about it.
SLACK = timedelta(minutes=10)
#: Whoever says so has it from then on; any other word lets it go.
_HOLDING = ("take", "start")


class Said(Struct, frozen=True, kw_only=True):
    """One line of a task's timeline."""

    at: datetime
    who: str
    #: `take`, `start`, `done`, `abort`, `give`.
    verb: str
    #: The role it was handed to; null but for `give`.
    to: str | None
    note: str


class TaskLog(Struct, frozen=True, kw_only=True):
    """What people said about one task of one space in the last 12 hours, in the order of the taps."""

    space: str
    task: str
    said: list[Said]


def logs(rows: Iterable[Errand]) -> list[TaskLog]:
    """The rows by task."""
    found: dict[tuple[str, str], list[Said]] = {}
    for row in rows:
        line = Said(at=row.at, who=row.who, verb=row.verb, to=row.to_role, note=row.note)
        found.setdefault((row.space, row.task), []).append(line)
    return [TaskLog(space=space, task=task, said=said) for (space, task), said in found.items()]


def holder(rows: Sequence[Errand], due: datetime | None, now: datetime) -> str | None:
    """Who has the task that fell due then; None: nobody, or what was said is about an earlier time."""
    since = now - LASTS if due is None else max(now - LASTS, due - SLACK)
    about_it = [row for row in rows if row.at >= since]
    return about_it[-1].who if about_it and about_it[-1].verb in _HOLDING else None
