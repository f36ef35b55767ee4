"""What a calibration came to: for people, for programs, and for the file beside the outbox."""

from typing import Any, NamedTuple

from edge.calibration.checked import Checked


class Outcome(NamedTuple):
    """What a calibration came to."""

    is_good: bool
    #: For people, in the order to read.
    lines: list[str]
    #: For programs.
    document: dict[str, Any]
    #: What to keep beside the outbox; None when nothing was checked.
    keep: Checked | None = None
