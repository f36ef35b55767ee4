"""What people decide over HTTP: a call in, a decision for the hub out, or a problem that says what to do."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NoReturn, TypeVar

import msgspec
from flask import Response, abort, request
from msgspec.structs import asdict

from dashboards.bodies import (
    Body,
    Decided,
    DrillBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    SilenceMade,
    TaskBody,
)
from dashboards.gate import visitor
from dashboards.picture import Picture
from dashboards.problems import problem
from dashboards.services import services
from dashboards.views import State, view_alert
from dashboards.wording import known_rules
from hub.store.alert_book import row_of
from hub.store.decisions import REPEAT_MS, Decision
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
OLDEST_TAP = timedelta(hours=12)
#: No shift is longer; the hub ends a silence with the shift that runs.
LONGEST_SILENCE = timedelta(hours=24)
_B = TypeVar("_B", bound=Body)


def shelve(alert_id: str) -> Response:
    """Put an alert aside for a while; 0 minutes takes it down again."""
    asked = _body(ShelveBody)
    _require_open(alert_id)
    return _answer(decide(Shelve(minutes=asked.minutes, reason=asked.reason or "taken down"), alert_id))


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
    asked, now = _body(SilenceBody), services().clock.now()
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
    decided = decide(order, name)
    return _answer(SilenceMade(**asdict(decided), id=name), status=201)


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
    asked = _body(DrillBody)
    state = _state(services().picture())
    if asked.what == "overload":
        _require_known("subject", asked.subject, [one.space for one in state.spaces])
    if asked.what == "dead-door":
        _require_known("subject", asked.subject, [one.node for one in state.nodes])
    return _answer(decide(StartDrill(what=asked.what), asked.subject))


def sign_shift(shift: str) -> Decided:
    """Whoever asks has read the list of a shift."""
    return decide(SignShift(), shift)


def decide(order: Order, subject: str, at: datetime | None = None) -> Decided:
    """Store what the visitor orders; a repeat within a minute is the decision that stands."""
    here, asker = services(), visitor()
    assert asker is not None
    kind, detail = encode_order(order)
    at_ms = int((at or here.clock.now()).timestamp() * 1000)
    stored: Decision = here.decisions.add(kind, subject, asker.shown_name, at_ms, detail)
    here.publisher.nudge()
    return Decided(decision=stored.id, kind=kind, subject=subject, by=stored.who, at=stored.at)


def _treat(space_id: str, task: str, action: Action) -> Response:
    tasks = [one.value for one in Task]
    if task not in tasks:
        hint = did_you_mean(task, tasks) or f"; they are {', '.join(tasks)}"
        _refuse(404, "no-task", f"There is no treatment `{task[:40]}`{hint}")
    asked = _body(TaskBody)
    _require_space(space_id)
    order = Treat(task=Task(task), action=action, reason=asked.reason)
    return _answer(decide(order, space_id, _tapped_at(asked.at)))


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
