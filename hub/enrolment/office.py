"""The campus's enrolment office: gives certificates out, takes them back, and tells the broker.

One folder holds everything: the authority's key (0600), its certificate, the register. One deed at a time.
"""

import fcntl
import logging
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment import place as places
from hub.enrolment import register as registers
from hub.enrolment.authority import BACKDATED, Authority
from hub.enrolment.broker_rules import Listener, configuration, rights
from hub.enrolment.listing import write_listing
from hub.enrolment.place import Place
from hub.enrolment.register import Issued, Register
from hub.errors import EnrolmentError
from protocol.certificates import Facts, Role, Subject, key_pem, new_key, read_request
from protocol.keeping import OPEN, SECRET, write

log = logging.getLogger(__name__)
CERTIFICATE, KEY, LOCK = "ca.crt", "ca.key", "lock"
#: The broker's own certificate is made anew when it has less left than that.
BROKER_RENEWED_BEFORE = timedelta(days=60)
#: A certificate that only throws a session off.
THROWING_LIVES = timedelta(minutes=5)


class Paper(NamedTuple):
    """What is handed out: a certificate, its key where we made it, and the authority's certificate."""

    facts: Facts
    certificate: bytes
    #: None: the node made it and keeps it.
    key: bytes | None
    authority: bytes


