"""Serves the browser's files under the build's hash, to be kept for a year; read once."""

import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort

from dashboards.services import services
from dashboards.settings import STATIC

blueprint = Blueprint("static_files", __name__)
#: The folder of what others wrote: sent as it is.
VENDOR = "vendor"
#: Comment lines, empty lines and indentation of a script: for those who read the source, not for the wire.
#: No text of ours runs over lines (a test looks), so nothing that is said changes.
_FOR_READERS = re.compile(rb"^[ \t]*//.*\n|^[ \t]+|^\n", re.MULTILINE)
#: What browsers are given, by the end of its name; nothing else in the folder is served.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@blueprint.get("/static/<build>/<path:name>")
def serve(build: str, name: str) -> Response:
    """One file; under another build's hash it is served but not kept."""
    found = _files().get(name)
    if found is None:
        abort(404)
    body, kind = found
    answer = Response(body, content_type=kind)
    is_current = build == services().settings.build
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return answer


def _for_the_wire(path: Path) -> bytes:
    body = path.read_bytes()
    is_ours = path.suffix == ".js" and VENDOR not in path.parts
    return _FOR_READERS.sub(b"", body) if is_ours else body


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    return {
        path.relative_to(STATIC).as_posix(): (_for_the_wire(path), _TYPES[path.suffix])
        for path in STATIC.rglob("*")
        if path.suffix in _TYPES
    }
