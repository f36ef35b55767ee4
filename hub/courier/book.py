"""The courier's book, `courier.db`: every step of a delivery is one transaction, so a crash loses none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, or_, select, update

from hub.courier.hub_rows import HubNotification, Mark
from hub.courier.pruning import keep_ms, prune
from hub.courier.settling import drop_unknown, note_health, revive, settle
from hub.courier.taking_over import take_one
from hub.receivers.message import Outcome, Sent
from hub.store.courier_tables import attempt, carried, delivery, fact, health, notice
from hub.store.database import Store, asking, insert_into, writing

#: After so many tries a message goes behind those of its receiver that were tried less: it may be the fault.
MANY_TRIES = 3
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
        self._keep_ms = keep_ms(self._retry_for_ms)

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
                if row.at_ms < now_ms - self._keep_ms:
                    # Over long ago and dropped since: read again because the hub's file is another.
                    continue
                take_one(connection, row, known, self._fall_over_ms, now_ms)
            mark = rows[-1].mark
            value = f"{mark.id} {mark.key}"
            new = insert_into(connection, fact).values(name=_CURSOR, value=value)
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
            settle(connection, rows, receiver, sent, self._fall_over_ms, now_ms)
            note_health(connection, receiver, sent, pause_ms, now_ms)

    def note(self, receiver: str, sent: Sent, pause_ms: int, now_ms: int) -> None:
        """Write down how something fares that carries no notification: the dead-man's switch."""
        with writing(self._store) as connection:
            note_health(connection, receiver, sent, pause_ms, now_ms)

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
            revive(connection, known, self._retry_for_ms, now_ms)
            drop_unknown(connection, known, self._fall_over_ms, now_ms)
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

    def prune(self, now_ms: int) -> int:
        """Drop some of what was over long ago; how many notifications that were."""
        return prune(self._store, now_ms - self._keep_ms)

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
