"""The campus's certificates and their ends: written beside the broker's files, read by the hub. No secret.

The authority's folder is closed to the hub; this list says no more than until when each identity may come in.
"""

import logging
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from msgspec import Struct

from hub.enrolment.register import Register
from hub.itself import Ending
from protocol.certificates import read_certificate
from protocol.errors import CertificateRefused
from protocol.keeping import OPEN, write

log = logging.getLogger(__name__)
FILE = "certificates.json"
AUTHORITY = "authority"
#: Between two looks, seconds: the nearest warning is of a week.
EVERY_S = 60.0


class Listing(Struct, frozen=True, kw_only=True):
    """Of each identity that was not taken back, the newest certificate."""

    site: str
    certificates: tuple[Ending, ...] = ()
    layout: int = 1


def write_listing(folder: Path, register: Register, now: datetime) -> None:
    """Write it beside the broker's files."""
    newest = [one for one in register.newest(now) if one.revoked is None]
    endings = tuple(
        Ending(name=one.name, role=one.role.value, starts=one.starts, ends=one.ends) for one in newest
    )
    listing = Listing(site=register.site, certificates=endings)
    write(folder / FILE, msgspec.json.format(msgspec.json.encode(listing)) + b"\n", OPEN)


class Ends:
    """Reads the list, the authority's certificate and the hub's own; what cannot be read is left out."""

    def __init__(self, authority: Path, own: Path | None) -> None:
        """`authority`: the hub's `ca_file`; the list lies beside it where the broker is on this machine."""
        self._authority = authority
        self._own = own
        self._looked_s = float("-inf")
        self._complained: set[Path] = set()
        self.known: tuple[Ending, ...] = ()

    def look(self, now_s: float) -> bool:
        """Look if it is time; True when something else is known now."""
        if now_s - self._looked_s < EVERY_S:
            return False
        self._looked_s = now_s
        found = {
            (one.role, one.name): one for one in (*self._listed(), *self._read_own(), *self._of_authority())
        }
        known = tuple(found[key] for key in sorted(found))
        is_new, self.known = known != self.known, known
        return is_new

    def _listed(self) -> tuple[Ending, ...]:
        path = self._authority.with_name(FILE)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Listing).certificates
        except FileNotFoundError:
            # The broker is elsewhere, or was set up by an older version: nodes then speak for themselves.
            return ()
        except (OSError, msgspec.MsgspecError) as error:
            self._complain(path, error)
            return ()

    def _read_own(self) -> tuple[Ending, ...]:
        """The one we show: another than the list's newest where a new one was made and not put here."""
        if self._own is None:
            return ()
        try:
            facts = read_certificate(self._own.read_bytes())
        except (OSError, CertificateRefused) as error:
            self._complain(self._own, error)
            return ()
        return (
            Ending(
                name=facts.subject.name, role=facts.subject.role.value, starts=facts.starts, ends=facts.ends
            ),
        )

    def _of_authority(self) -> tuple[Ending, ...]:
        try:
            found = x509.load_pem_x509_certificate(self._authority.read_bytes())
        except (OSError, ValueError) as error:
            self._complain(self._authority, error)
            return ()
        return (
            Ending(
                name=AUTHORITY,
                role=AUTHORITY,
                starts=found.not_valid_before_utc,
                ends=found.not_valid_after_utc,
            ),
        )

    def _complain(self, path: Path, error: Exception) -> None:
        if path not in self._complained:
            self._complained.add(path)
            log.warning("certificate=unreadable file=%s why=%s", path, error)
