"""The stores that `schema.py` has tables of, each with its own migrations; and how rows are numbered."""

from sqlalchemy import BigInteger, Integer, MetaData

hub = MetaData(info={"lineage": "hub"})
people = MetaData(info={"lineage": "people"})
#: SQLite only counts rowids up by itself in a plain INTEGER key.
Key = BigInteger().with_variant(Integer, "sqlite")
