"""The tables, in two files with one writer each: the hub's (`hub.db`) and the people's (`people.db`).

One campus on PostgreSQL keeps both in one database; nothing here knows which it is.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

#: SQLite only counts rowids up by itself in a plain INTEGER key.
_Key = BigInteger().with_variant(Integer, "sqlite")

hub = MetaData()

#: One life of one node's outbox; (node, epoch) shortened to a number for the journal's index.
source = Table(
    "source",
    hub,
    Column("id", _Key, primary_key=True, autoincrement=False),
    Column("node", String(48), nullable=False),
    Column("epoch", String(26), nullable=False),
    UniqueConstraint("node", "epoch"),
)

#: Every legal event ever received, in the order it became durable. (source, seq) is its identity.
journal = Table(
    "journal",
    hub,
    Column("position", _Key, primary_key=True, autoincrement=False),
    Column("source", _Key, ForeignKey("source.id"), nullable=False),
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
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("source", _Key, ForeignKey("source.id")),
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
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("source", _Key, ForeignKey("source.id"), nullable=False),
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
    Column("id", _Key, primary_key=True, autoincrement=True),
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
    Column("id", _Key, primary_key=True, autoincrement=True),
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
    Column("id", _Key, primary_key=True, autoincrement=True),
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

people = MetaData()

#: Who may sign in. `name` is what others read beside an acknowledgement.
user = Table(
    "user_account",
    people,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    #: argon2id; null until one is set (only the one-time code lets in).
    Column("password_hash", String(200)),
    Column("created_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
)

#: Signed-in browsers; the cookie's hash, never the cookie.
login = Table(
    "login",
    people,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), nullable=False),
    #: The name read beside what is done in this sitting; null: the account's own.
    Column("shown_name", String(80)),
    #: 1 when a one-time code let in, so that a password may be set without knowing the old one.
    Column("by_code", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)

#: Codes that let in once.
one_time_code = Table(
    "one_time_code",
    people,
    Column("code_hash", String(64), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)

#: Failed sign-ins, so that guessing is slow across restarts.
attempt = Table(
    "sign_in_attempt",
    people,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("who", String(120), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("attempt_who", "who", "at_ms"),
)

#: One row that names this file: its decisions are numbered anew in another.
decision_book = Table(
    "decision_book",
    people,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(32), nullable=False),
)

#: What people decided; the hub carries them out in order and remembers how far it is.
decision = Table(
    "decision",
    people,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(80), nullable=False),
    #: `ack`, `shelve`, `silence`, `recount`, `hold`, `task`, `drill`, `shift`.
    Column("kind", String(16), nullable=False),
    #: What it is about: an alert's id, a space, a shift.
    Column("subject", String(64), nullable=False),
    #: JSON of what the kind needs beside; null when it needs nothing.
    Column("detail", LargeBinary),
    Index("decision_subject", "subject"),
)
