"""Copy the journal, and what became of it, to an InfluxDB 2 write API, for long histories and Grafana.

Runs beside the hub and only reads its store. The token comes from a file that only its owner may read,
or from the environment variable KUZET_INFLUX_TOKEN, never from the command line.
"""

import argparse
import logging
import os
import random
import stat
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from commandline.data_folder import DataFolder
from commandline.defaults import CAMPUS, DATA
from commandline.heart import Heart
from commandline.lifetime import log_to_stderr, stop_event
from hub.history.books import Books, require_hub
from hub.history.copying import History
from hub.history.cursor import CursorFile
from hub.history.target import InfluxTarget
from hub.layout import read_layout
from protocol.clock import SystemClock
from protocol.config import read_struct
from protocol.errors import ConfigError
from protocol.quantities import Duration

log = logging.getLogger(__name__)
LOCK = "history.lock"
CURSOR = "history.cursor"
TOKEN = "KUZET_INFLUX_TOKEN"
#: How long the copy before us may take to leave, seconds.
LEAVING_S = 1.0
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class HistoryConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one copy is kept."""

    #: Folder of the hub's store; the cursor of the copy is kept there too.
    data: str
    #: The campus file, for site, doors and spaces.
    campus: str
    #: Where the server is, for example `http://127.0.0.1:8086`.
    url: Text
    org: Text
    bucket: Text
    #: Holds the token and nothing else; without it the environment is asked, then none is sent.
    token_file: str | None = None
    #: A write that is not answered by then has failed.
    deadline: Duration = Duration("10s")
    #: How often the journal is looked at when all is copied.
    poll: Duration = Duration("1s")
    #: Most rows in one write.
    batch: Annotated[int, Meta(ge=1, le=5000)] = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet history run`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="history.toml, in place of the options")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="holds hub.db")
    parser.add_argument("--campus", type=Path, default=CAMPUS, metavar="FILE", help="names doors and spaces")
    parser.add_argument("--url", help="the server, http://127.0.0.1:8086")
    parser.add_argument("--org", help="organisation of the bucket")
    parser.add_argument("--bucket", help="where the points go")
    parser.add_argument("--token-file", metavar="F", help=f"mode 0600; without it {TOKEN} is used")
    parser.add_argument("--once", action="store_true", help="copy what is there, then end")
    parser.add_argument("--rebuild", action="store_true", help="copy everything again from the beginning")


def run(args: argparse.Namespace) -> int:
    """Copy until SIGTERM, or until all is copied."""
    log_to_stderr("history")
    config = read_struct(args.config, HistoryConfig) if args.config else _config_of(args)
    where = str(args.config or "options")
    check_url(config.url, where)
    token = read_token(config.token_file)
    _warn_of_clear_token(config.url, token)
    data = Path(config.data)
    layout = read_layout(Path(config.campus))
    require_hub(data)
    folder = DataFolder(data, LOCK, LEAVING_S)
    books = Books(data, layout)
    target = InfluxTarget(
        url=config.url,
        org=config.org,
        bucket=config.bucket,
        token=token,
        deadline_s=config.deadline.seconds,
    )
    if args.rebuild:
        (data / CURSOR).unlink(missing_ok=True)
    history = History(
        sources=books.sources,
        target=target,
        cursor=CursorFile(data / CURSOR, target.name),
        clock=SystemClock(),
        chance=random.random,
        batch=config.batch,
        poll_s=config.poll.seconds,
    )
    try:
        return _copy(history, target.name, once=args.once)
    finally:
        target.close()
        books.close()
        folder.close()


def check_url(url: str, where: str) -> None:
    """Raise ConfigError unless it is the http(s) address of a server, without a secret in it."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, has_host = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not has_host:
        raise ConfigError([f"{where}: $.url: `{url}` is no address; write for example http://127.0.0.1:8086"])
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError([f"{where}: $.url: no user, password or query in it; the token goes into its file"])


def read_token(file: str | None) -> str | None:
    """The token of the file, else of the environment, else None. Raises ConfigError."""
    if file is None:
        token, named = os.environ.get(TOKEN), TOKEN
        if token is None:
            return None
    else:
        path, named = Path(file), file
        try:
            with path.open(encoding="ascii") as opened:
                mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
                token = opened.read(4096)
        except UnicodeDecodeError:
            raise ConfigError([f"{named}: a token has letters, digits and signs of ASCII only"]) from None
        except OSError as error:
            raise ConfigError([f"{named}: the token cannot be read: {error.strerror}"]) from None
        if mode & 0o077:
            raise ConfigError([f"{named}: others may read the token (mode {mode:04o}); chmod 600 {named}"])
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError([f"{named}: holds no token; one line of ASCII without spaces is wanted"])
    return token


def _copy(history: History, target: str, *, once: bool) -> int:
    stop = stop_event()
    log.info("history copies target=%s after=%s", target, dict(history.places))
    heart = Heart(SystemClock())
    while not stop.is_set():
        history.step()
        heart.beat()
        if once and history.away is not None:
            raise ConnectionError(f"{history.away}; nothing is lost, start the server and run this again")
        if once and history.is_caught_up:
            break
        stop.wait(history.pause_s)
    heart.ends()
    log.info("history ends after=%s", dict(history.places))
    return 0


def _warn_of_clear_token(url: str, token: str | None) -> None:
    parts = urlsplit(url)
    if token is not None and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        log.warning("token goes unencrypted to host=%s; use https", parts.hostname)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _config_of(args: argparse.Namespace) -> HistoryConfig:
    missing = [f"--{name}" for name in ("url", "org", "bucket") if not getattr(args, name)]
    if missing:
        raise ConfigError([f"{', '.join(missing)}: missing; give them, or --config FILE"])
    return HistoryConfig(
        data=str(args.data),
        campus=str(args.campus),
        url=args.url,
        org=args.org,
        bucket=args.bucket,
        token_file=args.token_file,
    )
