"""A data folder in, where its three stores are out: files in it, or schemas of one PostgreSQL database.

`database.toml` in the folder names the database. Without it, or without `url` in it, they are SQLite files.
"""

from pathlib import Path

from msgspec import Struct
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from protocol.config import read_struct
from protocol.errors import ConfigError

FILE = "database.toml"
#: The stores: each a file `<name>.db`, or a schema of its name.
HUB, PEOPLE, COURIER = "hub", "people", "courier"
#: Those who may not read a file with a password in it: group and others; of a file of its own, others.
_BUT_OWNER, _OTHERS = 0o077, 0o007
#: How long a server may take to answer, seconds; a silent one is given up after so long, milliseconds.
_CONNECT_S, _SILENT_MS = "5", "15000"
#: `synchronous_commit`: what is confirmed is on the disk, whatever the server or the role is set to.
#: Keepalives: a hub that vanished must not keep its place for two hours.
_OPTIONS = (
    "synchronous_commit=on",
    "timezone=UTC",
    "tcp_keepalives_idle=10",
    "tcp_keepalives_interval=5",
    "tcp_keepalives_count=3",
)


class DatabaseConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`database.toml`."""

    #: `postgresql://ROLE@HOST:5432/DATABASE`, with whatever libpq understands behind `?`; None: SQLite.
    url: str | None = None
    #: A file with the role's password and nothing else. Without it: the URL's, PGPASSFILE or PGPASSWORD.
    password_file: str | None = None


def store_url(data: Path, store: str) -> URL:
    """Where a store of the data folder is. Raises ConfigError, never with a password in its words."""
    server = server_url(data)
    if server is None:
        return URL.create("sqlite", database=str(data / f"{store}.db"))
    given = server.query.get("options", "")
    options = [given if isinstance(given, str) else " ".join(given)]
    options += [f"-c{one}" for one in (f"search_path={store}", *_OPTIONS)]
    kept = {
        "application_name": f"kuzet-{store}",
        "connect_timeout": _CONNECT_S,
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": _SILENT_MS,
        **server.query,
        "options": " ".join(options).strip(),
    }
    return server.set(query=kept)


def is_on_server(data: Path) -> bool:
    """Whether the folder's stores are on PostgreSQL. Raises ConfigError."""
    return server_url(data) is not None


def is_there(data: Path, store: str) -> bool:
    """Whether there may be such a store: a file that is there, or a server, which has to be asked."""
    return is_on_server(data) or (data / f"{store}.db").is_file()


def shown(url: URL) -> str:
    """The address in words: no password, and nothing else that is of no use to who reads it."""
    if url.get_backend_name() != "postgresql":
        return url.database or ":memory:"
    where = url.host or url.query.get("host") or "this machine"
    store = str(url.query.get("application_name", "")).removeprefix("kuzet-")
    return f"{store} in PostgreSQL `{url.database}` at {where}"


def server_url(data: Path) -> URL | None:
    """The database, with the password where a file has it; None: the stores are files. Raises ConfigError."""
    path = data / FILE
    return read_address(path) if path.exists() else None


def read_address(path: Path) -> URL | None:
    """What a `database.toml` says, with the password; None: SQLite files. Raises ConfigError."""
    config = read_struct(path, DatabaseConfig)
    if config.url is None:
        return None
    url = _read(config.url, path)
    if url.password is not None:
        _require_private(path, _BUT_OWNER, "600")
    if config.password_file is not None:
        url = url.set(password=_password(path.parent / config.password_file))
    return url


def _read(text: str, path: Path) -> URL:
    """The address. What is wrong with it is said without it: a password may be in there."""
    expected = "write for example postgresql://kuzet@127.0.0.1:5432/kuzet"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError([f"{path}: $.url: is no address; {expected}"]) from None
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ConfigError([f"{path}: $.url: names `{url.drivername}`, we know PostgreSQL; {expected}"])
    if not url.database:
        raise ConfigError([f"{path}: $.url: names no database; {expected}"])
    return url.set(drivername="postgresql+psycopg")


def _password(path: Path) -> str:
    _require_private(path, _OTHERS, "640")
    try:
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError([f"{path}: the password cannot be read: {why}"]) from None
    if not password or "\n" in password:
        raise ConfigError([f"{path}: holds no password; one line with it and nothing else is wanted"])
    return password


def _require_private(path: Path, whom: int, mode: str) -> None:
    try:
        found = path.stat().st_mode
    except OSError as error:
        raise ConfigError([f"{path}: the password cannot be read: {error.strerror}"]) from None
    if found & whom:
        fault = f"others may read the password in it (mode {found & 0o777:04o}); chmod {mode} {path}"
        raise ConfigError([f"{path}: {fault}"])
