"""The courier's book, `courier.db`: every step of a delivery is one transaction, so a crash loses none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, case, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from hub.alerts.notification import Notification, Reason
from hub.courier.hub_rows import HubNotification, Mark
from hub.receivers.message import Outcome, Sent
from hub.store.courier_tables import attempt, carried, delivery, fact, health, notice
from hub.store.database import Store, asking, writing

#: After so many tries a message goes behind those of its receiver that were tried less: it may be the fault.
MANY_TRIES = 3
NOBODY = "names no receiver: the duty has none in the campus file"
NO_SUCH = "receivers.toml has no such receiver"
#: These are not told by the end of their alert.
KEPT_REASONS = (Reason.RESOLVED.value, Reason.CHATTERING.value)
_CURSOR = "cursor"


class Waiting(NamedTuple):
    """A notification that waits for one receiver."""

    delivery: int
    alone: bool
    tells_all: bool
    body: bytes


class Open(NamedTuple):
    """An attempt under way."""

    id: int
    receiver: str


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return int(at.timestamp() * 1000)


class Book:
    """Everything the courier knows; its one writer."""

    def __init__(self, store: Store, *, fall_over_s: float, retry_for_s: float) -> None:
        self._store = store
        self._fall_over_ms = int(fall_over_s * 1000)
        self._retry_for_ms = int(retry_for_s * 1000)

    def cursor(self) -> Mark:
        """The hub's last notification that was taken over."""
        with asking(self._store) as connection:
            value = connection.execute(select(fact.c.value).where(fact.c.name == _CURSOR)).scalar()
        if value is None:
            return Mark()
        number, _, key = value.partition(" ")
        return Mark(int(number), key)

    def take(self, rows: Sequence[HubNotification], known: Sequence[str], now_ms: int) -> None:
        """Take notifications over, each with a delivery for each of its receivers, and move the cursor."""
        with writing(self._store) as connection:
            for row in rows:
                self._take_one(connection, row, known, now_ms)
            mark = rows[-1].mark
            value = f"{mark.id} {mark.key}"
            new = insert(fact).values(name=_CURSOR, value=value)
            connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def begin(self, receiver: str, deliveries: Sequence[int], now_ms: int) -> int:
        """Write down an attempt before it is made; its number."""
        with writing(self._store) as connection:
            row = {"receiver": receiver, "began_ms": now_ms, "carries": len(deliveries)}
            key = connection.execute(attempt.insert().values(row)).inserted_primary_key
            assert key is not None
            pairs = [{"attempt": key[0], "delivery": one} for one in deliveries]
            connection.execute(carried.insert(), pairs)
            tried = update(delivery).where(delivery.c.id.in_(deliveries))
            connection.execute(tried.values(tries=delivery.c.tries + 1))
            return int(key[0])

    def finish(self, number: int, receiver: str, sent: Sent, pause_ms: int, now_ms: int) -> None:
        """Write down what became of an attempt, and all that follows from it."""
        with writing(self._store) as connection:
            ended: dict[str, Any] = {"ended_ms": now_ms, "outcome": sent.outcome.value}
            ended |= {"status": sent.status, "fault": sent.fault or None}
            connection.execute(update(attempt).where(attempt.c.id == number).values(ended))
            query = select(delivery.c.id, delivery.c.notice).join(
                carried, carried.c.delivery == delivery.c.id
            )
            rows = connection.execute(query.where(carried.c.attempt == number)).all()
            self._settle(connection, rows, receiver, sent, now_ms)
            _note_health(connection, receiver, sent, pause_ms, now_ms)

    def note(self, receiver: str, sent: Sent, pause_ms: int, now_ms: int) -> None:
        """Write down how something fares that carries no notification: the dead-man's switch."""
        with writing(self._store) as connection:
            _note_health(connection, receiver, sent, pause_ms, now_ms)

    def recover(self, known: Sequence[str], now_ms: int) -> list[Open]:
        """After a start: what was under way has ended without a word, what was refused is tried again.

        What waits for a receiver that is no longer `known` goes on to the next.
        """
        with writing(self._store) as connection:
            query = select(attempt.c.id, attempt.c.receiver).where(attempt.c.outcome.is_(None))
            lost = [Open(*row) for row in connection.execute(query)]
            numbers = [one.id for one in lost]
            ended = {"outcome": Outcome.UNKNOWN.value, "ended_ms": now_ms, "fault": "the courier was ended"}
            connection.execute(update(attempt).where(attempt.c.id.in_(numbers)).values(ended))
            of_lost = select(delivery.c.notice).join(carried, carried.c.delivery == delivery.c.id)
            of_lost = of_lost.where(carried.c.attempt.in_(numbers))
            connection.execute(update(notice).where(notice.c.id.in_(of_lost)).values(maybe_heard=1))
            self._revive(connection, known, now_ms)
            self._drop_unknown(connection, known, now_ms)
        return lost

    def expire(self, now_ms: int) -> int:
        """Give up what is too old; how many that were."""
        too_old = (notice.c.state == "waiting") & (notice.c.at_ms <= now_ms - self._retry_for_ms)
        with asking(self._store) as connection:
            old = list(connection.execute(select(notice.c.id).where(too_old).limit(500)).scalars())
        if old:
            with writing(self._store) as connection:
                hopeless = update(delivery).where(delivery.c.notice.in_(old), delivery.c.state == "waiting")
                connection.execute(hopeless.values(state="expired"))
                fault = f"not delivered within {self._retry_for_ms // 3_600_000} h"
                ended = {"state": "undelivered", "ended_ms": now_ms, "fault": fault}
                connection.execute(update(notice).where(notice.c.id.in_(old)).values(ended))
        return len(old)

    def waiting(self, receiver: str, now_ms: int, limit: int) -> list[Waiting]:
        """What is to be sent to the receiver now, the most urgent first."""
        query = select(delivery.c.id, delivery.c.alone, notice.c.tells_all, notice.c.body)
        query = query.join(notice, notice.c.id == delivery.c.notice)
        query = query.where(delivery.c.state == "waiting", delivery.c.receiver == receiver)
        # A clock set back must not make a turn wait for the hour to come again.
        is_its_turn = or_(delivery.c.starts_ms <= now_ms, notice.c.taken_ms > now_ms + 1000)
        query = query.where(notice.c.state == "waiting", is_its_turn)
        many = case((delivery.c.tries >= MANY_TRIES, 1), else_=0)
        query = query.order_by(many, notice.c.priority, delivery.c.tries, notice.c.id).limit(limit)
        with asking(self._store) as connection:
            return [Waiting(row[0], bool(row[1]), bool(row[2]), row[3]) for row in connection.execute(query)]

    def receivers_waited_for(self) -> set[str]:
        """The receivers for whom something waits, now or later."""
        with asking(self._store) as connection:
            query = select(delivery.c.receiver).where(delivery.c.state == "waiting").distinct()
            return set(connection.execute(query).scalars())

    def began_ms(self, receiver: str, since_ms: int) -> list[int]:
        """When the receiver's attempts after `since_ms` began."""
        query = select(attempt.c.began_ms).where(
            attempt.c.receiver == receiver, attempt.c.began_ms > since_ms
        )
        with asking(self._store) as connection:
            return list(connection.execute(query).scalars())

    def pause(self, receiver: str) -> tuple[int, int]:
        """Until when the receiver is left alone, and its faults in a row."""
        query = select(health.c.paused_until_ms, health.c.failures).where(health.c.receiver == receiver)
        with asking(self._store) as connection:
            row = connection.execute(query).first()
        return (row.paused_until_ms, row.failures) if row else (0, 0)

    def _take_one(
        self, connection: Connection, row: HubNotification, known: Sequence[str], now_ms: int
    ) -> None:
        if connection.execute(select(notice.c.id).where(notice.c.key == row.mark.key)).first():
            return
        try:
            told: Notification | None = msgspec.json.decode(row.body, type=Notification)
        except (msgspec.DecodeError, RecursionError):
            told = None
        values: dict[str, Any] = {
            "key": row.mark.key,
            "alert": row.alert,
            "duty": told.duty if told else "",
            "reason": told.reason.value if told else "",
            "priority": told.priority if told else 1,
            "at_ms": row.at_ms,
            "taken_ms": now_ms,
            "state": "waiting",
            "body": row.body,
        }
        if told is None or not told.receivers:
            fault = NOBODY if told else "cannot be read"
            values |= {"state": "undelivered", "ended_ms": now_ms, "fault": fault}
        key = connection.execute(notice.insert().values(values)).inserted_primary_key
        assert key is not None
        if told is None:
            return
        if told.reason is Reason.RESOLVED:
            _merge_unheard(connection, key[0], told, now_ms)
        # The same receiver twice is one receiver.
        self._add_deliveries(connection, key[0], tuple(dict.fromkeys(told.receivers)), known, now_ms)

    def _add_deliveries(
        self, connection: Connection, number: int, names: Sequence[str], known: Sequence[str], now_ms: int
    ) -> None:
        rank = 0
        for name in names:
            row = {"notice": number, "receiver": name, "rank": rank, "state": "waiting", "fault": None}
            row["starts_ms"] = now_ms + rank * self._fall_over_ms
            if name in known:
                rank += 1
            else:
                row |= {"state": "refused", "fault": NO_SUCH}
            connection.execute(delivery.insert().values(row))
        if names and not rank:
            _give_up(connection, [number], now_ms, "receivers.toml has none of its receivers")

    def _settle(
        self, connection: Connection, rows: Sequence[Any], receiver: str, sent: Sent, now_ms: int
    ) -> None:
        deliveries, notices = [row.id for row in rows], [row.notice for row in rows]
        ours = update(delivery).where(delivery.c.id.in_(deliveries))
        if sent.outcome is Outcome.ACCEPTED:
            connection.execute(ours.values(state="delivered", delivered_ms=now_ms, fault=None))
            others = update(delivery).where(delivery.c.notice.in_(notices), delivery.c.state == "waiting")
            connection.execute(others.values(state="spared"))
            heard = {"state": "delivered", "ended_ms": now_ms, "receiver": receiver, "fault": None}
            still = update(notice).where(notice.c.id.in_(notices), notice.c.state != "delivered")
            connection.execute(still.values(heard))
            return
        # Another receiver may have succeeded meanwhile: what is spared stays so.
        ours = ours.where(delivery.c.state == "waiting")
        connection.execute(ours.values(fault=sent.fault))
        if sent.outcome is Outcome.UNKNOWN:
            connection.execute(update(notice).where(notice.c.id.in_(notices)).values(maybe_heard=1))
        elif sent.outcome is Outcome.PERMANENT and len(deliveries) > 1:
            # One of them may be the fault: each is tried by itself.
            connection.execute(ours.values(alone=1))
        elif sent.outcome is Outcome.PERMANENT:
            connection.execute(ours.values(state="refused"))
            self._pass_on(connection, notices[0], sent.fault, now_ms)

    def _pass_on(self, connection: Connection, number: int, fault: str, now_ms: int) -> None:
        """The next receiver's turn comes at once; without a next one nobody will hear it."""
        query = select(delivery.c.id, delivery.c.starts_ms)
        query = query.where(delivery.c.notice == number, delivery.c.state == "waiting")
        left = connection.execute(query.order_by(delivery.c.rank)).all()
        to_come = [row for row in left if row.starts_ms > now_ms]
        for i, row in enumerate(to_come):
            starts_ms = min(row.starts_ms, now_ms + i * self._fall_over_ms)
            connection.execute(update(delivery).where(delivery.c.id == row.id).values(starts_ms=starts_ms))
        if not left:
            _give_up(connection, [number], now_ms, fault)

    def _drop_unknown(self, connection: Connection, known: Sequence[str], now_ms: int) -> None:
        query = select(delivery.c.id, delivery.c.notice)
        query = query.where(delivery.c.state == "waiting", delivery.c.receiver.not_in(known))
        for row in connection.execute(query).all():
            ours = update(delivery).where(delivery.c.id == row.id)
            connection.execute(ours.values(state="refused", fault=NO_SUCH))
            self._pass_on(connection, row.notice, NO_SUCH, now_ms)

    def _revive(self, connection: Connection, known: Sequence[str], now_ms: int) -> None:
        young = (notice.c.state.in_(("waiting", "undelivered"))) & (
            notice.c.at_ms > now_ms - self._retry_for_ms
        )
        is_refused = (delivery.c.state == "refused") & delivery.c.receiver.in_(known)
        refused = select(delivery.c.notice).where(is_refused).distinct()
        query = select(notice.c.id).where(young, notice.c.id.in_(refused))
        again = list(connection.execute(query).scalars())
        ours = update(delivery).where(delivery.c.notice.in_(again), is_refused)
        connection.execute(ours.values(state="waiting"))
        waiting = {"state": "waiting", "ended_ms": None, "fault": None}
        connection.execute(update(notice).where(notice.c.id.in_(again)).values(waiting))


