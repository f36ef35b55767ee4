"""A node out of the campus: its certificates, its rights, what lies at the broker in its name, its live
session.
"""

from typing import NamedTuple

from hub.enrolment.office import Office
from hub.enrolment.register import Issued
from hub.enrolment.throwing import throw_off
from hub.errors import EnrolmentError
from protocol.certificates import Role


class Revocation(NamedTuple):
    """What was done."""

    taken: tuple[Issued, ...]
    #: The broker was running and has read the new files.
    broker_told: bool
    #: Why its live session may go on; None: it was ended, or there is none where no broker runs.
    still_there: str | None


def revoke(office: Office, role: Role, name: str, why: str, *, keep_newest: bool = False) -> Revocation:
    """Take back what `name` holds (all of it, or all but the newest), and end its session."""
    taken = office.revoke(role, name, why, keep_newest=keep_newest)
    # From here on nobody comes in with one of them. The rights stand a moment longer, for the farewell.
    told = office.publish(with_rights_of=None if keep_newest else (role, name))
    still_there = None
    if told and (taken or not keep_newest):
        try:
            paper, is_node = office.throwing_paper(name), role is Role.NODE
            throw_off(office.place, office.register.site, name, paper, take_words=is_node and not keep_newest)
        except EnrolmentError as error:
            still_there = str(error)
    if not keep_newest:
        # And now nobody speaks in its name, whatever session there is.
        told = office.publish()
    return Revocation(taken, told, still_there)
