"""Files in, one archive out that says what is in it; and back, each file compared with what was said."""

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from hub.backup.errors import CopyRefused
from hub.backup.soundness import HubFigures, PeopleFigures

MANIFEST = "manifest.json"
#: Grows when an older kuzet could not read it.
FORMAT = 1
_CHUNK = 1024 * 1024
#: More is no manifest of ours.
_MOST_MANIFEST = 8 * 1024 * 1024


class Member(Struct, frozen=True):
    """One file of an archive."""

    name: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What an archive says of itself."""

    format: int = FORMAT
    site: str
    at: datetime
    version: str
    members: tuple[Member, ...]
    hub: HubFigures | None = None
    people: PeopleFigures | None = None

    def sizes(self) -> int:
        """Bytes of all files."""
        return sum(member.size for member in self.members)


def describe(files: Mapping[str, Path]) -> tuple[Member, ...]:
    """Each file with its size and sum. Raises OSError."""
    return tuple(Member(name, path.stat().st_size, _sum(path)) for name, path in sorted(files.items()))


def write_archive(target: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Write the archive, durable when it returns; `files` by the names in the manifest. Raises OSError."""
    said = msgspec.json.encode(manifest)
    with target.open("wb") as out:
        os.fchmod(out.fileno(), 0o600)
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
            _add(tar, MANIFEST, len(said), io.BytesIO(said))
            for member in manifest.members:
                with files[member.name].open("rb") as file:
                    _add(tar, member.name, member.size, file)
        out.flush()
        os.fsync(out.fileno())


def read_manifest(path: Path) -> Manifest:
    """What the archive says of itself, read from its beginning. Raises CopyRefused."""
    try:
        with tarfile.open(path, "r|gz") as tar:
            first = tar.next()
            return _manifest(tar, first, path)
    except _CUT as error:
        raise CopyRefused(f"{path}: cannot be read as a copy ({_why(error)})") from error


def extract(path: Path, into: Path, only: Iterable[str] | None = None) -> Manifest:
    """Unpack into an empty folder, or those files alone; each as it was when it was packed.

    Reads to the end in either case. Raises CopyRefused, and OSError where the disk refuses.
    """
    try:
        with gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as tar:
            manifest = _manifest(tar, tar.next(), path)
            wanted = {member.name: member for member in manifest.members}
            chosen = set(wanted) if only is None else set(only)
            found: set[str] = set()
            while (info := tar.next()) is not None:
                member = wanted.get(info.name)
                if member is None or not info.isreg() or info.size != member.size or info.name in found:
                    raise CopyRefused(f"{path}: `{info.name}` is not what its manifest says")
                found.add(info.name)
                _take_out(tar, info, member, into if info.name in chosen else None, path)
            if missing := set(wanted) - found:
                raise CopyRefused(f"{path}: is cut short: `{min(missing)}` is missing")
            # To its very end: the sum of the whole is there.
            while unzipped.read(_CHUNK):
                pass
            return manifest
    except _CUT as error:
        raise CopyRefused(f"{path}: is cut short or changed ({_why(error)})") from error


_CUT = (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error)


def _manifest(tar: tarfile.TarFile, info: tarfile.TarInfo | None, path: Path) -> Manifest:
    file = tar.extractfile(info) if info is not None and info.name == MANIFEST else None
    if file is None or info is None or info.size > _MOST_MANIFEST:
        raise CopyRefused(f"{path}: is not a copy of ours; it does not begin with {MANIFEST}")
    try:
        manifest = msgspec.json.decode(file.read(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CopyRefused(f"{path}: its manifest cannot be read ({error})") from error
    if manifest.format > FORMAT:
        raise CopyRefused(f"{path}: was made by kuzet {manifest.version}; install that or a newer one")
    for member in manifest.members:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or str(name) != member.name:
            raise CopyRefused(f"{path}: `{member.name}` cannot be the name of a file in it")
    return manifest


def _take_out(
    tar: tarfile.TarFile, info: tarfile.TarInfo, member: Member, into: Path | None, path: Path
) -> None:
    file = tar.extractfile(info)
    assert file is not None
    sum = hashlib.sha256()
    if into is None:
        while chunk := file.read(_CHUNK):
            sum.update(chunk)
    else:
        target = into / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            os.fchmod(out.fileno(), 0o600)
            while chunk := file.read(_CHUNK):
                sum.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    if sum.hexdigest() != member.sha256:
        raise CopyRefused(f"{path}: `{member.name}` is not what was packed")


def _add(tar: tarfile.TarFile, name: str, size: int, file: io.IOBase) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__
