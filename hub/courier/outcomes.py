"""What became of what was to be told: for dashboards, the hub and drill certificates. Only reads."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Row, Select, select

from hub.store.address import COURIER
from hub.store.courier_tables import attempt, carried, delivery, health, notice
from hub.store.courier_tables import courier as courier_tables
from hub.store.database import Store, asking, reader_if_made


class Delivery(Struct, frozen=True, kw_only=True):
    """One receiver of one notification."""

    receiver: str
    #: `waiting`, `delivered`, `refused`, `spared`, `expired` or `merged`.
    state: str
    tries: int
    #: When it was handed over for the first time, and when the receiver had taken it.
    first_tried_at: datetime | None
    delivered_at: datetime | None
    fault: str | None


class Telling(Struct, frozen=True, kw_only=True):
    """One notification and what became of it."""

    key: str
    alert: str
    duty: str
    reason: str
    priority: int
    #: When the hub decided it.
    at: datetime
    #: `waiting`, `delivered`, `undelivered` or `merged` into the one that says that it is over.
    state: str
    #: When and by which receiver it was delivered.
    ended_at: datetime | None
    receiver: str | None
    fault: str | None
    deliveries: tuple[Delivery, ...] = ()

    @property
    def told_after_s(self) -> float | None:
        """Seconds from the decision to the delivery; None when it is not delivered."""
        if self.state != "delivered" or self.ended_at is None:
            return None
        return (self.ended_at - self.at).total_seconds()


class Health(Struct, frozen=True, kw_only=True):
    """How one receiver fares; `dead-man` is the dead-man's switch."""

    receiver: str
    #: `fine`, `failing` (it is tried again) or `refusing` (somebody must mend it).
    state: str
    since: datetime
    last_ok_at: datetime | None
    last_fault_at: datetime | None
    fault: str | None
    failures: int
    paused_until: datetime | None
    waiting: int


class Outcomes:
    """Reads the courier's book; any number of readers, in any process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def undelivered(self, since: datetime, limit: int = 200) -> list[Telling]:
        """What nobody has heard and nobody will: to be shown red. Newest first."""
        query = select(notice).where(notice.c.state == "undelivered", notice.c.at_ms >= _ms(since))
        return self._tellings(query.order_by(notice.c.at_ms.desc()).limit(limit))

    def waiting(self, limit: int = 200) -> list[Telling]:
        """What is still to be delivered, oldest first."""
        query = select(notice).where(notice.c.state == "waiting")
        return self._tellings(query.order_by(notice.c.at_ms).limit(limit))

    def of_alert(self, alert: str) -> list[Telling]:
        """Everything that was to be told about one alert, in order: a drill's certificate shows it."""
        return self._tellings(select(notice).where(notice.c.alert == alert).order_by(notice.c.id))

    def health(self) -> list[Health]:
        """Every receiver that was ever spoken to, by name."""
        waits = select(delivery.c.receiver).where(delivery.c.state == "waiting")
        with asking(self._store) as connection:
            names = list(connection.execute(waits).scalars())
            rows = connection.execute(select(health).order_by(health.c.receiver)).all()
        return [
            Health(
                receiver=row.receiver,
                state=row.state,
                since=_required(row.since_ms),
                last_ok_at=_at(row.last_ok_ms),
                last_fault_at=_at(row.last_fault_ms),
                fault=row.fault if row.state != "fine" else None,
                failures=row.failures,
                paused_until=_at(row.paused_until_ms or None),
                waiting=names.count(row.receiver),
            )
            for row in rows
        ]

    def _tellings(self, query: Select[tuple[object, ...]]) -> list[Telling]:
        with asking(self._store) as connection:
            notices = connection.execute(query).all()
            numbers = [row.id for row in notices]
            of_ours = select(delivery).where(delivery.c.notice.in_(numbers))
            deliveries = connection.execute(of_ours.order_by(delivery.c.rank, delivery.c.id)).all()
            tried = select(carried.c.delivery, attempt.c.began_ms).join(
                attempt, attempt.c.id == carried.c.attempt
            )
            tried = tried.where(carried.c.delivery.in_([row.id for row in deliveries]))
            first: dict[int, int] = {}
            for number, began_ms in connection.execute(tried.order_by(attempt.c.id)):
                first.setdefault(number, began_ms)
        return [_telling(row, [one for one in deliveries if one.notice == row.id], first) for row in notices]


def open_outcomes(data: Path) -> Outcomes | None:
    """The book of the courier in `data`; None while there has never been a courier. Raises StoreError."""
    store = reader_if_made(data, COURIER, courier_tables)
    return None if store is None else Outcomes(store)


def _telling(
    row: Row[tuple[object, ...]], deliveries: list[Row[tuple[object, ...]]], first: dict[int, int]
) -> Telling:
    return Telling(
        key=row.key,
        alert=row.alert,
        duty=row.duty,
        reason=row.reason,
        priority=row.priority,
        at=_required(row.at_ms),
        state=row.state,
        ended_at=_at(row.ended_ms),
        receiver=row.receiver,
        fault=row.fault,
        deliveries=tuple(
            Delivery(
                receiver=one.receiver,
                state=one.state,
                tries=one.tries,
                first_tried_at=_at(first.get(one.id)),
                delivered_at=_at(one.delivered_ms),
                fault=one.fault,
            )
            for one in deliveries
        ),
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _required(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else _required(ms)
