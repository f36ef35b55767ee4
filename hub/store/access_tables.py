"""Tables of `people.db` beside the accounts: where they may act, programs, second steps, PINs, browsers."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from hub.store.schema import people

#: SQLite only counts rowids up by itself in a plain INTEGER key.
_Key = BigInteger().with_variant(Integer, "sqlite")

#: The buildings an account may act in; an account without a row acts in all of them.
account_building = Table(
    "account_building",
    people,
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True),
    Column("building", String(48), primary_key=True),
)

#: The language of an account; it is the first choice of a browser that has none yet.
account_language = Table(
    "account_language",
    people,
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    Column("language", String(8), nullable=False),
)

#: What administrators have decided for every account, by name.
access_choice = Table(
    "access_choice",
    people,
    Column("name", String(48), primary_key=True),
    Column("value", String(200), nullable=False),
)

#: Programs that may call the API; the token's hash, never the token.
program_token = Table(
    "program_token",
    people,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    #: `read`, `act`, `manage` or `admin`, each holding those before it; or `audit`.
    Column("scope", String(16), nullable=False),
    #: Ids of buildings, parted by spaces; empty: all.
    Column("buildings", String, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("revoked_ms", BigInteger),
)

#: The app that shows an account's codes; asked for once `since_ms` is set.
second_step = Table(
    "second_step",
    people,
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    #: Base32; it must be readable here to judge a code, so the file is for its owner alone.
    Column("secret", String(64), nullable=False),
    Column("since_ms", BigInteger),
    #: The newest half minute whose code was used: it and older ones are used up.
    Column("used_step", BigInteger, nullable=False),
)

#: Codes for the day the phone is lost, each good once.
recovery_code = Table(
    "recovery_code",
    people,
    Column("code_hash", String(64), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), nullable=False),
)

#: Sign-ins whose password was right and whose second step is waited for.
half_sign_in = Table(
    "half_sign_in",
    people,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), nullable=False),
    Column("shown_name", String(80)),
    Column("by_code", Integer, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    #: Wrong codes given to it.
    Column("failures", Integer, nullable=False),
)

#: PINs of named people on a shared computer.
shift_pin = Table(
    "shift_pin",
    people,
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    #: argon2id.
    Column("pin_hash", String(200), nullable=False),
    #: Not used, but never null: wrong tries are counted in `attempt`, by who tries and from where.
    Column("failures", Integer, nullable=False, default=0),
)

#: Browsers in which an account has signed in before; guessing elsewhere does not make them wait.
known_browser = Table(
    "known_browser",
    people,
    Column("browser_hash", String(64), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True),
    Column("seen_ms", BigInteger, nullable=False),
    Index("known_browser_user", "user_id", "seen_ms"),
)

#: Accounts that sign in at the university's own identity provider, by its name for them.
identity = Table(
    "identity",
    people,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", _Key, ForeignKey("user_account.id"), nullable=False),
    #: 1 when the provider made the account, and so says its role.
    Column("is_made", Integer, nullable=False),
)

#: Accounts that an administrator lets somebody at the provider have by their name, once.
identity_link = Table(
    "identity_link",
    people,
    Column("user_id", _Key, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    Column("expires_ms", BigInteger, nullable=False),
)

#: Sign-ins that are on their way to the identity provider and back; each returns once.
identity_journey = Table(
    "identity_journey",
    people,
    Column("key_hash", String(64), primary_key=True),
    Column("value", String, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
