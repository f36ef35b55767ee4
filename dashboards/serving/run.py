"""Runs the dashboards under gunicorn: one worker, a thread a request or stream, the publisher beside them."""

import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn carries no types

from dashboards import create_app, publisher_of
from dashboards.access.oidc_settings import OidcSettings
from dashboards.files import Files
from dashboards.serving.patient_worker import PatientWorker
from dashboards.settings import STATIC, Settings, build_of
from dashboards.stores import open_stores
from hub.store import schema
from hub.store.database import hub_url, open_database, people_url
from protocol.clock import Clock

#: Threads beyond the streams: pages and calls are answered when every stream is taken.
_BESIDE_STREAMS = 32
_OPENED = "kuzet-opened"


def build_app(
    data: Path,
    clock: Clock,
    *,
    version: str,
    https: bool,
    max_streams: int,
    translations: Path | None = None,
    oidc: OidcSettings | None = None,
    files: Files | None = None,
) -> Flask:
    """The app over the stores below `data`, which are made when missing. Raises StoreError."""
    hub = open_database(hub_url(data), schema.hub)
    people = open_database(people_url(data), schema.people)
    settings = Settings(
        secret_key=secret_of(data),
        version=version,
        build=build_of(STATIC),
        https=https,
        max_streams=max_streams,
        translations=translations,
        oidc=oidc,
        files=files,
    )
    app = create_app(settings, open_stores(hub, people, data, clock), clock)
    app.extensions[_OPENED] = (hub, people)
    return app


def let_go(app: Flask) -> None:
    """Close the stores of an app that nobody serves."""
    for store in app.extensions[_OPENED]:
        store.dispose()


def serve(build: Callable[[], Flask], *, host: str, port: int, max_streams: int) -> None:
    """Serve until SIGTERM or SIGINT; leaves the process. `build` runs in the worker, after the fork."""
    _Server(build, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", max_streams).run()


def secret_of(data: Path) -> bytes:
    """The key that signs form tokens, made at the first start; readable by its owner alone."""
    path = data / "web.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn with our choices instead of its command line."""

    def __init__(self, build: Callable[[], Flask], bind: str, max_streams: int) -> None:
        self._build = build
        self._app: Flask | None = None
        threads = max_streams + _BESIDE_STREAMS
        self._choices = {
            "bind": bind,
            "worker_class": PatientWorker,
            "workers": 1,
            "threads": threads,
            "worker_connections": threads + 512,
            # Streams end when the publisher does; an answer that takes longer is waited for no more.
            "graceful_timeout": 3,
            "keepalive": 1,
            "control_socket_disable": True,
            "loglevel": "warning",
            "post_worker_init": self._start_publisher,
            # A body this large is refused by the app; a line this long before it.
            "limit_request_line": 4094,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take our choices."""
        for name, value in self._choices.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app, built in the worker."""
        self._app = self._build()
        return self._app

    def _start_publisher(self, worker: Any) -> None:
        assert self._app is not None
        publisher = publisher_of(self._app)
        thread = threading.Thread(
            target=publisher.run, args=(lambda: bool(worker.alive),), name="publisher", daemon=True
        )
        thread.start()
