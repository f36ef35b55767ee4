"""The hub's tables: its journal, what it believes and says, and what it has been told to work by."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from hub.store.lineages import Key, hub

#: One life of one node's outbox; (node, epoch) shortened to a number for the journal's index.
source = Table(
    "source",
    hub,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("node", String(48), nullable=False),
    Column("epoch", String(26), nullable=False),
    UniqueConstraint("node", "epoch"),
)

#: Every legal event ever received, in the order it became durable. (source, seq) is its identity.
journal = Table(
    "journal",
    hub,
    Column("position", Key, primary_key=True, autoincrement=False),
    Column("source", Key, ForeignKey("source.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    #: When the hub took it, milliseconds since 1970 UTC.
    Column("received_ms", BigInteger, nullable=False),
    #: The event's JSON as it came.
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("source", "seq"),
)

#: Every illegal event or message, with its fault; source and seq are null where they could not be read.
rejected = Table(
    "rejected",
    hub,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("source", Key, ForeignKey("source.id")),
    Column("seq", BigInteger),
    Column("node", String(48), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("fault", String(500), nullable=False),
    #: At most 1 KB of what came.
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("source", "seq"),
)

#: Numbers that a node said will never come, both ends inclusive; repeats of what is here are not written.
gone = Table(
    "gone",
    hub,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("source", Key, ForeignKey("source.id"), nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

#: The newest fold of the journal; one row.
snapshot = Table(
    "snapshot",
    hub,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("taken_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

#: What dashboards show, one row a thing; `version` grows with every change.
board = Table(
    "board",
    hub,
    Column("kind", String(16), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    #: JSON; null when the thing is gone.
    Column("body", LargeBinary),
    Index("board_version", "version"),
)

#: Alerts, open and past.
alert = Table(
    "alert",
    hub,
    Column("id", String(26), primary_key=True),
    Column("rule", String(48), nullable=False),
    Column("subject", String(64), nullable=False),
    #: `pending`, `firing` or `resolved`.
    Column("state", String(16), nullable=False),
    #: Set once it is resolved and acknowledged, or was only pending.
    Column("closed_at", DateTime(timezone=True)),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("alert_open", "closed_at"),
)

#: Every change of an alert; telling people about it is another step.
transition = Table(
    "transition",
    hub,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("alert", String(26), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("change", String(16), nullable=False),
    Column("by", String(80)),
    Column("value", Float),
    #: One word more: why it is muted, which role nobody has, what was corrected.
    Column("note", String(200)),
    Index("transition_alert", "alert"),
)

#: What is to be told to whom, written with the transition that caused it; the courier reads on from a number.
notification = Table(
    "notification",
    hub,
    Column("id", Key, primary_key=True, autoincrement=True),
    #: The same again after a crash: a repeat is not written twice.
    Column("key", String(64), nullable=False, unique=True),
    Column("alert", String(26), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("notification_alert", "alert"),
)

#: Which limits were in force from when: the file itself, so that a past week can be judged by its own.
in_force = Table(
    "in_force",
    hub,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("since_ms", BigInteger, nullable=False),
    Column("profile", String(48), nullable=False),
    Column("variant", String(48)),
    #: Of profile, variant and overrides together.
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

#: What people asked that holds for a while: silences, drills.
standing = Table(
    "standing",
    hub,
    Column("kind", String(16), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

#: Small facts of the hub: schema version, how far the people's decisions are carried out.
fact = Table(
    "fact",
    hub,
    Column("name", String(48), primary_key=True),
    Column("value", String(200), nullable=False),
)
