"""Files in, nothing out: written over with zeros, then removed; and what is said of it."""

import os
import socket
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from protocol.quantities import format_instant, to_milliseconds

_ZEROS = bytes(1024 * 1024)


def erase(paths: Iterable[Path]) -> tuple[int, int]:
    """Write zeros over each file and remove it; how many and how many bytes. Raises OSError.

    Below a file system on flash old blocks may live on until the card itself is erased.
    """
    count = size = 0
    for path in paths:
        if path.is_file() and not path.is_symlink():
            size += _overwrite(path)
            count += 1
        path.unlink(missing_ok=True)
    return count, size


def confirmed(name: str, said: str | None, what: str) -> bool:
    """Whether somebody has typed the name, here or on the command line. Raises ValueError for another one."""
    if said is None:
        if not sys.stdin.isatty():
            raise ValueError(f"nobody is here to confirm; say --yes-wipe {name}")
        said = input(f"{what} will be erased for good. Type its name to go on: ").strip()
    if said != name:
        raise ValueError(f"`{said[:48]}` is not its name, which is `{name}`; nothing was erased")
    return True


def certificate(what: str, now: datetime, files: int, size: int) -> dict[str, object]:
    """What a report of an erasure says."""
    return {
        "erased": what,
        "at": format_instant(to_milliseconds(now)),
        "machine": socket.gethostname(),
        "files": files,
        "bytes": size,
    }


def _overwrite(path: Path) -> int:
    size = path.stat().st_size
    # A file that was made read-only is its owner's still.
    path.chmod(0o600)
    with path.open("r+b") as file:
        left = size
        while left > 0:
            left -= file.write(_ZEROS[:left])
        file.flush()
        os.fsync(file.fileno())
    return size
