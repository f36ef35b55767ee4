"""The people's tables of what hangs on walls: signs at doors, and plans of floors."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, String, Table

from hub.store.lineages import people

#: Screens at doors; the token is the address's secret and shows one space's state.
sign = Table(
    "sign",
    people,
    Column("token", String(40), primary_key=True),
    Column("space", String(48), nullable=False),
    Column("note", String(80), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
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
