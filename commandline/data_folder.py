"""The data directory: made, writable, and held by one run at a time."""

import fcntl
import os
from pathlib import Path


class DataFolder:
    """Holds the lock of a data directory until it is closed or the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Make the directory and lock it.

        Raises OSError, saying what to do, when it cannot be written or another run holds it.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except NotADirectoryError:
            raise OSError(f"{path} is not a folder; choose another with --data") from None
        except FileExistsError:
            raise OSError(f"{path} is a file; choose a folder with --data") from None
        except OSError as error:
            raise OSError(
                f"cannot write to {path}: {error.strerror}; choose another folder with --data"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock, 32).decode() or "unknown"
            os.close(self._lock)
            raise OSError(
                f"{path} is in use by another run (process {holder.strip()}); "
                "stop it, or choose another folder with --data"
            ) from None
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._lock)
