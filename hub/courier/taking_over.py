"""The hub's notifications in, a delivery for each of their receivers out: inside the book's transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update

from hub.alerts.notification import Notification, Reason
from hub.courier.hub_rows import HubNotification
from hub.courier.settling import NO_SUCH, give_up
from hub.store.courier_tables import attempt, carried, delivery, notice

NOBODY = "names no receiver: the duty has none in the campus file"
#: These are not told by the end of their alert.
KEPT_REASONS = (Reason.RESOLVED.value, Reason.CHATTERING.value)


def take_one(
    connection: Connection, row: HubNotification, known: Sequence[str], fall_over_ms: int, now_ms: int
) -> None:
    """Take one notification over; taking it twice is taking it once."""
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
    names = tuple(dict.fromkeys(told.receivers))
    _add_deliveries(connection, key[0], names, known, fall_over_ms, now_ms)


def _add_deliveries(
    connection: Connection,
    number: int,
    names: Sequence[str],
    known: Sequence[str],
    fall_over_ms: int,
    now_ms: int,
) -> None:
    rank = 0
    for name in names:
        row = {"notice": number, "receiver": name, "rank": rank, "state": "waiting", "fault": None}
        row["starts_ms"] = now_ms + rank * fall_over_ms
        if name in known:
            rank += 1
        else:
            row |= {"state": "refused", "fault": NO_SUCH}
        connection.execute(delivery.insert().values(row))
    if names and not rank:
        give_up(connection, [number], now_ms, "receivers.toml has none of its receivers")


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
