"""What people decide over HTTP: a call in, a decision for the hub out, or a problem that says what to do."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import NoReturn, TypeVar

import msgspec
from flask import Response, abort, request
from msgspec.structs import asdict

from dashboards.auditing import beside_decision, record
from dashboards.bodies import (
    Body,
    Decided,
    DrillBody,
    GiveBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    SilenceMade,
    TaskBody,
    TaskSaid,
)
from dashboards.errands import LASTS, holder, logs
from dashboards.gate import visitor
from dashboards.picture import Picture
from dashboards.problems import problem
from dashboards.reach import require_reach
from dashboards.services import services
from dashboards.task_limits import OF_TASKS
from dashboards.views import State, view_alert
from dashboards.wording import known_rules
from hub.store.alert_book import row_of
from hub.store.decisions import REPEAT_MS, Decision
from hub.store.errands import Errand
from hub.store.orders import (
    Close,
    Count,
    EndSilence,
    Order,
    Shelve,
    SignShift,
    Silence,
    StartDrill,
    Treat,
    encode_order,
)
from protocol.config import did_you_mean
from protocol.events import Action, Task
from protocol.messages import AlertState
from protocol.quantities import format_instant
from protocol.ulid import new_ulid

#: How old a tap may be that a phone kept while it was offline: a shift.
OLDEST_TAP = LASTS
#: No shift is longer; the hub ends a silence with the shift that runs.
LONGEST_SILENCE = timedelta(hours=24)
_B = TypeVar("_B", bound=Body)
_VERBS = {Action.STARTED: "start", Action.DONE: "done", Action.ABORTED: "abort"}


def shelve(alert_id: str) -> Response:
    """Put an alert aside for a while; 0 minutes takes it down again."""
    asked = _body(ShelveBody)
    _require_open(alert_id)
    return _answer(decide(Shelve(minutes=asked.minutes, reason=asked.reason or "taken down"), alert_id))


def errands() -> Response:
    """What people said about tasks in the last 12 hours."""
    since_ms = int((services().clock.now() - LASTS).timestamp() * 1000)
    return _answer(logs(services().work.errands.since(since_ms)))


def take_task(space_id: str, task: str) -> Response:
    """Whoever asks goes to do it; taken by another it stays theirs."""
    asked = _body(TaskBody)
    tap = _tap(space_id, task, "take", asked)
    known = services().work.errands.find(tap.key)
    who = None if known is not None else _holder(tap)
    if who not in (None, tap.who):
        _refuse(409, "taken", f"{who} has it: ask them, or choose another task.")
    return _answer(_said(known or _keep(tap)))


def give_task(space_id: str, task: str) -> Response:
    """The task is handed on to whoever has a role."""
    asked = _body(GiveBody)
    tap = _tap(space_id, task, "give", asked)._replace(to_role=asked.to)
    return _answer(_said(services().work.errands.find(tap.key) or _keep(tap)))


def start_task(space_id: str, task: str) -> Response:
    """Say that a treatment was begun."""
    return _treat(space_id, task, Action.STARTED)


def finish_task(space_id: str, task: str) -> Response:
    """Say that a treatment is done."""
    return _treat(space_id, task, Action.DONE)


def abort_task(space_id: str, task: str) -> Response:
    """Say that a treatment cannot be done."""
    return _treat(space_id, task, Action.ABORTED)


def recount(space_id: str) -> Response:
    """Say how many people are in a space."""
    asked = _body(RecountBody)
    _require_space(space_id)
    return _answer(decide(Count(count=asked.count, reason=asked.reason), space_id))


def hold(space_id: str) -> Response:
    """Close a space, or open it again."""
    asked = _body(HoldBody)
    _require_space(space_id)
    return _answer(decide(Close(on=asked.on, reason=asked.reason), space_id))


def silence() -> Response:
    """Tell nobody about what matches, until then."""
    return _answer(add_silence(_body(SilenceBody)), status=201)


def add_silence(asked: SilenceBody) -> SilenceMade:
    """A silence for the hub to keep, or a problem that says which field is wrong."""
    now = services().clock.now()
    until = asked.until.astimezone(UTC)
    if until <= now:
        _refuse(422, "until", f"`until` is over: it is {format_instant(now)} now. Name a later instant.")
    if until - now > LONGEST_SILENCE:
        _refuse(422, "until", "A silence ends with the shift: `until` is at most 24 h from now.")
    picture = services().picture()
    state = _state(picture)
    _require_known("rule", asked.rule, known_rules())
    _require_known("space", asked.space, [one.space for one in state.spaces])
    _require_known("building", asked.building, sorted({one.building for one in state.spaces}))
    _require_known("node", asked.node, [one.node for one in state.nodes])
    order = Silence(
        reason=asked.reason,
        until=until,
        rule=asked.rule,
        space=asked.space,
        building=asked.building,
        node=asked.node,
    )
    name = _silence_name(encode_order(order)[1], now)
    return SilenceMade(**asdict(decide(order, name)), id=name)


def end_silence(silence_id: str) -> Response:
    """A silence ends now; doing it again changes nothing."""
    here = services()
    on_board = silence_id in {one.id for one in _state(here.picture()).silences}
    if not on_board and not here.decisions.about("silence", [silence_id]):
        _refuse(404, "no-silence", f"There is no silence `{silence_id[:40]}`: see GET /api/1/silences.")
    if not here.decisions.about("unsilence", [silence_id]):
        decide(EndSilence(), silence_id)
    return Response(status=204)


def drill() -> Response:
    """Begin a drill."""
    return _answer(begin_drill(_body(DrillBody)))


def begin_drill(asked: DrillBody) -> Decided:
    """A drill for the hub to play, or a problem that says which field is wrong."""
    state = _state(services().picture())
    if asked.what == "overload":
        _require_known("subject", asked.subject, [one.space for one in state.spaces])
    if asked.what == "dead-door":
        _require_known("subject", asked.subject, [one.node for one in state.nodes])
    return decide(StartDrill(what=asked.what), asked.subject)


def sign_shift(shift: str) -> Decided:
    """Whoever asks has read the list of a shift."""
    return decide(SignShift(), shift)


def decide(order: Order, subject: str, at: datetime | None = None) -> Decided:
    """Store what the visitor orders; a repeat within a minute is the decision that stands."""
    here, asker = services(), visitor()
    assert asker is not None
    require_reach(order, subject)
    kind, detail = encode_order(order)
    at_ms = int((at or here.clock.now()).timestamp() * 1000)
    stored: Decision = here.decisions.add(
        kind, subject, asker.shown_name, at_ms, detail, beside=beside_decision()
    )
    here.publisher.nudge()
    return Decided(decision=stored.id, kind=kind, subject=subject, by=stored.who, at=stored.at)


def _treat(space_id: str, task: str, action: Action) -> Response:
    asked = _body(TaskBody)
    tap = _tap(space_id, task, _VERBS[action], asked)
    known = services().work.errands.find(tap.key)
    if known is not None:
        stood = Decided(
            decision=known.decision or 0, kind="task", subject=known.space, by=known.who, at=known.at
        )
        return _answer(stood)
    order = Treat(task=Task(task), action=action, reason=asked.reason)
    decided = decide(order, space_id, _tapped_at(asked.at))
    _keep(tap._replace(decision=decided.decision))
    return _answer(decided)


def _tap(space_id: str, task: str, verb: str, asked: TaskBody) -> Errand:
    """What is to be kept of a word on a task, or a problem."""
    tasks = [one.value for one in Task]
    if task not in tasks:
        hint = did_you_mean(task, tasks) or f"; they are {', '.join(tasks)}"
        _refuse(404, "no-task", f"There is no treatment `{task[:40]}`{hint}")
    _require_space(space_id)
    here, asker = services(), visitor()
    assert asker is not None
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
    here = services()
    for alert in _state(here.picture()).alerts:
        is_about = alert.rule in OF_TASKS and alert.space == tap.space
        is_open = alert.state is not AlertState.PENDING and alert.acked_by is None
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
        _refuse(422, "at", f"`at` is in the future: it is {format_instant(now)} now. Set the phone's clock.")
    if now - at > OLDEST_TAP:
        _refuse(
            422,
            "at",
            "`at` is more than 12 h ago, longer than a shift: do it anew, or leave `at` out.",
        )
    return at.astimezone(UTC)


def _require_open(alert_id: str) -> None:
    """Refuse what is not there, has not fired, or is over and done."""
    alert = next((one for one in _state(services().picture()).alerts if one.id == alert_id), None)
    if alert is None:
        past = services().alert_book.find(alert_id)
        if past is None:
            _refuse(404, "no-alert", f"There is no alert `{alert_id[:40]}`. GET /api/1/alerts lists them.")
        if past.closed_at is not None:
            _refuse(409, "closed", "The alert is closed: there is nothing to put aside.")
        alert = view_alert(row_of(past))
    if alert.state is AlertState.PENDING:
        _refuse(409, "pending", "The alert has not fired yet: there is nothing to put aside.")


def _require_space(space_id: str) -> None:
    if services().picture().space(space_id) is None:
        spaces = [one.space for one in _state(services().picture()).spaces]
        hint = did_you_mean(space_id, spaces) or ". GET /api/1/spaces lists them."
        _refuse(404, "no-space", f"There is no space `{space_id[:60]}`{hint}")


def _require_known(field: str, word: str | None, known: list[str]) -> None:
    if word is not None and word not in known:
        _refuse(422, field, f"`{field}`: there is no `{word[:60]}`{did_you_mean(word, known)}")


def _silence_name(detail: bytes, now: datetime) -> str:
    """A new name; a repeat within a minute gets the first one's again, unless that was ended meanwhile."""
    here, asker = services(), visitor()
    assert asker is not None
    seed, minute = asker.shown_name.encode() + b"\0" + detail, timedelta(minutes=1)
    this_minute = now.replace(second=0, microsecond=0)
    for nth in count():
        names = [new_ulid(at, _chance(seed, nth)).lower() for at in (this_minute, this_minute - minute)]
        if here.decisions.about("unsilence", names):
            continue
        made = here.decisions.about("silence", names)
        young = [name for name, one in made.items() if now.timestamp() * 1000 - one.at_ms < REPEAT_MS]
        if young or names[0] not in made:
            return (young or names)[0]
    raise AssertionError("unreachable: counting ends by itself")


def _chance(seed: bytes, nth: int) -> Callable[[int], bytes]:
    return lambda length: hashlib.sha256(seed + nth.to_bytes(4, "big")).digest()[:length]


def _body(kind: type[_B]) -> _B:
    """The body of the call, or a problem that shows a good one."""
    raw = request.get_data() or b"{}"
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        _refuse(422, "body", f"{error}. Send for example {kind.EXAMPLE}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        _refuse(400, "json", f"The body is not JSON. Send for example {kind.EXAMPLE}")


def _refuse(status: int, code: str, detail: str) -> NoReturn:
    abort(problem(status, code, detail))


def _state(picture: Picture) -> State:
    return picture.state(services().clock.now(), services().settings.build)


def _answer(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, content_type="application/json")
