"""An uploaded file in, a floor's picture out: SVG is cleaned here, all else is decoded in a process apart."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from dashboards.plans import picture_child
from dashboards.plans.svg_cleaning import UnfitSvgError, clean_svg
from hub.store.plans import FloorPicture

#: The largest file, bytes; an SVG is text, and browsers draw all of it.
MOST_BYTES = 20 * 1024 * 1024
MOST_SVG_BYTES = 3 * 1024 * 1024
#: The decoder is given this long, seconds: a scan on a Raspberry Pi takes about ten.
_PATIENCE_S = 40.0
_CHILD = Path(picture_child.__file__)


class UnfitPictureError(Exception):
    """Why the file cannot be a floor's picture; `code` is the last part of the key of its word."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code} {what}".strip())
        self.code = code
        self.what = what


class Read(NamedTuple):
    """A picture and how many pages its file has."""

    picture: FloorPicture
    pages: int


def read_picture(body: bytes, page: int = 1) -> Read:
    """A PNG, JPEG, SVG or a page of a PDF, by what is in it, whatever its name says.

    Raises UnfitPictureError.
    """
    if not body:
        raise UnfitPictureError("none")
    if len(body) > MOST_BYTES:
        raise UnfitPictureError("large")
    if body.startswith((b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _apart(body, page)
    if b"<svg" in body[:4096] or body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return Read(_svg(body), 1)
    raise UnfitPictureError("kind")


def _svg(body: bytes) -> FloorPicture:
    if len(body) > MOST_SVG_BYTES:
        raise UnfitPictureError("large")
    try:
        cleaned = clean_svg(body)
    except UnfitSvgError as error:
        raise UnfitPictureError(f"svg-{error.code}", error.what) from error
    return FloorPicture("image/svg+xml", cleaned.aspect, cleaned.body)


def _apart(body: bytes, page: int) -> Read:
    """Decode in a child: what is hostile to a decoder ends the child, not the dashboards."""
    command = [sys.executable, "-I", str(_CHILD), str(page)]
    try:
        done = subprocess.run(
            command, input=body, capture_output=True, timeout=_PATIENCE_S, check=False, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise UnfitPictureError("slow") from error
    head, _, png = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise UnfitPictureError("broken")
    told = json.loads(head)
    if "fault" in told:
        raise UnfitPictureError(told["fault"])
    return Read(FloorPicture("image/png", told["aspect"], png), told["pages"])
