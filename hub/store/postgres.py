"""Makes PostgreSQL do for us what an SQLite file does: durable, one writer at a time, no row too long.

Connections are made so that what is written and read is the same on both; see docs/decisions/0027.
"""

from typing import Any

from psycopg import Connection as Driver
from psycopg import errors
from psycopg.types.string import StrDumper, StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, Integer, String, create_engine, event
from sqlalchemy.ext.compiler import compiles

from hub.errors import StoreError
from hub.store.address import shown

#: Classes of our advisory locks, "KZ" and a number; the second half is the store, by its schema.
_WRITING, _SOLE = 0x4B5A01, 0x4B5A02
_MINE = "hashtext(current_setting('search_path'))"
#: How long whoever holds the store for themselves may take to leave, seconds.
_LEAVING_S = 2


@compiles(String, "postgresql")
def _any_length(_type: String, _compiler: Any, **_: object) -> str:
    """SQLite cuts no text and orders it by its letters' numbers: a row it takes must not end a hub here."""
    return 'VARCHAR COLLATE "C"'


@compiles(Integer, "postgresql")
def _any_number(_type: Integer, _compiler: Any, **_: object) -> str:
    """SQLite counts in 64 bits."""
    return "BIGINT"


def engine_on(url: URL, *, sole: bool) -> Engine:
    """An engine whose connections are as we need them.

    `sole`: one connection, which nobody else may have while we do: who writes is who holds the lock.
    """
    if sole:
        engine = create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    else:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "before_cursor_execute", _claim_before_change)

    def prepare(driver: Driver[Any], _record: object) -> None:
        try:
            _prepare(driver, url)
            if sole:
                _take(driver, url)
            driver.commit()
        except BaseException:
            driver.close()
            raise

    event.listen(engine, "connect", prepare)
    return engine


def claim(connection: Connection) -> None:
    """Be the only writer of the store until the transaction ends."""
    transaction = connection.get_transaction()
    if transaction is not None and connection.info.get("claimed") is transaction:
        return
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING}, {_MINE})")
    connection.info["claimed"] = connection.get_transaction()


def _claim_before_change(
    connection: Connection, _cursor: object, _said: str, _values: object, context: Any, _many: bool
) -> None:
    """As in an SQLite file: whoever changes something is the only one who does, until the end."""
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        claim(connection)


class _Clean(StrDumperUnknown):
    """A text as PostgreSQL takes it: it refuses the character NUL, which SQLite keeps."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


class _CleanText(StrDumper):
    """The same, of the type `text`."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _prepare(driver: Driver[Any], url: URL) -> None:
    for dumper in (_CleanText, _Clean):
        driver.adapters.register_dumper(str, dumper)
    query = "SELECT current_setting('fsync'), current_setting('full_page_writes')"
    row = driver.execute(query).fetchone()
    if row != ("on", "on"):
        raise StoreError(
            f"{shown(url)}: the server runs with fsync or full_page_writes off, so a power cut may lose what "
            "it has confirmed; set both on in postgresql.conf"
        )


def _take(driver: Driver[Any], url: URL) -> None:
    """Hold the store as long as this connection lives."""
    driver.execute(f"SET lock_timeout = '{_LEAVING_S}s'")
    try:
        driver.execute(f"SELECT pg_advisory_lock({_SOLE}, {_MINE})")
    except errors.LockNotAvailable:
        driver.rollback()
        query = (
            "SELECT coalesce(host(client_addr), 'this machine') || ', process ' || l.pid || ' of the server' "
            "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE locktype = 'advisory' AND granted AND classid = %s "
            "AND objid = hashtext(current_setting('search_path'))::bit(32)::bigint"
        )
        row = driver.execute(query, [_SOLE]).fetchone()
        raise StoreError(
            f"{shown(url)}: another one writes it ({row[0] if row else 'just gone'}); only one may: stop "
            "that one, or choose another database"
        ) from None
    driver.execute("SET lock_timeout = 0")
