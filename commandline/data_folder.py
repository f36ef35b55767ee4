"""The data directory: made, writable, and each part of it held by one process at a time."""

import fcntl
import os
import threading
from pathlib import Path
from typing import NamedTuple

from commandline.defaults import CAMPUS

#: Between looks at a lock that somebody else holds, seconds.
LOOK_S = 0.05


class CampusFile(NamedTuple):
    """Where a campus is read and where it is written when somebody changes it from a screen."""

    path: Path
    #: Read while there is no file at `path`; None: `path` is all there is.
    shipped: Path | None

    @property
    def in_use(self) -> Path:
        """The file that counts now."""
        return self.path if self.shipped is None or self.path.exists() else self.shipped


def campus_file(given: Path | None, data: Path) -> CampusFile:
    """The campus file that was named; else that of the data folder, the demonstration until it is there."""
    return CampusFile(data / CAMPUS.name, CAMPUS) if given is None else CampusFile(given, None)


class DataFolder:
    """Holds a lock in a data directory until it is closed or the process ends, however it ends."""

    def __init__(self, path: Path, lock: str = "lock", wait_s: float = 0.0) -> None:
        """Make the directory and take the lock, waiting `wait_s` for one who is just leaving.

        Raises OSError, saying what to do, when it cannot be written or another run holds it.
        """
        self.path = path
        # Hashes of passwords and sessions lie here: what this process writes is its user's alone.
        os.umask(0o077)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except NotADirectoryError:
            raise OSError(f"{path} is not a folder; choose another with --data") from None
        except FileExistsError:
            raise OSError(f"{path} is a file; choose a folder with --data") from None
        except OSError as error:
            raise OSError(
                f"cannot write to {path}: {error.strerror}; choose another folder with --data"
            ) from None
        if not self._take(wait_s):
            holder = os.read(self._lock, 32).decode().strip() or "unknown"
            os.close(self._lock)
            raise OSError(
                f"{path} is in use by another run (process {holder}); "
                "stop it, or choose another folder with --data"
            )
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"{os.getpid()}\n".encode())

    def touch(self) -> None:
        """Make the lock's time now: who holds it is at work."""
        os.utime(self._lock)

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._lock)

    def _take(self, wait_s: float) -> bool:
        pause = threading.Event()
        for _ in range(int(wait_s / LOOK_S) + 1):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(LOOK_S)
            else:
                return True
        return False
