"""Why an alert is not told: who mutes it, until when; noted beside the alert, never a state of it. Pure.

Muting mutes telling. The board, its sound and its count keep the alert, marked.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Key, Mute, Transition
from hub.alerts.whereabouts import Whereabouts
from hub.regime.alert_rule import AlertRule
from hub.rules import silent_building, silent_node
from protocol.messages import AlertState
from protocol.quantities import require_utc

Words = Annotated[str, Meta(min_length=1, max_length=200)]
#: The rules whose alerts mute others: a node, or without one a building, is not heard.
INHIBITORS = frozenset({silent_node.RULE, silent_building.RULE})
#: How long an alert may be put aside.
SHELF_TIMES = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
#: Who puts a chattering alert aside.
CHATTER_GUARD = "chatter-guard"
CHATTER_TIME = timedelta(minutes=15)


class Muted(NamedTuple):
    """An answer: the alert is not told."""

    why: Mute
    #: None: until its cause ends.
    until: datetime | None = None
    by: str | None = None


class Muter(Protocol):
    """Anything that may mute an alert."""

    def mutes(self, alert: Alert, now: datetime) -> Muted | None:
        """Why the alert is not told at `now`; None: this one does not mute it."""
        ...


class Silence(Struct, frozen=True, kw_only=True):
    """Somebody silenced a rule or a place until an instant; every matcher given must match."""

    id: str
    #: Who answers for it.
    owner: str
    reason: Words
    #: When it was decided: it holds as soon as the hub knows of it.
    starts: datetime
    #: At most the end of the running shift, and 12 h (`Roster.latest_silence`).
    ends: datetime
    rule: str | None = None
    space: str | None = None
    building: str | None = None
    node: str | None = None

    def __post_init__(self) -> None:
        """Refuse a silence of everything, and one without length."""
        require_utc(self.starts, "starts")
        require_utc(self.ends, "ends")
        if not (self.rule or self.building or self.names_one):
            raise ValueError("name a `rule`, `space`, `building` or `node`: nobody may silence everything")
        if self.ends <= self.starts:
            raise ValueError(f"ends must be after starts, got {self.ends.isoformat()}")

    @property
    def names_one(self) -> bool:
        """Whether it is about one space or node, not about a rule everywhere or a whole building."""
        return self.space is not None or self.node is not None


class Silences:
    """The silences in force. The loudest alerts (P1) are silenced only by one that names a space or node."""

    def __init__(self, silences: Iterable[Silence], where: Whereabouts) -> None:
        self._silences = sorted(silences, key=lambda one: (one.ends, one.id), reverse=True)
        self._where = where

    def mutes(self, alert: Alert, now: datetime) -> Muted | None:
        """The matching silence that ends last."""
        for one in self._silences:
            if now < one.ends and self._matches(one, alert):
                return Muted(Mute.SILENCED, one.ends, one.owner)
        return None

    def _matches(self, one: Silence, alert: Alert) -> bool:
        if alert.priority == 1 and not one.names_one:
            return False
        return (
            one.rule in (None, alert.rule)
            and one.space in (None, alert.space)
            and one.node in (None, alert.node)
            and (one.building is None or one.building == self._where.building_of(alert))
        )


class Shelf(Struct, frozen=True, kw_only=True):
    """One rule about one subject put aside for a while; it stays aside when its alert begins anew."""

    rule: str
    subject: str
    by: str
    reason: Words
    since: datetime
    until: datetime

    @property
    def key(self) -> Key:
        """Which alert it is about."""
        return self.rule, self.subject

    @property
    def is_chatter(self) -> bool:
        """Whether the hub itself put it aside."""
        return self.by == CHATTER_GUARD


def shelve(key: Key, by: str, reason: str, wanted: timedelta, now: datetime) -> Shelf:
    """The alert put aside for 15, 30 or 60 minutes: the longest that is not longer than wanted."""
    fitting = [one for one in SHELF_TIMES if one <= wanted]
    lasts = fitting[-1] if fitting else SHELF_TIMES[0]
    return Shelf(rule=key[0], subject=key[1], by=by, reason=reason, since=now, until=now + lasts)


class Shelves:
    """What was put aside, by people and by the chatter guard."""

    def __init__(self, shelves: Mapping[Key, Shelf]) -> None:
        self._shelves = shelves

    def mutes(self, alert: Alert, now: datetime) -> Muted | None:
        """The shelf of this alert, until it ends."""
        shelf = self._shelves.get(alert.key)
        if shelf is None or shelf.until <= now:
            return None
        return Muted(Mute.CHATTERING if shelf.is_chatter else Mute.SHELVED, shelf.until, shelf.by)


class _Silent(NamedTuple):
    """What is not heard."""

    rooms: frozenset[str]
    nodes: frozenset[str]
    buildings: frozenset[str]


class Inhibition:
    """A silent node mutes its own alerts and those of its rooms, a dark building all of its nodes and rooms.

    Only a firing alert about the silence mutes, never a drill: what is unknown must itself be told. So one
    that was itself silenced or shelved mutes no alert of the loudest (P1).
    """

    def __init__(
        self,
        alerts: Iterable[Alert],
        rules: Mapping[str, AlertRule],
        where: Whereabouts,
        put_aside_by: Iterable[Muter],
        now: datetime,
    ) -> None:
        self._rules, self._where = rules, where
        muters = tuple(put_aside_by)
        firing = [one for one in alerts if is_inhibitor(one) and one.state is AlertState.FIRING]
        self._silent = _silent(firing, where)
        self._told = _silent((one for one in firing if first_mute(one, muters, now) is None), where)

    @property
    def causes(self) -> tuple[_Silent, _Silent]:
        """What is silent, and what of it somebody is told of; equal causes mute the same."""
        return self._silent, self._told

    def mutes(self, alert: Alert, now: datetime) -> Muted | None:
        """Whether the alert's building is dark, or its node or the node of its room silent."""
        rule = self._rules.get(alert.rule)
        is_silence = alert.rule in INHIBITORS
        if alert.is_drill or rule is None or not (is_silence or rule.muted_by_silence):
            return None
        silent = self._told if alert.priority == 1 else self._silent
        if is_silence and alert.node is None:
            # The building's own: nothing larger speaks for it.
            return None
        if silent.buildings and self._where.building_of(alert) in silent.buildings:
            return Muted(Mute.DARK_BUILDING)
        if not is_silence and (alert.space in silent.rooms or alert.node in silent.nodes):
            return Muted(Mute.SILENT_NODE)
        return None