def _merge_unheard(connection: Connection, number: int, told: Notification, now_ms: int) -> None:
    """What the duty has certainly not heard of this alert is told by its end alone: it was and is over."""
    same = (notice.c.alert == told.alert) & (notice.c.duty == told.duty) & (notice.c.id != number)
    waits = (notice.c.state == "waiting") & notice.c.reason.not_in(KEPT_REASONS)
    under_way = select(delivery.c.notice).join(carried, carried.c.delivery == delivery.c.id)
    under_way = under_way.join(attempt, attempt.c.id == carried.c.attempt).where(attempt.c.outcome.is_(None))
    unheard = (notice.c.maybe_heard == 0) & notice.c.id.not_in(under_way)
    merged = list(connection.execute(select(notice.c.id).where(same & waits & unheard)).scalars())
    if not merged:
        return
    ended = {"state": "merged", "ended_ms": now_ms}
    connection.execute(update(notice).where(notice.c.id.in_(merged)).values(ended))
    theirs = update(delivery).where(delivery.c.notice.in_(merged), delivery.c.state == "waiting")
    connection.execute(theirs.values(state="merged"))
    known = connection.execute(
        select(func.count()).where(same, notice.c.id.not_in(merged), notice.c.state != "merged")
    ).scalar()
    if not known:
        connection.execute(update(notice).where(notice.c.id == number).values(tells_all=1))


def _give_up(connection: Connection, numbers: Sequence[int], now_ms: int, fault: str) -> None:
    ended = {"state": "undelivered", "ended_ms": now_ms, "fault": fault}
    connection.execute(
        update(notice).where(notice.c.id.in_(numbers), notice.c.state == "waiting").values(ended)
    )


def _note_health(connection: Connection, receiver: str, sent: Sent, pause_ms: int, now_ms: int) -> None:
    was = connection.execute(select(health).where(health.c.receiver == receiver)).first()
    is_fine = sent.outcome is Outcome.ACCEPTED
    state = "fine" if is_fine else "refusing" if sent.outcome is Outcome.PERMANENT else "failing"
    row: dict[str, Any] = {
        "state": state,
        "since_ms": was.since_ms if was and was.state == state else now_ms,
        "failures": 0 if is_fine else (was.failures if was else 0) + 1,
        "paused_until_ms": now_ms + pause_ms if pause_ms else 0,
    }
    row |= {"last_ok_ms": now_ms} if is_fine else {"last_fault_ms": now_ms, "fault": sent.fault}
    new = insert(health).values(receiver=receiver, **row)
    connection.execute(new.on_conflict_do_update(index_elements=["receiver"], set_=row))
