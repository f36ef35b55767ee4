"""The hub's tables of what was: spaces by the minute and by the day, posts by the hour, nodes by the slot."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from hub.store.lineages import hub

#: What a space was said to be, each wording once: rows of minutes name it by number.
history_verdict = Table(
    "history_verdict",
    hub,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("clause", String(400)),
)

#: How a space stood at the end of a minute, written where something had changed; it holds until the next.
history_minute = Table(
    "history_minute",
    hub,
    Column("space", String(48), primary_key=True),
    #: Minutes since 1970 UTC.
    Column("minute", Integer, primary_key=True, autoincrement=False),
    Column("occupancy", Integer),
    Column("low", Integer),
    Column("high", Integer),
    #: The highest count of the minute.
    Column("most", Integer),
    Column("capacity", Integer),
    Column("verdict", Integer, nullable=False),
    #: 1 when late events have changed it.
    Column("corrected", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: Stretches in which the hub itself was awake; between them nobody watched.
history_awake = Table(
    "history_awake",
    hub,
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("until_ms", BigInteger, nullable=False),
)

#: A space on a campus day, in sums: what reports are made of for years.
space_day = Table(
    "space_day",
    hub,
    #: ISO date.
    Column("day", String(10), primary_key=True),
    Column("space", String(48), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

#: Screenings of a post in an hour, by verdict; no temperature.
post_hour = Table(
    "post_hour",
    hub,
    Column("post", String(48), primary_key=True),
    #: Hours since 1970 UTC.
    Column("hour", Integer, primary_key=True, autoincrement=False),
    #: The campus day of it, an ISO date.
    Column("day", String(10), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("post_hour_day", "day"),
)

#: In which minutes of a slot of ten a node was heard: bit i is the slot's minute i.
heartbeat = Table(
    "heartbeat",
    hub,
    Column("node", String(48), primary_key=True),
    #: Tens of minutes since 1970 UTC.
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("mask", Integer, nullable=False),
    sqlite_with_rowid=False,
)
