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

hub = MetaData(info={"lineage": "hub"})

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

people = MetaData(info={"lineage": "people"})

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
    #: How it began: 0 password, 1 one-time code, 2 PIN, 3 identity provider; see hub/store/sittings.py.
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

#: What people did, each entry bound to the one before by its hash; only added to. See hub/store/audit.py.
audit = Table(
    "audit",
    people,
    #: Counts from 1 without gaps.
    Column("id", _Key, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    #: The name others read beside what was done.
    Column("who", String(120), nullable=False),
    #: The account's number; null where nobody was signed in.
    Column("account", _Key),
    Column("role", String(16), nullable=False),
    Column("action", String(120), nullable=False),
    Column("subject", String(120), nullable=False),
    #: Canonical JSON.
    Column("detail", String, nullable=False),
    # Two entries after the same one would be two chains.
    Column("prev_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    Index("audit_who", "who"),
    Index("audit_subject", "subject"),
)

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

#: Screens at doors; the token is the address's secret and shows one space's state.
sign = Table(
    "sign",
    people,
    Column("token", String(40), primary_key=True),
    Column("space", String(48), nullable=False),
    Column("note", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

#: Who said that they go to a task, begin it, have done it, cannot, or hand it on; only added to.
errand = Table(
    "errand",
    people,
    Column("id", _Key, primary_key=True, autoincrement=True),
    #: Given by the phone: the same tap sent again is the same row.
    Column("key", String(40), nullable=False, unique=True),
    #: When the button was pressed.
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(80), nullable=False),
    Column("space", String(64), nullable=False),
    Column("task", String(32), nullable=False),
    #: `take`, `start`, `done`, `abort`, `give`.
    Column("verb", String(16), nullable=False),
    #: The role it was handed to; null but for `give`.
    Column("to_role", String(16)),
    Column("note", String(200), nullable=False),
    #: The decision that tells the hub; null for `take` and `give`.
    Column("decision", _Key),
    Index("errand_at", "at_ms"),
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

#: Pictures of floors, each once, by what is in them.
plan_picture = Table(
    "plan_picture",
    people,
    Column("sha256", String(64), primary_key=True),
    #: `image/png` or `image/svg+xml`.
    Column("media_type", String(32), nullable=False),
    #: Width over height.
    Column("aspect", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

#: What is drawn of a floor; `version` grows with every change, so that two who draw see each other.
floor_plan = Table(
    "floor_plan",
    people,
    Column("building", String(48), primary_key=True),
    Column("floor", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    #: JSON: aspect, rooms and doors in shares of the picture.
    Column("body", LargeBinary, nullable=False),
    Column("picture", String(64), ForeignKey("plan_picture.sha256")),
    Column("who", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    #: Set while it is taken away; what was drawn is kept until somebody draws anew.
    Column("removed_ms", BigInteger),
)
