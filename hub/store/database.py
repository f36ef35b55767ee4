"""Opens a store the way durability asks: an SQLite file with WAL and synchronous FULL, or PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from hub.errors import StoreAway, StoreError
from hub.store import address
from hub.store.migrations import HEADS, VERSION, bring_up

#: What others than owner and group may do with a file.
_OTHERS = 0o007
#: An open database, for those who only hand it on.
Store = Engine


def open_database(url: URL | str, tables: MetaData, *, sole: bool = False) -> Store:
    """An engine on `url` with `tables` made where they are missing.

    `sole`: on PostgreSQL nobody else may open it so while we have it; a file is held by its folder's lock.
    Raises StoreError when it cannot be opened or is not a database, StoreAway when no server answers.
    """
    url = make_url(url)
    engine = engine_of(url, sole=sole)
    try:
        _create(engine, tables)
        _keep_private(engine)
    except DatabaseError as error:
        engine.dispose()
        if engine.dialect.name == "sqlite":
            raise StoreError(
                f"{address.shown(url)}: cannot be opened as a database ({error.orig}); "
                "check its permissions, or move it away to start empty"
            ) from error
        raise _refused(url, error) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened(url: URL | str, tables: MetaData, *, sole: bool = False) -> Iterator[Store]:
    """`open_database`, closed at the end."""
    store = open_database(url, tables, sole=sole)
    try:
        yield store
    finally:
        store.dispose()


def engine_of(url: URL, *, sole: bool = False) -> Engine:
    """An engine that makes nothing, for those who only read. Raises StoreError."""
    if url.get_backend_name() == "postgresql":
        return _on_server(url, sole=sole)
    engine = create_engine(url)
    event.listen(engine, "connect", _set_durable)
    _follow_file(engine)
    return engine


def reader_of(data: Path, store: str) -> Engine:
    """An engine for whoever only reads what another writes; a file may come late or be replaced."""
    url = address.store_url(data, store)
    if url.get_backend_name() != "sqlite":
        return engine_of(url)
    name = f"file:{quote(str((data / f'{store}.db').absolute()))}"
    url = URL.create("sqlite", database=name, query={"mode": "ro", "uri": "true"})
    return create_engine(url, poolclass=NullPool, connect_args={"timeout": 5})


def reader_if_made(data: Path, store: str, tables: MetaData) -> Engine | None:
    """What another writes, to be read; None: it has made no tables yet. Raises StoreError."""
    url = address.store_url(data, store)
    if url.get_backend_name() == "sqlite":
        return open_database(url, tables) if (data / f"{store}.db").is_file() else None
    engine = engine_of(url)
    is_made = False
    try:
        with asking(engine) as connection:
            is_made = _is_complete(connection, tables)
    finally:
        if not is_made:
            engine.dispose()
    return engine if is_made else None


def is_unmade(error: DatabaseError) -> bool:
    """Whether a read has failed because whoever writes the store has only not made its tables yet."""
    return "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", None) == "42P01"


def _on_server(url: URL, *, sole: bool) -> Engine:
    try:
        # Not needed, and often not installed, where the stores are files.
        from hub.store import postgres
    except ImportError:
        raise StoreError(
            f"{address.shown(url)}: psycopg is not installed; install it with `pip install kuzet[postgres]`"
        ) from None
    return postgres.engine_on(url, sole=sole)


@contextmanager
def asking(store: Store) -> Iterator[Connection]:
    """A connection to read with. Raises StoreError when the store does not answer."""
    try:
        with store.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"the store does not answer: {error}") from error


def rows_of(store: Store, query: str, **values: object) -> list[Any]:
    """The rows of a query in SQL that both kinds of store know. Raises StoreError."""
    with asking(store) as connection:
        return list(connection.execute(text(query), values).all())


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """A transaction, committed at the end. Raises StoreError when it cannot be: nothing of it is kept."""
    try:
        with store.begin() as connection:
            yield connection
    except OperationalError as error:
        if store.dialect.name != "sqlite":
            raise _refused(store.url, error) from error
        raise StoreError(
            f"{store.url.database}: cannot be written ({error.orig}); "
            "is there room on its disk, and does nobody else hold it?"
        ) from error


def claim(connection: Connection) -> None:
    """Be the only writer of a store before reading what the writing depends on.

    SQLite's driver begins a transaction by itself only before the first change, and may then find that
    another was quicker. One that has changed something already is the only writer.
    """
    if connection.dialect.name != "sqlite":
        from hub.store import postgres

        postgres.claim(connection)
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what is to be done where the row is there already."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def hub_url(data: Path) -> URL:
    """Where the hub keeps its own store. Raises ConfigError."""
    return address.store_url(data, address.HUB)


def people_url(data: Path) -> URL:
    """Where the dashboards keep their own store. Raises ConfigError."""
    return address.store_url(data, address.PEOPLE)


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
        if engine.dialect.name != "sqlite" and _is_complete(connection, tables):
            # Nothing to make: one who may only read can open it too.
            return
        claim(connection)
        if engine.dialect.name != "sqlite":
            _make_schema(connection, tables.info["lineage"])
        bring_up(connection, tables.info["lineage"])
        tables.create_all(connection)
        _add_columns(connection, tables)
        connection.commit()


def _is_complete(connection: Connection, tables: MetaData) -> bool:
    """Whether every table and column is there already, of this version."""
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = :schema"
    there = {tuple(row) for row in connection.execute(text(query), {"schema": tables.info["lineage"]})}
    wanted = {(table.name, column.name) for table in tables.sorted_tables for column in table.columns}
    if not wanted <= there or (VERSION.name, VERSION.c.version_num.name) not in there:
        return False
    return connection.execute(select(VERSION)).scalar() == HEADS[tables.info["lineage"]]


def _make_schema(connection: Connection, name: str) -> None:
    # Asked for only where it is missing: who may not make one may still use it.
    if not inspect(connection).has_schema(name):
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")


def _refused(url: URL, error: DatabaseError) -> StoreError:
    """What a server said, in one line, and what to do."""
    said = " ".join(str(error.orig).split())
    state = str(getattr(error.orig, "sqlstate", None) or "")
    # 08: no connection; 57P: it was ended, shuts down or starts up; 53: no room or too many connections.
    if isinstance(error, OperationalError) and (not state or state.startswith(("08", "57P", "53"))):
        return StoreAway(f"{address.shown(url)}: cannot be used now ({said}); is the server up, with room?")
    # No right, or no schema of ours that it may use.
    if state in ("42501", "3F000"):
        return StoreError(
            f"{address.shown(url)}: may not be used so by this role ({said}); start first whoever makes its "
            "tables, and grant by deploy/postgres/roles.sql"
        )
    return StoreError(f"{address.shown(url)}: refuses ({said})")


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
