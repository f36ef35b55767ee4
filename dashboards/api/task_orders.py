"""What people say about tasks over HTTP: who goes, begun, done, not possible, handed on; kept once a tap."""

from datetime import UTC, datetime
from secrets import token_bytes

import msgspec
from flask import Response

from dashboards.access.auditing import beside_decision, record
from dashboards.access.gate import may, require_building, visitor
from dashboards.access.reach import building_of
from dashboards.api.bodies import Decided, GiveBody, TaskBody, TaskSaid
from dashboards.api.calls import answer, body_of, refuse, require_space, state_now
from dashboards.api.ordering import decide
from dashboards.duty.errands import LASTS, holder, logs
from dashboards.duty.task_limits import OF_TASKS
from dashboards.services import services
from hub.store.errands import Errand
from hub.store.orders import Acknowledge, Treat
from protocol.config import did_you_mean
from protocol.events import Action, Task
from protocol.messages import AlertState
from protocol.quantities import format_instant
from protocol.ulid import new_ulid

#: How old a tap may be that a phone kept while it was offline: a shift.
OLDEST_TAP = LASTS
_VERBS = {Action.STARTED: "start", Action.DONE: "done", Action.ABORTED: "abort"}


def errands() -> Response:
    """What people said about tasks in the last 12 hours."""
    since_ms = int((services().clock.now() - LASTS).timestamp() * 1000)
    return answer(logs(services().work.errands.since(since_ms)))


def take_task(space_id: str, task: str) -> Response:
    """Whoever asks goes to do it; taken by another it stays theirs."""
    asked = body_of(TaskBody)
    tap = _tap(space_id, task, "take", asked)
    known = services().work.errands.find(tap.key)
    who = None if known is not None else _holder(tap)
    if who not in (None, tap.who):
        refuse(409, "taken", f"{who} has it: ask them, or choose another task.")
    return answer(_said(known or _keep(tap)))


def give_task(space_id: str, task: str) -> Response:
    """The task is handed on to whoever has a role."""
    asked = body_of(GiveBody)
    tap = _tap(space_id, task, "give", asked)._replace(to_role=asked.to)
    return answer(_said(services().work.errands.find(tap.key) or _keep(tap)))


def start_task(space_id: str, task: str) -> Response:
    """Say that a treatment was begun."""
    return _treat(space_id, task, Action.STARTED)


def finish_task(space_id: str, task: str) -> Response:
    """Say that a treatment is done."""
    return _treat(space_id, task, Action.DONE)


def abort_task(space_id: str, task: str) -> Response:
    """Say that a treatment cannot be done."""
    return _treat(space_id, task, Action.ABORTED)


def _treat(space_id: str, task: str, action: Action) -> Response:
    asked = body_of(TaskBody)
    tap = _tap(space_id, task, _VERBS[action], asked)
    known = services().work.errands.find(tap.key)
    if known is not None:
        stood = Decided(
            decision=known.decision or 0, kind="task", subject=known.space, by=known.who, at=known.at
        )
        return answer(stood)
    order = Treat(task=Task(task), action=action, reason=asked.reason)
    decided = decide(order, space_id, _tapped_at(asked.at))
    _keep(tap._replace(decision=decided.decision))
    return answer(decided)


def _tap(space_id: str, task: str, verb: str, asked: TaskBody) -> Errand:
    """What is to be kept of a word on a task, or a problem."""
    tasks = [one.value for one in Task]
    if task not in tasks:
        hint = did_you_mean(task, tasks) or f"; they are {', '.join(tasks)}"
        refuse(404, "no-task", f"There is no treatment `{task[:40]}`{hint}")
    require_space(space_id)
    here, asker = services(), visitor()
    assert asker is not None
    found = here.picture().space(space_id)
    require_building(None if found is None else found.building)
    now = here.clock.now()
    at_ms = int((_tapped_at(asked.at) or now).timestamp() * 1000)
    # Without a key of the phone's each call is a tap of its own.
    key = asked.key or new_ulid(now, token_bytes)
    return Errand(key, at_ms, asker.shown_name, space_id, task, verb, note=asked.reason.strip())


def _holder(tap: Errand) -> str | None:
    here = services()
    now = here.clock.now()
    rows = here.work.errands.since(int((now - LASTS).timestamp() * 1000), tap.space, tap.task)
    space = here.picture().space(tap.space)
    due = next((one.due for one in space.tasks if one.task == tap.task), None) if space else None
    return holder(rows, due, now)


def _keep(tap: Errand) -> Errand:
    """Store it and tell every phone; who goes has the alerts about it, too."""
    here = services()
    kept = here.work.errands.add(tap)
    if tap.verb in ("take", "give"):
        detail = {"task": tap.task, "to": tap.to_role, "note": tap.note}
        record(f"task.{tap.verb}", tap.space, {name: said for name, said in detail.items() if said})
    if tap.verb in ("take", "start", "done"):
        _take_alerts(tap)
    now = here.clock.now()
    rows = here.work.errands.since(int((now - LASTS).timestamp() * 1000), tap.space, tap.task)
    here.feed.publish("change", msgspec.json.encode({"now": now, "errands": logs(rows)}))
    here.publisher.nudge()
    return kept


def _take_alerts(tap: Errand) -> None:
    """The alerts that call for this task are in hand."""
    here, state = services(), state_now()
    for alert in state.alerts:
        is_about = alert.rule in OF_TASKS and alert.space == tap.space
        is_open = alert.state is not AlertState.PENDING and alert.acked_by is None
        if not may(visitor(), building_of(Acknowledge(), alert.id, state)):
            continue
        if is_about and is_open and tap.task in (alert.limit_rule or "").split(", "):
            at_ms = int(here.clock.now().timestamp() * 1000)
            here.decisions.add("ack", alert.id, tap.who, at_ms, beside=beside_decision())


def _said(row: Errand) -> TaskSaid:
    return TaskSaid(space=row.space, task=row.task, verb=row.verb, by=row.who, at=row.at)


def _tapped_at(at: datetime | None) -> datetime | None:
    """The instant of the tap, if it may be believed."""
    if at is None:
        return None
    now = services().clock.now()
    if at > now:
        refuse(422, "at", f"`at` is in the future: it is {format_instant(now)} now. Set the phone's clock.")
    if now - at > OLDEST_TAP:
        refuse(
            422,
            "at",
            "`at` is more than 12 h ago, longer than a shift: do it anew, or leave `at` out.",
        )
    return at.astimezone(UTC)
