"""Carries out what people ordered: rooms by acts in the journal, alerts at the desk. One writer's hand."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from hub.acts import AnyAct, Hold, Recount, TaskWord
from hub.alerts.drill import Drill, DrillKind
from hub.alerts.muting import Silence as DeskSilence
from hub.campus import Observed
from hub.deciding import Ordered
from hub.duty_officer import DutyOfficer
from hub.store.decisions import Decision
from hub.store.journal import Journal
from hub.store.orders import (
    Acknowledge,
    Close,
    Count,
    EndSilence,
    Order,
    Shelve,
    SignShift,
    Silence,
    StartDrill,
    Treat,
)
from protocol.quantities import to_milliseconds

log = logging.getLogger(__name__)
#: What is ordered for a time further ahead than this is of a wrong clock: it counts from now.
AHEAD = timedelta(minutes=1)
#: What was decided so long ago was decided now, as far as the count of its minute goes.
FRESH = timedelta(seconds=5)


class CarryingOut:
    """Turns orders into acts and into what the desk keeps; the acts still have to be believed."""

    def __init__(self, officer: DutyOfficer, journal: Journal, new_id: Callable[[], str]) -> None:
        self._officer = officer
        self._journal = journal
        self._new_id = new_id

    def carry_out(self, ordered: Iterable[Ordered], now: datetime) -> list[Observed]:
        """Each order in turn; returns the acts, gathered in the journal and not yet written."""
        return [act for one in ordered if (act := self._carry_out(one.decision, one.order, now)) is not None]

    def _carry_out(self, decision: Decision, order: Order, now: datetime) -> Observed | None:
        at = decision.at if decision.at <= now + AHEAD else now
        is_now = abs(now - at) <= FRESH
        net_before = self._officer.campus.net_of_minute(decision.subject, at) if is_now else None
        make = _act_of(decision.subject, order, at, net_before)
        if make is not None:
            return self._journal.gather_act(make, now)
        try:
            self._tell_desk(decision, order, at)
        except ValueError as error:
            log.warning("decision=refused id=%s kind=%s why=%s", decision.id, decision.kind, error)
        return None

    def _tell_desk(self, decision: Decision, order: Order, at: datetime) -> None:
        desk, who = self._officer.desk, decision.who
        if isinstance(order, Acknowledge):
            desk.acknowledge(decision.subject, who, at)
        elif isinstance(order, Shelve) and order.minutes:
            desk.shelve(decision.subject, who, order.reason, timedelta(minutes=order.minutes), at)
        elif isinstance(order, Shelve):
            alert = desk.find(decision.subject)
            if alert is not None:
                desk.unshelve(alert.key)
        elif isinstance(order, Silence):
            desk.silence(
                DeskSilence(
                    id=decision.subject,
                    owner=who,
                    reason=order.reason,
                    starts=at,
                    ends=order.until,
                    rule=order.rule,
                    space=order.space,
                    building=order.building,
                    node=order.node,
                )
            )
        elif isinstance(order, EndSilence):
            desk.unsilence(decision.subject)
        elif isinstance(order, StartDrill):
            self._begin_drill(decision.subject, order, at)
        elif isinstance(order, SignShift):
            log.info("shift=%s handed over", decision.subject)

    def _begin_drill(self, subject: str, order: StartDrill, at: datetime) -> None:
        """The subject is a space, a door, a post or a node: the drill is about the room there."""
        situation = self._officer.situation
        space = self._room_of(subject)
        if space is None:
            raise ValueError(f"there is no space, door, post or node `{subject}` to drill at")
        room = situation.spaces[space]
        self._officer.desk.begin_drill(
            Drill(
                id=self._new_id(),
                kind=DrillKind(order.what),
                space=space,
                building=room.building,
                label=room.code,
                started_at=to_milliseconds(at),
            )
        )

    def _room_of(self, subject: str) -> str | None:
        situation = self._officer.situation
        if subject in situation.spaces:
            return subject
        layout = situation.layout
        door_of = {post.id: post.door for post in layout.posts}
        wanted = door_of.get(subject, subject)
        for door in layout.doors:
            if wanted in (door.id, door.node):
                return door.inner if door.inner in situation.spaces else door.outer
        return None


def _act_of(space: str, order: Order, at: datetime, net_before: int | None) -> Callable[[int], AnyAct] | None:
    """What makes the act of an order once it has its number; None for orders about alerts."""
    if isinstance(order, Count):
        count = order
        return lambda seq: Recount(
            seq=seq, at=at, space=space, count=count.count, reason=count.reason, net_before=net_before
        )
    if isinstance(order, Close):
        hold = order
        return lambda seq: Hold(seq=seq, at=at, space=space, on=hold.on, reason=hold.reason)
    if isinstance(order, Treat):
        treat = order
        return lambda seq: TaskWord(
            seq=seq, at=at, space=space, task=treat.task, action=treat.action, reason=treat.reason
        )
    return None
