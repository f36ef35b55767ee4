"""Brings a database of an older version up to this one's tables, whole or not at all.

Tables and columns that are only added need nothing here: they are made where they are missing. What changes
or moves what is there is a script of Alembic in the folder of its file: `hub/`, `people/` or `courier/`.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect

from hub.errors import StoreError

#: The newest script of each file. Kept here so that nobody has to load Alembic to learn that all is well.
HEADS = {"hub": "0001", "people": "0001", "courier": "0001"}
HERE = Path(__file__).parent
VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def bring_up(connection: Connection, lineage: str, *, folder: Path = HERE, head: str | None = None) -> None:
    """Run what is missing of the lineage's scripts in the caller's transaction, and note how far it has come.

    A file without a note is new, or of before the first release, whose tables are the first revision's.
    Raises StoreError for a file of a newer version, and for a script that fails; the caller rolls back.
    """
    head = head or HEADS[lineage]
    there = inspect(connection).get_table_names()
    if VERSION.name not in there:
        VERSION.create(connection)
        # A new file is made whole by the caller; an old one begins at the first script.
        connection.execute(VERSION.insert().values(version_num="0001" if there else head))
    at = connection.execute(VERSION.select()).scalar()
    if at == head:
        return
    from hub.store.migrations.running import upgrade  # takes a tenth of a second, and is hardly ever needed

    if not upgrade(connection, folder, lineage, head):
        raise StoreError(
            f"{connection.engine.url.database}: was written by a newer Kuzet (its tables are of {at}, this "
            f"version knows them up to {head}); install that version again, or restore a copy of before"
        )
