"""The people's tables: who may come in, what they decided and said, and the log of what they did."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from hub.store.lineages import Key, people

#: Who may sign in. `name` is what others read beside an acknowledgement.
user = Table(
    "user_account",
    people,
    Column("id", Key, primary_key=True, autoincrement=True),
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
    Column("user_id", Key, ForeignKey("user_account.id"), nullable=False),
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
    Column("user_id", Key, ForeignKey("user_account.id"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)

#: Failed sign-ins, so that guessing is slow across restarts.
attempt = Table(
    "sign_in_attempt",
    people,
    Column("id", Key, primary_key=True, autoincrement=True),
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
    Column("id", Key, primary_key=True, autoincrement=True),
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
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    #: The name others read beside what was done.
    Column("who", String(120), nullable=False),
    #: The account's number; null where nobody was signed in.
    Column("account", Key),
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

#: Who said that they go to a task, begin it, have done it, cannot, or hand it on; only added to.
errand = Table(
    "errand",
    people,
    Column("id", Key, primary_key=True, autoincrement=True),
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
    Column("decision", Key),
    Index("errand_at", "at_ms"),
)
