"""Every certificate the campus gave out: who, until when, taken back. Pure but for `load` and `save`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.enrolment.authority import Revoked
from hub.errors import EnrolmentError
from protocol.certificates import Facts, Role
from protocol.expiry import Nearness, nearness
from protocol.keeping import SECRET, write

FILE = "register.json"
#: At most so many good certificates an identity: the newest, and the one it rotates from.
MOST_GOOD = 2


class State(Enum):
    """What a certificate is worth now."""

    GOOD = "good"
    #: Good, and ends within thirty days.
    ENDING = "ending"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Issued(Struct, frozen=True, kw_only=True):
    """One certificate."""

    serial: str
    role: Role
    name: str
    given: datetime
    starts: datetime
    ends: datetime
    #: When it was taken back, and why, in words; None while it was not.
    revoked: datetime | None = None
    why: str = ""

    def state(self, now: datetime) -> State:
        """What it is worth at `now`."""
        if self.revoked is not None:
            return State.REVOKED
        near = nearness(self.starts, self.ends, now)
        if near is Nearness.ENDED:
            return State.EXPIRED
        return State.GOOD if near in (Nearness.FAR, Nearness.NOT_YET) else State.ENDING

    def is_good(self, now: datetime) -> bool:
        """Whether it opens the broker's door."""
        return self.state(now) in (State.GOOD, State.ENDING)


class Register(Struct, frozen=True, kw_only=True):
    """The book; a deed gives a new one."""

    site: str
    issued: tuple[Issued, ...] = ()
    #: The list of revoked certificates: its number and the instant it carries.
    list_number: int = 0
    list_written: datetime | None = None
    layout: int = 1

    def of(self, role: Role, name: str) -> tuple[Issued, ...]:
        """All certificates of one identity, the oldest first."""
        return tuple(one for one in self.issued if (one.role, one.name) == (role, name))

    def good(self, now: datetime) -> tuple[Issued, ...]:
        """Those that open the broker's door now."""
        return tuple(one for one in self.issued if one.is_good(now))

    def newest(self, now: datetime) -> tuple[Issued, ...]:
        """Of each identity the one that counts: the newest that was not taken back, else the newest."""
        found: dict[tuple[Role, str], Issued] = {}
        for one in self.issued:
            before = found.get((one.role, one.name))
            if before is None or one.revoked is None or before.revoked is not None:
                found[one.role, one.name] = one
        return tuple(found[key] for key in sorted(found, key=lambda key: (key[0].value, key[1])))

    def with_new(self, facts: Facts, now: datetime) -> "Register":
        """One more."""
        role, name = facts.subject.role, facts.subject.name
        issued = Issued(
            serial=facts.serial, role=role, name=name, given=now, starts=facts.starts, ends=facts.ends
        )
        return replace(self, issued=(*self.issued, issued))

    def without(self, serials: Iterable[str], now: datetime, why: str) -> "Register":
        """Those certificates are taken back; what was taken back stays so."""
        gone = set(serials)
        return replace(
            self,
            issued=tuple(
                replace(one, revoked=now, why=why) if one.serial in gone and one.revoked is None else one
                for one in self.issued
            ),
        )

    def revoked(self, now: datetime) -> tuple[Revoked, ...]:
        """What the broker must refuse by name; what has ended it refuses anyway."""
        return tuple(
            Revoked(one.serial, one.revoked)
            for one in self.issued
            if one.revoked is not None and one.ends > now
        )

    def with_list(self, now: datetime, backdated: timedelta) -> "Register":
        """The next list of revoked certificates carries a later instant than the one before."""
        written = now - backdated
        if self.list_written is not None:
            written = max(written, self.list_written + timedelta(seconds=1))
        return replace(self, list_number=self.list_number + 1, list_written=written)


def load(folder: Path) -> Register:
    """The register in `folder`. Raises EnrolmentError when it is not there or cannot be read."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Register)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnrolmentError(f"{path}: cannot be read: {error}; restore it from a backup") from None


def save(folder: Path, register: Register) -> None:
    """Keep it."""
    write(folder / FILE, msgspec.json.format(msgspec.json.encode(register)) + b"\n", SECRET)
