"""What the commands of the enrolment office share: its folder, names, and whether the broker knows."""

import argparse
import re
import sys
from pathlib import Path

from commandline.defaults import DATA
from hub.enrolment.office import Office
from hub.errors import EnrolmentError
from hub.layout import OUTSIDE, PEOPLE
from protocol.clock import SystemClock
from protocol.quantities import ID_PATTERN

AUTHORITY = DATA / "ca"


def add_authority(parser: argparse.ArgumentParser) -> None:
    """`--ca`."""
    parser.add_argument(
        "--ca",
        type=Path,
        default=AUTHORITY,
        metavar="DIR",
        help="the campus's authority: its key, its register (default: %(default)s)",
    )


def office(folder: Path) -> Office:
    """The office in `folder`. Raises EnrolmentError."""
    return Office(folder, SystemClock().now)


def say_told(told: bool) -> None:
    """Whether the broker knows."""
    if not told:
        print("note: the broker is not running here; it reads its files when it starts", file=sys.stderr)


def require_name(name: str) -> str:
    """A name that can be a topic's level. Raises EnrolmentError."""
    if not re.match(ID_PATTERN, name) or name in (OUTSIDE, PEOPLE):
        raise EnrolmentError(
            f"`{name}` cannot be a name at the broker: 1 to 48 of a-z, 0-9 and -, the first no -, "
            f"and not {OUTSIDE} or {PEOPLE}"
        )
    return name
