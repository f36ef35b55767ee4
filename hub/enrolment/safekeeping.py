"""The authority's folder in, one sealed file out, and back: whoever loses the folder enrols nobody anew.

It is never written anywhere unsealed, not even for a moment: the copy is made in memory.
"""

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography import x509
from msgspec import Struct
from msgspec.structs import replace

from hub.backup.errors import CopyRefused
from hub.backup.ladder import Ladder, kept
from hub.backup.sealing import seal, unseal
from hub.enrolment import place as places
from hub.enrolment import register as registers
from hub.enrolment.authority import Authority
from hub.enrolment.office import CERTIFICATE, KEY, Office
from hub.enrolment.place import Place
from hub.enrolment.register import Issued, Register
from hub.errors import EnrolmentError
from protocol.certificates import Role
from protocol.keeping import OPEN, SECRET, write

_NAME = re.compile(r"kuzet-authority-([a-z0-9-]+)-(\d{8}T\d{6}Z)\.sealed")
_STAMP = "%Y%m%dT%H%M%SZ"
_FORMAT = 1
#: More is no copy of an authority: 200 nodes with certificates of twenty years are 2 MB.
_MOST_BYTES = 64 * 1024 * 1024
#: Whose a revoked certificate is of which the copy knows nothing.
UNKNOWN = "unknown"


class Copied(Struct, frozen=True, kw_only=True):
    """What a copy holds."""

    format: int = _FORMAT
    at: datetime
    #: PEM.
    certificate: bytes
    key: bytes
    register: Register
    place: Place


class SealedCopy(NamedTuple):
    """One file of a folder of copies."""

    at: datetime
    path: Path


class Returned(NamedTuple):
    """What was put back."""

    copied: Copied
    register: Register
    #: Revoked since the copy was made, as the broker's own list still said.
    found_revoked: int


def holds_authority(folder: Path) -> bool:
    """Whether a folder is an authority's: no copy in the clear may have it."""
    return (folder / KEY).exists()


def copies(folder: Path, site: str | None = None) -> list[SealedCopy]:
    """Copies of authorities in a folder, newest first; files of other names are nobody's."""
    found: list[SealedCopy] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        said = _NAME.fullmatch(path.name)
        if said is not None and site in (None, said[1]):
            found.append(SealedCopy(datetime.strptime(said[2], _STAMP).replace(tzinfo=UTC), path))
    return sorted(found, reverse=True)


def keep(office: Office, folder: Path, key: bytes, ladder: Ladder) -> SealedCopy:
    """A sealed copy of what the office works with, read back before it counts; older ones are thinned.

    Raises OSError and CopyRefused.
    """
    at = office.now.astimezone(UTC)
    certificate, secret = office.pems
    copied = Copied(at=at, certificate=certificate, key=secret, register=office.register, place=office.place)
    sealed = io.BytesIO()
    seal(io.BytesIO(msgspec.json.encode(copied)), sealed, key)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"kuzet-authority-{office.register.site}-{at.strftime(_STAMP)}.sealed"
    write(path, sealed.getvalue(), SECRET)
    if read(path, key) != copied:
        raise CopyRefused(f"{path}: what was written there reads back otherwise; is the disk sound?")
    there = copies(folder, office.register.site)
    keeping = kept((one.at for one in there), ladder)
    for one in there:
        if one.at not in keeping:
            one.path.unlink(missing_ok=True)
    return SealedCopy(at, path)


def read(path: Path, key: bytes) -> Copied:
    """What a copy holds, looked through. Raises CopyRefused, EnrolmentError and OSError."""
    plain = io.BytesIO()
    if path.stat().st_size > _MOST_BYTES:
        raise CopyRefused(f"{path}: is not a copy of an authority; a campus's copy goes to `kuzet restore`")
    with path.open("rb") as file:
        unseal(file, plain, key, path)
    try:
        copied = msgspec.json.decode(plain.getvalue(), type=Copied)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CopyRefused(
            f"{path}: is not a copy of an authority; a campus's copy goes to `kuzet restore`"
        ) from None
    if copied.format > _FORMAT:
        raise CopyRefused(f"{path}: was made by a newer kuzet; install that")
    Authority.load(copied.certificate, copied.key)
    return copied


def put_back(copied: Copied, folder: Path) -> Returned:
    """The authority in its folder again. What is newer there, or in the broker's list, counts on.

    Raises EnrolmentError where an authority stands there already.
    """
    if holds_authority(folder):
        raise EnrolmentError(f"{folder}: has an authority; move the folder away if that one shall not count")
    register = _newer(folder, copied.register)
    authority = Authority.load(copied.certificate, copied.key)
    listed = list(_listed(Path(copied.place.folder) / "revoked.pem", copied.certificate))
    register, found = _without(register, listed, authority.ends)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(folder / CERTIFICATE, copied.certificate, OPEN)
    registers.save(folder, register)
    places.save(folder, copied.place)
    # Last, as at the beginning: with it the authority is there.
    write(folder / KEY, copied.key, SECRET)
    return Returned(copied, register, found)


def _newer(folder: Path, register: Register) -> Register:
    """The register that stands there still, when it goes on from the copy's."""
    try:
        there = registers.load(folder)
    except EnrolmentError:
        return register
    if there.site != register.site:
        raise EnrolmentError(f"{folder}: has the register of site `{there.site}`; move the folder away")
    return there if there.list_number >= register.list_number else register


def _listed(path: Path, certificate: bytes) -> Iterable[x509.RevokedCertificate]:
    """What the broker refuses by its list; nothing where the list is not there or not of this authority."""
    public_key = x509.load_pem_x509_certificate(certificate).public_key()
    try:
        found = x509.load_pem_x509_crl(path.read_bytes())
        is_ours = found.is_signature_valid(public_key)  # type: ignore[arg-type]  # an authority's is P-256
    except (OSError, ValueError, TypeError):
        return ()
    return found if is_ours else ()


def _without(
    register: Register, listed: Iterable[x509.RevokedCertificate], ends: datetime
) -> tuple[Register, int]:
    """What was taken back after the copy was made stays so, also what was given out after it."""
    revoked = {f"{one.serial_number:x}": one.revocation_date_utc for one in listed}
    before = {one.serial for one in register.issued if one.revoked is not None}
    known = {one.serial for one in register.issued}
    for serial in revoked.keys() - before:
        at = revoked[serial]
        if serial in known:
            register = register.without([serial], at, "in the broker's list")
        else:
            one = Issued(
                serial=serial,
                role=Role.NODE,
                name=UNKNOWN,
                given=at,
                starts=at,
                ends=ends,
                revoked=at,
                why="in the broker's list",
            )
            register = replace(register, issued=(*register.issued, one))
    return register, len(revoked.keys() - before)


def clear_of_authorities(files: Iterable[Path]) -> None:
    """Raises ValueError where one of `files` is an authority's: such a copy would not be sealed."""
    for path in files:
        if holds_authority(path.parent):
            raise ValueError(
                f"{path.parent}: holds the authority's key, and copies of the campus are not sealed; "
                "`kuzet authority backup` copies it"
            )
