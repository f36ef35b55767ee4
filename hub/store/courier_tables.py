"""The tables of `courier.db`, whose one writer is the courier: what was to be told, and what became of it."""

from pathlib import Path

from sqlalchemy import URL, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

from hub.store import address

#: SQLite only counts rowids up by itself in a plain INTEGER key.
_Key = BigInteger().with_variant(Integer, "sqlite")

courier = MetaData(info={"lineage": "courier"})

#: A notification that was taken over from the hub, and what became of it.
notice = Table(
    "notice",
    courier,
    Column("id", _Key, primary_key=True, autoincrement=True),
    #: The notification's own id: taking it twice is taking it once.
    Column("key", String(64), nullable=False, unique=True),
    Column("alert", String(64), nullable=False),
    Column("duty", String(48), nullable=False),
    #: `fired`, `escalated`, `reminder`, `resolved`, `drill`; empty when its body cannot be read.
    Column("reason", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    #: When the hub decided it and when it was taken over, milliseconds since 1970 UTC.
    Column("at_ms", BigInteger, nullable=False),
    Column("taken_ms", BigInteger, nullable=False),
    #: `waiting`, `delivered`, `undelivered`, or `merged` into the one that says that it is over.
    Column("state", String(16), nullable=False),
    #: When its state became final, and by which receiver it was delivered.
    Column("ended_ms", BigInteger),
    Column("receiver", String(48)),
    #: 1 when an attempt ended without a word: somebody may have heard it.
    Column("maybe_heard", Integer, nullable=False, default=0),
    #: 1 when those that began it were merged into this one: it was and is over.
    Column("tells_all", Integer, nullable=False, default=0),
    Column("fault", String(200)),
    #: JSON of the notification.
    Column("body", LargeBinary, nullable=False),
    Index("notice_state", "state", "at_ms"),
    Index("notice_alert", "alert"),
)

#: One receiver of one notification, in the order in which they are tried.
delivery = Table(
    "delivery",
    courier,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("notice", _Key, nullable=False),
    Column("receiver", String(48), nullable=False),
    Column("rank", Integer, nullable=False),
    #: `waiting`, `delivered`, `refused` for good, `spared` (another succeeded), `expired`, `merged`.
    Column("state", String(16), nullable=False),
    #: From when on it is this receiver's turn.
    Column("starts_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    #: 1 when it is not to be sent in a digest: one was refused as a whole.
    Column("alone", Integer, nullable=False, default=0),
    Column("delivered_ms", BigInteger),
    Column("fault", String(200)),
    Index("delivery_waiting", "state", "receiver"),
    Index("delivery_notice", "notice"),
)

#: One message handed to a receiver; committed before it is handed over.
attempt = Table(
    "attempt",
    courier,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("receiver", String(48), nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    #: `accepted`, `passing`, `permanent`, `unknown`; null while it is under way.
    Column("outcome", String(16)),
    #: The answer of the provider where it is a number: 200, 429, …
    Column("status", Integer),
    Column("fault", String(200)),
    #: How many notifications it carries: more than one is a digest.
    Column("carries", Integer, nullable=False),
    Index("attempt_pace", "receiver", "began_ms"),
    Index("attempt_open", "outcome"),
)

#: Which deliveries an attempt carries.
carried = Table(
    "carried",
    courier,
    Column("attempt", _Key, primary_key=True),
    Column("delivery", _Key, primary_key=True),
    Index("carried_delivery", "delivery"),
)

#: How each receiver fares; the dead-man's switch is a row of its own.
health = Table(
    "receiver_health",
    courier,
    Column("receiver", String(48), primary_key=True),
    #: `fine`, `failing` (tried again) or `refusing` (somebody must mend it).
    Column("state", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("last_ok_ms", BigInteger),
    Column("last_fault_ms", BigInteger),
    Column("fault", String(200)),
    Column("failures", Integer, nullable=False),
    #: Nothing is sent to it before then.
    Column("paused_until_ms", BigInteger, nullable=False),
)

#: Small facts: how far the hub's notifications are taken over.
fact = Table(
    "fact",
    courier,
    Column("name", String(48), primary_key=True),
    Column("value", String(200), nullable=False),
)


def courier_url(data: Path) -> URL:
    """Where the courier keeps its own store. Raises ConfigError."""
    return address.store_url(data, address.COURIER)
