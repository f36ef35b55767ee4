"""An attempt's end in, what follows for notifications and receiver out: inside the book's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from hub.receivers.message import Outcome, Sent
from hub.store.courier_tables import delivery, health, notice
from hub.store.database import insert_into

NO_SUCH = "receivers.toml has no such receiver"


def settle(
    connection: Connection,
    rows: Sequence[Any],
    receiver: str,
    sent: Sent,
    fall_over_ms: int,
    now_ms: int,
) -> None:
    """What was carried is told, tried again, or passed on; `rows` have the delivery's id and its notice."""
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
        _pass_on(connection, notices[0], sent.fault, fall_over_ms, now_ms)


def drop_unknown(connection: Connection, known: Sequence[str], fall_over_ms: int, now_ms: int) -> None:
    """What waits for a receiver that is no longer known goes on to the next."""
    query = select(delivery.c.id, delivery.c.notice)
    query = query.where(delivery.c.state == "waiting", delivery.c.receiver.not_in(known))
    for row in connection.execute(query).all():
        ours = update(delivery).where(delivery.c.id == row.id)
        connection.execute(ours.values(state="refused", fault=NO_SUCH))
        _pass_on(connection, row.notice, NO_SUCH, fall_over_ms, now_ms)


def revive(connection: Connection, known: Sequence[str], retry_for_ms: int, now_ms: int) -> None:
    """What a known receiver refused and is young enough is tried again: somebody may have mended it."""
    young = (notice.c.state.in_(("waiting", "undelivered"))) & (notice.c.at_ms > now_ms - retry_for_ms)
    is_refused = (delivery.c.state == "refused") & delivery.c.receiver.in_(known)
    refused = select(delivery.c.notice).where(is_refused).distinct()
    query = select(notice.c.id).where(young, notice.c.id.in_(refused))
    again = list(connection.execute(query).scalars())
    ours = update(delivery).where(delivery.c.notice.in_(again), is_refused)
    connection.execute(ours.values(state="waiting"))
    waiting = {"state": "waiting", "ended_ms": None, "fault": None}
    connection.execute(update(notice).where(notice.c.id.in_(again)).values(waiting))


def give_up(connection: Connection, numbers: Sequence[int], now_ms: int, fault: str) -> None:
    """Nobody will hear these any more."""
    ended = {"state": "undelivered", "ended_ms": now_ms, "fault": fault}
    connection.execute(
        update(notice).where(notice.c.id.in_(numbers), notice.c.state == "waiting").values(ended)
    )


def note_health(connection: Connection, receiver: str, sent: Sent, pause_ms: int, now_ms: int) -> None:
    """How the receiver fares, and until when it is left alone."""
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
    new = insert_into(connection, health).values(receiver=receiver, **row)
    connection.execute(new.on_conflict_do_update(index_elements=["receiver"], set_=row))


def _pass_on(connection: Connection, number: int, fault: str, fall_over_ms: int, now_ms: int) -> None:
    """The next receiver's turn comes at once; without a next one nobody will hear it."""
    query = select(delivery.c.id, delivery.c.starts_ms)
    query = query.where(delivery.c.notice == number, delivery.c.state == "waiting")
    left = connection.execute(query.order_by(delivery.c.rank)).all()
    to_come = [row for row in left if row.starts_ms > now_ms]
    for i, row in enumerate(to_come):
        starts_ms = min(row.starts_ms, now_ms + i * fall_over_ms)
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(starts_ms=starts_ms))
    if not left:
        give_up(connection, [number], now_ms, fault)
