"""Stores on PostgreSQL in and out of copies: their rows go into SQLite files of the same tables, and back.

So a copy is the same whatever it was made of: it is looked through in the same way, and restored to either.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, MetaData, delete, func, select, text

from hub.backup.bare_rows import forget_readings
from hub.backup.errors import CopyRefused
from hub.store.access_tables import account_building
from hub.store.address import COURIER, HUB, PEOPLE, store_url
from hub.store.database import asking, claim, opened, reader_if_made, writing
from hub.store.report_mailings import report_mail
from hub.store.schema import hub as hub_tables

#: Of each store; those of access and of mailings are in them once their modules are loaded.
TABLES: dict[str, MetaData] = {
    HUB: hub_tables,
    PEOPLE: account_building.metadata,
    COURIER: report_mail.metadata,
}
#: Rows held in memory at once.
ROWS = 5000


def copy_to_file(data: Path, store: str, target: Path) -> Path | None:
    """A file with the rows of a store as they are at one instant; None: there is none. Raises StoreError."""
    tables = TABLES[store]
    engine = reader_if_made(data, store, tables)
    if engine is None:
        return None
    target.touch(mode=0o600, exist_ok=False)
    try:
        with opened(_file(target), tables) as file, asking(engine) as plain:
            there = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with writing(file) as here:
                _copy(there, here, tables)
            with file.connect() as connection:
                # One file, without a log beside it.
                connection.exec_driver_sql("PRAGMA journal_mode = DELETE").one()
    finally:
        engine.dispose()
    return target


def put_from_file(data: Path, store: str, source: Path, now: datetime) -> Path | None:
    """The rows of a file in place of those of a store, all or none; where those are now, without readings.

    Raises StoreError, also where somebody else writes that store, and CopyRefused.
    """
    tables = TABLES[store]
    aside = data / f"{store}.db.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if aside.exists():
        raise CopyRefused(f"{aside}: is there already; wait a second and try again")
    with opened(store_url(data, store), tables, sole=store != PEOPLE) as there:
        kept = copy_to_file(data, store, aside)
        if kept is not None and store == HUB:
            forget_readings(kept)
        with opened(_file(source), tables) as file, file.connect() as rows, writing(there) as connection:
            claim(connection)
            for table in reversed(tables.sorted_tables):
                connection.execute(delete(table))
            _copy(rows, connection, tables)
            _count_on(connection, tables)
    return kept


def _copy(source: Connection, target: Connection, tables: MetaData) -> None:
    for table in tables.sorted_tables:
        found = source.execution_options(yield_per=ROWS).execute(select(table)).mappings()
        for rows in found.partitions(ROWS):
            target.execute(table.insert(), [dict(row) for row in rows])


def _count_on(connection: Connection, tables: MetaData) -> None:
    """New rows are numbered behind those that are there."""
    for table in tables.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        name = text("pg_get_serial_sequence(:table, :column)")
        name = name.bindparams(table=f'"{table.name}"', column=column.name)
        sequence = connection.execute(select(name)).scalar()
        if sequence is not None:
            newest = connection.execute(select(func.max(column))).scalar() or 0
            connection.execute(text("SELECT setval(:it, :next, false)"), {"it": sequence, "next": newest + 1})


def _file(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))
