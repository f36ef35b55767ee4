"""A file that is given up when the disk is full: half so that events can come, half so that they can go."""

from contextlib import suppress
from pathlib import Path

#: Deleting needs room too: emptying the outbox's journal into its file takes at most half of this.
BALLAST_BYTES = 2 * 1024 * 1024


class Ballast:
    """Room that is kept. Without room for it we go on: it is laid again later."""

    def __init__(self, outbox: Path) -> None:
        self._path = outbox.with_name(outbox.name + ".ballast")

    def lay(self) -> None:
        """Take the room, all of it, if it is there."""
        if self._size() == BALLAST_BYTES:
            return
        try:
            # Not zeros: a file system may keep those without using room.
            self._path.write_bytes(b"\x5a" * BALLAST_BYTES)
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def give_half(self) -> bool:
        """Make room for new events; False when that half is gone already."""
        half = BALLAST_BYTES // 2
        if self._size() <= half:
            return False
        try:
            with self._path.open("r+b") as file:
                file.truncate(half)
        except OSError:
            return False
        return True

    def give_all(self) -> bool:
        """Make room to delete; False when none was left."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
