"""Which weekly report went to whom, in `courier.db`: rows in and out, each written before its letter goes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Integer, Row, String, Table, select, update

from hub.store.address import COURIER
from hub.store.courier_tables import courier
from hub.store.database import Store, asking, claim, reader_if_made, writing

#: One week's report for one receiver.
report_mail = Table(
    "report_mail",
    courier,
    Column("week", String(8), primary_key=True),
    Column("receiver", String(48), primary_key=True),
    #: `waiting`, `making`, `sending`, `sent`, `failed` (somebody must mend it) or `unknown`.
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    #: When it came into this state; of `waiting`, when it is tried next.
    Column("at_ms", BigInteger, nullable=False),
    Column("fault", String(200)),
)
#: States of a row that is not finished.
WAITING, MAKING, SENDING = "waiting", "making", "sending"
SENT, FAILED, UNKNOWN = "sent", "failed", "unknown"


class Mailing(NamedTuple):
    """One week's report for one receiver, and what became of it."""

    week: str
    receiver: str
    state: str
    tries: int
    at_ms: int
    fault: str | None

    @property
    def at(self) -> datetime:
        """When it came into its state, or is tried next."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


class Mailings:
    """The table; the courier is its one writer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, week: str, receiver: str) -> Mailing | None:
        """The row; None: nothing was done for it yet."""
        query = select(report_mail).where(report_mail.c.week == week, report_mail.c.receiver == receiver)
        with asking(self._store) as connection:
            row = connection.execute(query).first()
        return None if row is None else _mailing(row)

    def newest(self, limit: int = 40) -> list[Mailing]:
        """The newest weeks first."""
        query = select(report_mail).order_by(report_mail.c.week.desc(), report_mail.c.receiver).limit(limit)
        with asking(self._store) as connection:
            return [_mailing(row) for row in connection.execute(query)]

    def put(self, week: str, receiver: str, state: str, at_ms: int, fault: str | None = None) -> None:
        """Write where it stands; `making` counts a try."""
        table = report_mail
        here = (table.c.week == week, table.c.receiver == receiver)
        values: dict[str, str | int | None] = {
            "state": state,
            "at_ms": at_ms,
            "fault": None if fault is None else fault[:200],
        }
        with writing(self._store) as connection:
            claim(connection)
            tries = connection.execute(select(table.c.tries).where(*here)).scalar()
            values["tries"] = (tries or 0) + (state == MAKING)
            if tries is None:
                connection.execute(table.insert().values(week=week, receiver=receiver, **values))
            else:
                connection.execute(update(table).where(*here).values(values))

    def recover(self, now_ms: int) -> None:
        """After a start: what was being made is made anew; of what was being sent nobody knows."""
        table = report_mail
        with writing(self._store) as connection:
            made = update(table).where(table.c.state.in_((MAKING, FAILED)))
            connection.execute(made.values(state=WAITING, at_ms=now_ms))
            sent = update(table).where(table.c.state == SENDING)
            connection.execute(sent.values(state=UNKNOWN, at_ms=now_ms, fault="the courier was ended"))


def read_mailings(data: Path) -> list[Mailing]:
    """The newest rows of the courier in `data`; empty while there has never been one. Raises StoreError."""
    store = reader_if_made(data, COURIER, courier)
    if store is None:
        return []
    try:
        return Mailings(store).newest()
    finally:
        store.dispose()


def _mailing(row: Row[tuple[str, str, str, int, int, str | None]]) -> Mailing:
    return Mailing(row.week, row.receiver, row.state, row.tries, row.at_ms, row.fault)
