"""Serve the dashboards over the stores of a data directory."""

import argparse
import sys
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from commandline.backup_files import BACKUPS
from commandline.data_folder import campus_file
from commandline.defaults import DATA, REGIME
from dashboards.access.oidc import OidcMissing
from dashboards.access.oidc_settings import read_oidc
from dashboards.access.whence import building, is_loopback
from dashboards.files import Files
from dashboards.serving.run import build_app, let_go, serve
from dashboards.settings import MAX_STREAMS
from hub.backup.leftovers import remove_leftovers
from hub.errors import StoreError
from protocol.clock import SystemClock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the stores are and where to listen."""
    parser.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DIR",
        help="holds hub.db and people.db (default: %(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="port (default: %(default)s)")
    parser.add_argument(
        "--max-streams",
        type=int,
        default=MAX_STREAMS,
        metavar="N",
        help="boards fed live at once; further ones poll (default: %(default)s)",
    )
    parser.add_argument(
        "--translations", type=Path, metavar="DIR", help="catalogues of words to show instead of ours"
    )
    parser.add_argument(
        "--oidc", type=Path, metavar="FILE", help="let people in by an identity provider (docs/access.md)"
    )
    parser.add_argument("--campus", type=Path, metavar="FILE", help="campus file, as the hub's")
    parser.add_argument(
        "--regime", type=Path, default=REGIME, metavar="DIR", help="folder of regime profiles, as the hub's"
    )
    parser.add_argument(
        "--receivers", type=Path, metavar="FILE", help="receivers to show and test, as the courier's"
    )
    parser.add_argument(
        "--https-proxy", action="store_true", help="one reverse proxy on this machine speaks https for us"
    )
    parser.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="with --https-proxy: the proxy is on another machine, this is its IP; may be repeated",
    )
    parser.add_argument(
        "--address",
        metavar="URL",
        help="what people open, as https://kuzet.example.kz; without it only an IP or localhost is answered",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if not _is_loopback(args.host) and not args.https_proxy:
        print(
            f"warning: --host {args.host} without https: whoever listens on that network reads passwords; "
            "put a reverse proxy with https before it and say --https-proxy",
            file=sys.stderr,
        )
    if not _is_loopback(args.host) and args.https_proxy and not args.proxy:
        print(
            f"warning: --host {args.host} with --https-proxy: whoever reaches the port passes the proxy by; "
            "leave --host out, or name the proxy's machine with --proxy",
            file=sys.stderr,
        )
    if not args.data.is_dir():
        print(
            f"--data {args.data}: there is no such directory; start the hub first, or make it",
            file=sys.stderr,
        )
        return 1
    with suppress(OSError):
        # Not ours to make; but what a killed backup has left of one is nobody's to read.
        remove_leftovers(args.data, args.data / BACKUPS)
    oidc = None if args.oidc is None else read_oidc(args.oidc)
    address = args.address or (None if oidc is None else oidc.provider.address)
    make = partial(
        build_app,
        args.data,
        SystemClock(),
        version=_version(),
        https=args.https_proxy,
        max_streams=args.max_streams,
        translations=args.translations,
        oidc=oidc,
        files=_files(args),
    )
    build = building(make, address, args.proxy)
    try:
        # Once here, so that a fault is told before gunicorn starts; the worker builds its own.
        let_go(build())
    except (StoreError, OidcMissing, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    serve(build, host=args.host, port=args.port, max_streams=args.max_streams)
    return 0


def _files(args: argparse.Namespace) -> Files:
    campus = campus_file(args.campus, args.data)
    return Files(
        data=args.data,
        regime=args.regime,
        campus=(campus.path,) if campus.shipped is None else (campus.path, campus.shipped),
        receivers=args.receivers,
    )


def _is_loopback(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def _version() -> str:
    try:
        return version("kuzet")
    except PackageNotFoundError:
        return "0"