class Office:
    """Open while a deed is done; holds the folder's lock."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Raises EnrolmentError when there is no authority in `folder`, or it cannot be used."""
        self._folder = folder
        self._instant = now
        self.place = places.load(folder)
        with ExitStack() as opening:
            try:
                _lock(folder, opening)
                pems = (folder / CERTIFICATE).read_bytes(), (folder / KEY).read_bytes()
            except OSError as error:
                raise EnrolmentError(f"{folder}: {error.strerror or error}; run this as its owner") from None
            self._authority = Authority.load(*pems)
            self.register = registers.load(folder)
            # From here on it is held until it is left; until here whatever is wrong lets others in.
            self._closing = opening.pop_all()

    @classmethod
    def begin(cls, folder: Path, site: str, place: Place, now: Callable[[], datetime]) -> "Office":
        """The office with these words about its broker; the authority is made when there is none.

        Raises EnrolmentError when the folder is another site's.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / KEY).exists():
            if (folder / registers.FILE).exists():
                raise EnrolmentError(
                    f"{folder}: the register is there and the key is not; restore {KEY} from a backup, or "
                    "begin another folder: every node must then be enrolled anew"
                )
            authority = Authority.begin(site, now().replace(microsecond=0))
            write(folder / CERTIFICATE, authority.certificate, OPEN)
            registers.save(folder, Register(site=site))
            # Last: with it the authority is there.
            write(folder / KEY, authority.key, SECRET)
        elif registers.load(folder).site != site:
            raise EnrolmentError(f"{folder}: is the authority of another site; name its own folder with --ca")
        places.save(folder, place)
        return cls(folder, now)

    def __enter__(self) -> "Office":
        """Held until it is left."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others in."""
        self._closing.close()

    @property
    def now(self) -> datetime:
        """What time it is here, in whole seconds: X.509 knows no others."""
        return self._instant().replace(microsecond=0)

    @property
    def pems(self) -> tuple[bytes, bytes]:
        """The authority's certificate and its key, for a sealed copy."""
        return self._authority.certificate, self._authority.key

    @property
    def authority_ends(self) -> datetime:
        """From then on nothing it gave out is good."""
        return self._authority.ends

    def enrol(self, role: Role, name: str) -> Paper:
        """A certificate with a key that is made here."""
        key = new_key()
        certificate, facts = self._give(key.public_key(), self._subject(role, name))
        return Paper(facts, certificate, key_pem(key), self._authority.certificate)

    def sign(self, request: bytes) -> Paper:
        """A certificate for a key that stays where it was made. Raises CertificateRefused, EnrolmentError."""
        subject, public_key = read_request(request)
        if subject.site != self.register.site:
            raise EnrolmentError(f"the request is of site `{subject.site}`, this is `{self.register.site}`")
        if subject.role is Role.BROKER:
            raise EnrolmentError("a broker's certificate is made by `kuzet broker config`")
        certificate, facts = self._give(public_key, subject)
        return Paper(facts, certificate, None, self._authority.certificate)

    def revoke(self, role: Role, name: str, why: str, *, keep_newest: bool = False) -> tuple[Issued, ...]:
        """Take back what `name` holds; returns it. Only the broker's refusal makes it true: `publish`."""
        now = self.now
        held = [one for one in self.register.of(role, name) if one.revoked is None]
        if keep_newest:
            held = held[:-1]
        self._keep(self.register.without((one.serial for one in held), now, why))
        return tuple(held)

    def throwing_paper(self, name: str) -> Paper:
        """A certificate of a few minutes in the name of `name`, to throw its session off; is in no list."""
        return throwing_paper(self._authority, self.register.site, name, self.now)

    def publish(self, *, with_rights_of: tuple[Role, str] | None = None) -> bool:
        """Write the broker's files and let it read them; False when it is not running.

        `with_rights_of`: somebody who keeps the rights a moment longer.
        """
        folder, now, owner = Path(self.place.folder), self.now, self.place.owner
        self.make_folders()
        self._renew_broker(folder, owner)
        self._keep(self.register.with_list(now, BACKDATED))
        written, revoked = self.register.list_written or now, self.register.revoked(now)
        listed = self._authority.list_of_revoked(revoked, written, self.register.list_number)
        identities = {(one.role, one.name) for one in self.register.good(now)}
        if with_rights_of is not None:
            identities.add(with_rights_of)
        acl = rights(self.register.site, identities, self.place.discovery).encode()
        state = Path(self.place.state)
        listener = Listener(self.place.port, self.place.listen, folder, state, self.place.user)
        write(folder / CERTIFICATE, self._authority.certificate, OPEN)
        write(folder / "revoked.pem", listed, OPEN)
        write(folder / "rights.acl", acl, SECRET, owner)
        write(folder / "mosquitto.conf", configuration(listener).encode(), OPEN)
        # For the hub, which may not look into the authority's folder.
        write_listing(folder, self.register, now)
        return self._reload()

    def _give(self, public_key: ec.EllipticCurvePublicKey, subject: Subject) -> tuple[bytes, Facts]:
        role, name, now = subject.role, subject.name, self.now
        held = [one for one in self.register.of(role, name) if one.is_good(now)]
        # The broker goes by the name alone.
        other = next(
            (one for one in self.register.good(now) if one.name == name and one.role is not role), None
        )
        if other is not None:
            raise EnrolmentError(f"`{name}` is the {other.role.value}'s name already; choose another")
        hosts = self.place.names if role is Role.BROKER else ()
        lives = timedelta(days=self.place.lives_d)
        certificate, facts = self._authority.give(public_key, subject, now, lives, hosts)
        register = self.register.with_new(facts, now)
        surplus = [one.serial for one in held[: max(0, len(held) + 1 - registers.MOST_GOOD)]]
        # Registered before it is handed out: what nobody knows of cannot be taken back.
        self._keep(register.without(surplus, now, "replaced"))
        return certificate, facts

    def _subject(self, role: Role, name: str) -> Subject:
        return Subject(self.register.site, role, name)

    def _renew_broker(self, folder: Path, owner: tuple[int, int] | None) -> None:
        """The broker's own certificate: made when it is missing, ends soon, or goes by other names now."""
        names, said = " ".join(self.place.names), folder / "broker.names"
        held = self.register.of(Role.BROKER, self.place.host)
        is_known = said.exists() and said.read_text(encoding="utf-8").strip() == names
        is_there = (folder / "broker.crt").exists() and (folder / "broker.key").exists()
        if held and is_known and is_there and held[-1].ends - self.now > BROKER_RENEWED_BEFORE:
            return
        paper = self.enrol(Role.BROKER, self.place.host)
        write(folder / "broker.key", paper.key or b"", SECRET, owner)
        write(folder / "broker.crt", paper.certificate, OPEN)
        write(said, names.encode() + b"\n", OPEN)

    def renew_own(self, role: Role, name: str, path: Path, owner: tuple[int, int] | None) -> None:
        """Certificate and key of a process of this machine at `path`, made when missing or ending soon;
        `owner`: whom it runs as.
        """
        held = [one for one in self.register.of(role, name) if one.is_good(self.now)]
        if held and path.exists() and held[-1].ends - self.now > BROKER_RENEWED_BEFORE:
            return
        paper = self.enrol(role, name)
        write(path, paper.certificate + (paper.key or b""), SECRET, owner)

    def make_folders(self) -> None:
        """The folders of the broker's files and of its state, where they are missing."""
        folder = Path(self.place.folder)
        state = Path(self.place.state)
        is_new = not state.exists()
        # mosquitto walks through the one and writes into the other, whatever the umask of whoever runs this.
        for path, mode in ((folder, 0o755), (state, 0o750)):
            if not path.exists():
                path.mkdir(parents=True)
                path.chmod(mode)
        if is_new and self.place.owner is not None:
            os.chown(state, *self.place.owner)

    def _reload(self) -> bool:
        process = self.place.process
        if process is None:
            return False
        try:
            os.kill(process, signal.SIGHUP)
        except PermissionError:
            raise EnrolmentError(
                "the broker may not be told by you to read its new files: `sudo systemctl reload mosquitto`"
            ) from None
        except ProcessLookupError:
            return False
        return True

    def _keep(self, register: Register) -> None:
        registers.save(self._folder, register)
        self.register = register


def throwing_paper(authority: Authority, site: str, name: str, now: datetime) -> Paper:
    """A certificate of a few minutes in the name of `name`, to throw its session off."""
    key, began = new_key(), now.replace(microsecond=0)
    subject = Subject(site, Role.NODE, name)
    certificate, facts = authority.give(key.public_key(), subject, began, THROWING_LIVES)
    return Paper(facts, certificate, key_pem(key), authority.certificate)


def _lock(folder: Path, held: ExitStack) -> None:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET)
    held.callback(os.close, handle)
    fcntl.flock(handle, fcntl.LOCK_EX)
