"""Opens a database the way durability asks: WAL, synchronous FULL, foreign keys, a patient lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError, DisconnectionError, OperationalError, SQLAlchemyError

from hub.errors import StoreError
from hub.store.migrations import bring_up

#: What others than owner and group may do with a file.
_OTHERS = 0o007
#: An open database, for those who only hand it on.
Store = Engine


def open_database(url: URL | str, tables: MetaData) -> Store:
    """An engine on `url` with `tables` made where they are missing.

    Raises StoreError when the file cannot be opened or is not a database.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_durable)
        _follow_file(engine)
    try:
        _create(engine, tables)
        _keep_private(engine)
    except DatabaseError as error:
        raise StoreError(
            f"{url}: cannot be opened as a database ({error.orig}); "
            "check its permissions, or move it away to start empty"
        ) from error
    return engine


@contextmanager
def opened(url: URL | str, tables: MetaData) -> Iterator[Store]:
    """`open_database`, closed at the end."""
    store = open_database(url, tables)
    try:
        yield store
    finally:
        store.dispose()


@contextmanager
def asking(store: Store) -> Iterator[Connection]:
    """A connection to read with. Raises StoreError when the store does not answer."""
    try:
        with store.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"the store does not answer: {error}") from error


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """A transaction, committed at the end. Raises StoreError when it cannot be: nothing of it is kept."""
    try:
        with store.begin() as connection:
            yield connection
    except OperationalError as error:
        raise StoreError(
            f"{store.url.database}: cannot be written ({error.orig}); "
            "is there room on its disk, and does nobody else hold it?"
        ) from error


def claim(connection: Connection) -> None:
    """Be the only writer of an SQLite file before reading what the writing depends on.

    The driver begins a transaction by itself only before the first change, and then may find that another was
    quicker. One that has changed something already is the only writer.
    """
    if connection.dialect.name != "sqlite":
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def hub_url(data: Path) -> URL:
    """Where the hub keeps its own file under the data directory."""
    return URL.create("sqlite", database=str(data / "hub.db"))


def people_url(data: Path) -> URL:
    """Where the dashboards keep their own file under the data directory."""
    return URL.create("sqlite", database=str(data / "people.db"))


def require_sound(store: Store) -> None:
    """Look through an SQLite file once. Raises StoreError when it is damaged."""
    if store.dialect.name != "sqlite":
        return
    with asking(store) as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if said != "ok":
        raise StoreError(
            f"{store.url.database}: is damaged ({said}); move it away and restore the newest copy, "
            "or start empty: the nodes keep what was not acknowledged"
        )


def _create(engine: Engine, tables: MetaData) -> None:
    # Hub, dashboards and courier may start at the same moment and find the same table missing: one looks and
    # makes what is missing, while the others wait.
    with engine.connect() as connection:
        claim(connection)
        bring_up(connection, tables.info["lineage"])
        tables.create_all(connection)
        _add_columns(connection, tables)
        connection.commit()


def _keep_private(engine: Engine) -> None:
    """Nobody but owner and group reads the file: it holds hashes of passwords and secrets of second steps."""
    name = engine.url.database
    # `file:…?mode=ro` is somebody else's file, only read.
    if engine.dialect.name != "sqlite" or not name or name.startswith("file:"):
        return
    path = Path(name)
    mode = path.stat().st_mode
    if mode & _OTHERS and path.stat().st_uid == os.geteuid():
        path.chmod(mode & ~_OTHERS)


def _add_columns(connection: Connection, tables: MetaData) -> None:
    """Columns that a table of an older version lacks; only those that may be null can be added so."""
    there = inspect(connection)
    for table in tables.sorted_tables:
        known = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name in known or not column.nullable:
                continue
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}')


def _follow_file(engine: Engine) -> None:
    """A connection to a file that was put aside, and another in its place, is opened anew.

    Else whoever had it open would read the damaged one for ever after a restore.
    """
    name = engine.url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return

    def note(_connection: Any, record: Any) -> None:
        record.info["inode"] = _inode(name)

    def compare(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.get("inode") != _inode(name):
            raise DisconnectionError(f"{name}: is another file now")

    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", compare)


def _inode(name: str) -> tuple[int, int] | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_durable(connection: Any, _record: object) -> None:
    # NORMAL lost acknowledged commits in 439 of 500 simulated power cuts, FULL in none.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        # What is deleted or written over is gone from the page: see hub/store/forgetting.py.
        "secure_delete=ON",
        # The WAL is kept small enough that a checkpoint does not stall the group commit.
        "wal_autocheckpoint=2000",
    ):
        connection.execute(f"PRAGMA {pragma}")
