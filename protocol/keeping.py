"""Files that matter: whole or not at all after a power cut, and readable by whom they are meant for."""

import os
from contextlib import suppress
from pathlib import Path

#: Of a secret, and of what everybody may read.
SECRET, OPEN = 0o600, 0o644


def write(path: Path, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put `content` at `path`: whoever reads finds the old or the new, and a cut leaves one of both.

    `owner`: the user and group it shall belong to, as `os.chown` takes them; None: whoever writes.
    Raises OSError; then what was there is there still.
    """
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            # The mode above is cut by the umask.
            os.fchmod(handle, mode)
            if owner is not None:
                os.fchown(handle, *owner)
            file.write(content)
            file.flush()
            os.fsync(handle)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed in it stays so."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
