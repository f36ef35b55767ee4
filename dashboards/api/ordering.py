"""What people decide over HTTP: a call in, a decision for the hub out, or a problem that says what to do."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from flask import Response
from msgspec.structs import asdict

from dashboards.access.auditing import beside_decision
from dashboards.access.gate import visitor
from dashboards.access.reach import require_reach
from dashboards.api.bodies import (
    Decided,
    DrillBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    SilenceMade,
)
from dashboards.api.calls import answer, body_of, refuse, require_known, require_space, state_now
from dashboards.live.views import view_alert
from dashboards.services import services
from dashboards.words.wording import known_rules
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
    encode_order,
)
from protocol.messages import AlertState
from protocol.quantities import format_instant
from protocol.ulid import new_ulid

#: No shift is longer; the hub ends a silence with the shift that runs.
LONGEST_SILENCE = timedelta(hours=24)


def shelve(alert_id: str) -> Response:
    """Put an alert aside for a while; 0 minutes takes it down again."""
    asked = body_of(ShelveBody)
    _require_open(alert_id)
    return answer(decide(Shelve(minutes=asked.minutes, reason=asked.reason or "taken down"), alert_id))


def recount(space_id: str) -> Response:
    """Say how many people are in a space."""
    asked = body_of(RecountBody)
    require_space(space_id)
    return answer(decide(Count(count=asked.count, reason=asked.reason), space_id))


def hold(space_id: str) -> Response:
    """Close a space, or open it again."""
    asked = body_of(HoldBody)
    require_space(space_id)
    return answer(decide(Close(on=asked.on, reason=asked.reason), space_id))


def silence() -> Response:
    """Tell nobody about what matches, until then."""
    return answer(add_silence(body_of(SilenceBody)), status=201)


def add_silence(asked: SilenceBody) -> SilenceMade:
    """A silence for the hub to keep, or a problem that says which field is wrong."""
    now = services().clock.now()
    until = asked.until.astimezone(UTC)
    if until <= now:
        refuse(422, "until", f"`until` is over: it is {format_instant(now)} now. Name a later instant.")
    if until - now > LONGEST_SILENCE:
        refuse(422, "until", "A silence ends with the shift: `until` is at most 24 h from now.")
    state = state_now()
    require_known("rule", asked.rule, known_rules())
    require_known("space", asked.space, [one.space for one in state.spaces])
    require_known("building", asked.building, sorted({one.building for one in state.spaces}))
    require_known("node", asked.node, [one.node for one in state.nodes])
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
    on_board = silence_id in {one.id for one in state_now().silences}
    if not on_board and not here.decisions.about("silence", [silence_id]):
        refuse(404, "no-silence", f"There is no silence `{silence_id[:40]}`: see GET /api/1/silences.")
    if not here.decisions.about("unsilence", [silence_id]):
        decide(EndSilence(), silence_id)
    return Response(status=204)


def drill() -> Response:
    """Begin a drill."""
    return answer(begin_drill(body_of(DrillBody)))


def begin_drill(asked: DrillBody) -> Decided:
    """A drill for the hub to play, or a problem that says which field is wrong."""
    state = state_now()
    if asked.what == "overload":
        require_known("subject", asked.subject, [one.space for one in state.spaces])
    if asked.what == "dead-door":
        require_known("subject", asked.subject, [one.node for one in state.nodes])
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


def _require_open(alert_id: str) -> None:
    """Refuse what is not there, has not fired, or is over and done."""
    alert = next((one for one in state_now().alerts if one.id == alert_id), None)
    if alert is None:
        past = services().alert_book.find(alert_id)
        if past is None:
            refuse(404, "no-alert", f"There is no alert `{alert_id[:40]}`. GET /api/1/alerts lists them.")
        if past.closed_at is not None:
            refuse(409, "closed", "The alert is closed: there is nothing to put aside.")
        alert = view_alert(row_of(past))
    if alert.state is AlertState.PENDING:
        refuse(409, "pending", "The alert has not fired yet: there is nothing to put aside.")


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
