"""Which certificates of a connection end soon, as far as they can be read here: files in, warnings out."""

from datetime import datetime
from pathlib import Path

from hub.enrolment.listing import Ends
from hub.itself import Ending
from protocol.broker import BrokerConfig
from protocol.certificates import read_certificate
from protocol.errors import CertificateRefused
from protocol.expiry import Nearness, nearness

#: What renews it, by role; a node's, a hub's and a reader's come from the authority.
_CURES = {
    "authority": "every node is enrolled anew: docs/operations/incidents.md",
    "broker": "`kuzet broker config` renews it",
    "hub": "`kuzet broker config` renews it",
}
_ROW = "`kuzet node request` on it, `kuzet node sign` at the hub"


def endings(broker: BrokerConfig, now: datetime) -> list[str]:
    """A line for each that has ended or ends within thirty days.

    A hub's own machine knows all of them by the list beside the broker's files; a node only its own. What
    cannot be read here, by these rights, is not told of.
    """
    if broker.ca_file is None:
        return []
    authority = Path(broker.ca_file)
    own = None if broker.certificate_file is None else Path(broker.certificate_file)
    ends = Ends(authority, own if own is not None and _is_readable(own) else None)
    if not _is_readable(authority):
        return []
    ends.look(0.0)
    told = {(one.role, one.name): one for one in (*ends.known, *_broker(authority))}
    return [line for _, one in sorted(told.items()) if (line := _line(one, now)) is not None]


def _line(one: Ending, now: datetime) -> str | None:
    near = nearness(one.starts, one.ends, now)
    if near in (Nearness.FAR, Nearness.NOT_YET):
        return None
    when = f"ended {one.ends:%Y-%m-%d}" if near is Nearness.ENDED else f"ends {one.ends:%Y-%m-%d}"
    who = one.role if one.role == one.name else f"{one.role} {one.name}"
    return f"the certificate of {who} {when}; {_CURES.get(one.role, _ROW)}"


def _broker(authority: Path) -> tuple[Ending, ...]:
    """The broker's own, which lies beside the authority's where the broker runs."""
    try:
        facts = read_certificate(authority.with_name("broker.crt").read_bytes())
    except (OSError, CertificateRefused):
        return ()
    role, name = facts.subject.role.value, facts.subject.name
    return (Ending(name=name, role=role, starts=facts.starts, ends=facts.ends),)


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