def is_inhibitor(alert: Alert) -> bool:
    """Whether this alert may mute others."""
    return alert.rule in INHIBITORS and not alert.is_drill


def _silent(alerts: Iterable[Alert], where: Whereabouts) -> _Silent:
    rooms: set[str] = set()
    nodes: set[str] = set()
    buildings: set[str] = set()
    for alert in alerts:
        if alert.node is not None:
            nodes.add(alert.node)
            rooms |= where.rooms_of(alert.node)
        elif alert.building is not None:
            buildings.add(alert.building)
    return _Silent(frozenset(rooms), frozenset(nodes), frozenset(buildings))


def first_mute(alert: Alert, muters: Iterable[Muter], now: datetime) -> Muted | None:
    """The answer of the first muter that mutes the alert."""
    answers = (muter.mutes(alert, now) for muter in muters)
    return next((answer for answer in answers if answer is not None), None)


def noted(alert: Alert, answer: Muted | None, now: datetime) -> tuple[Alert, list[Transition]]:
    """The alert with the answer beside it, and what that changed; another reason is another muting."""
    why, until = (answer.why, answer.until) if answer is not None else (None, None)
    if (alert.muted, alert.muted_until) == (why, until):
        return alert, []
    if alert.muted is why:
        return replace(alert, muted_until=until), []
    transitions = []
    if alert.muted is not None:
        transitions.append(Transition(alert=alert.id, at=now, change=Change.UNMUTED, note=alert.muted.value))
    if answer is not None:
        by, note = answer.by, answer.why.value
        transitions.append(Transition(alert=alert.id, at=now, change=Change.MUTED, by=by, note=note))
    since = now if why is not None else None
    return replace(alert, muted=why, muted_since=since, muted_until=until), transitions
