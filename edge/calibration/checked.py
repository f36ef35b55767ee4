"""When a channel was last checked, and what came of it: a small file beside the outbox, written and read."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from edge.kept import replace_file
from protocol.quantities import Id, Text, require_utc

log = logging.getLogger(__name__)


class Checked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check of one channel."""

    #: `black-body` of a post, `walk` of a door, `fresh-air` of a CO2 sensor.
    kind: Literal["black-body", "walk", "fresh-air"]
    channel: Id
    at: datetime
    passed: bool
    #: What came of it, for people.
    summary: Text
    #: Mean reading − what a right sensor shows, °C or ppm; None where it does not apply.
    offset: float | None = None
    #: Expanded (95 %) uncertainty of the offset.
    uncertainty: Annotated[float, Meta(ge=0.0)] | None = None

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC."""
        require_utc(self.at)


def file_of(outbox: Path, channel: str) -> Path:
    """Where the last check of a channel is kept."""
    return outbox.with_name(f"{outbox.name}.{channel}.checked")


def keep(outbox: Path, checked: Checked) -> None:
    """Keep a check in place of the one before. Raises OSError."""
    replace_file(file_of(outbox, checked.channel), msgspec.json.encode(checked) + b"\n")


def last(outbox: Path, channel: str) -> Checked | None:
    """The last check of a channel, or None: never checked, or no longer legible."""
    path = file_of(outbox, channel)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checked)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.warning("checked=illegible path=%s why=%s", path, error)
        return None
