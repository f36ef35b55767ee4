"""What a killed backup has left is removed by whoever looks next: the hub at its start and while it runs, the
dashboards at their start.

A copy has single readings of people in it until they are taken out, so its folder must not lie about.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.backup.shelf import UNFINISHED, Shelf

log = logging.getLogger(__name__)
#: Held by a backup while it works; it ends with the process, however that ends.
LOCK = "backup.lock"


def remove_leftovers(data: Path, copies: Path) -> bool:
    """Remove unfinished copies in a folder, unless a backup is at work; whether there were any.

    Raises OSError.
    """
    if not any(copies.glob(f"{UNFINISHED}*")):
        return False
    with _alone(data / LOCK) as is_alone:
        if is_alone:
            Shelf(copies).clean()
            log.warning("copy=unfinished folder=%s done=removed", copies)
        return is_alone


@contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)
