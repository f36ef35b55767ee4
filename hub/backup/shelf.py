"""A folder of copies: listed newest first, put there whole or not at all, thinned by the ladder."""

import logging
import os
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from hub.backup.errors import CopyRefused
from hub.backup.ladder import Ladder, kept
from hub.backup.sealing import Reads, seal, unseal

log = logging.getLogger(__name__)

#: Copies in the clear, for this machine alone; and sealed ones, for elsewhere.
PLAIN, SEALED = ".tar.gz", ".tar.gz.sealed"
#: What is being made has such a name, and what was left of a run that was killed.
UNFINISHED = ".unfinished-"
#: In the name of a copy whose audit log does not hold: whoever keeps or restores it knows without its key.
BROKEN = ".audit-broken"
_NAME = re.compile(r"kuzet-([a-z0-9-]+)-(\d{8}T\d{6}Z)(\.audit-broken)?(\.tar\.gz(?:\.sealed)?)")
_STAMP = "%Y%m%dT%H%M%SZ"


class Copy(NamedTuple):
    """One copy on a shelf."""

    at: datetime
    path: Path
    site: str
    is_sealed: bool
    #: The chain of its audit log is broken.
    is_broken: bool = False


class Shelf:
    """The copies in one folder, of one site or of all; several hubs may share a folder."""

    def __init__(self, folder: Path, site: str | None = None) -> None:
        self.folder = folder
        self.site = site

    def copies(self) -> list[Copy]:
        """Every copy, newest first; files of other names are nobody's."""
        try:
            found = [copy for path in self.folder.iterdir() if (copy := copy_of(path)) is not None]
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = [copy for copy in found if self.site in (None, copy.site)]
        return sorted(found, key=lambda copy: copy.at, reverse=True)

    def begin(self) -> Path:
        """An empty folder to work in; what a killed run has left of one is removed. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.clean()
        place = self.folder / f"{UNFINISHED}{self.site}-{os.getpid()}"
        place.mkdir(mode=0o700)
        return place

    def clean(self) -> None:
        """Remove what killed runs have left. Only while no other run works here."""
        for left in self.folder.glob(f"{UNFINISHED}*" if self.site is None else f"{UNFINISHED}{self.site}-*"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)

    def put(self, made: Path, site: str, at: datetime, *, is_sealed: bool, is_broken: bool = False) -> Copy:
        """Put a finished file, of this disk, on the shelf: from now on it counts. Raises OSError."""
        name = name_of(site, at, is_sealed=is_sealed, is_broken=is_broken)
        target = self.folder / name
        made.replace(target)
        sync_folder(self.folder)
        return Copy(at, target, site, is_sealed, is_broken)

    def thin(self, ladder: Ladder) -> list[Path]:
        """Remove what the ladder keeps no more; what was removed. Raises OSError.

        The newest copy whose audit log holds is never removed: it is what broken ones are compared with.
        """
        copies = self.copies()
        keep = kept((copy.at for copy in copies), ladder)
        keep.update([copy.at for copy in copies if not copy.is_broken][:1])
        gone = [copy.path for copy in copies if copy.at not in keep]
        for path in gone:
            path.unlink(missing_ok=True)
        return gone


def copy_of(path: Path) -> Copy | None:
    """What a file's name says it is a copy of; None where it is no name of ours."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    with suppress(ValueError):
        at = datetime.strptime(found[2], _STAMP).replace(tzinfo=UTC)
        return Copy(at, path, found[1], found[4] == SEALED, found[3] is not None)
    return None


def name_of(site: str, at: datetime, *, is_sealed: bool, is_broken: bool = False) -> str:
    """The name of a copy of this instant."""
    stamp = f"{at.astimezone(UTC).strftime(_STAMP)}{BROKEN if is_broken else ''}"
    return f"kuzet-{site}-{stamp}{SEALED if is_sealed else PLAIN}"


def put_sealed(copy: Copy, away: Shelf, key: bytes) -> Copy:
    """A sealed copy on another shelf, read back before it counts. Raises OSError and CopyRefused."""
    place = away.begin()
    try:
        made = place / "sealed"
        with copy.path.open("rb") as source, made.open("wb") as target:
            seal(source, target, key)
            target.flush()
            os.fsync(target.fileno())
        with copy.path.open("rb") as source, made.open("rb") as back:
            unseal(back, _Comparing(source, made), key, made)
            if source.read(1):
                raise CopyRefused(
                    f"{away.folder}: what was written there reads back short; is the disk sound?"
                )
        return away.put(made, copy.site, copy.at, is_sealed=True, is_broken=copy.is_broken)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def open_sealed(path: Path, into: Path, key: bytes) -> None:
    """The plain copy of a sealed one. Raises CopyRefused, and then `into` is not there."""
    try:
        with path.open("rb") as source, into.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            unseal(source, target, key, path)
    except BaseException:
        # Also when somebody stops it: half a copy in the clear must not lie there.
        into.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make a rename durable. Raises OSError."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        # A share of another machine may not know how.
        log.debug("folder=%s sync=refused why=%s", folder, error)
    finally:
        os.close(number)


class _Comparing:
    """Takes what is read back and compares it with what it was made of."""

    def __init__(self, source: Reads, name: Path) -> None:
        self._source, self._name = source, name

    def write(self, piece: bytes) -> int:
        """Compare. Raises CopyRefused."""
        if self._source.read(len(piece)) != piece:
            raise CopyRefused(
                f"{self._name}: what was written there reads back otherwise; is the disk sound?"
            )
        return len(piece)
