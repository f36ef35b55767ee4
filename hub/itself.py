"""What the system knows of itself: stores that were put back, certificates that end. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from protocol.expiry import WARNINGS_D, Nearness, nearness

#: The nearer to its end, the further behind.
ORDER = (Nearness.FAR, Nearness.SOON, Nearness.SOONER, Nearness.NOW, Nearness.ENDED)


class Restoration(Struct, frozen=True, kw_only=True):
    """A store that was put back from a copy, until somebody has read that."""

    #: `hub.db` or `people.db`.
    store: str
    #: The instant of the copy; what was written after it is lost, or told again. None: not known.
    since: datetime | None
    #: When it was put back.
    at: datetime


class Ending(Struct, frozen=True, kw_only=True):
    """The newest certificate of one identity of the campus."""

    #: The node's id, `hub`, the broker's host, or `authority`.
    name: str
    #: `node`, `hub`, `reader`, `broker` or `authority`.
    role: str
    starts: datetime
    ends: datetime

    def nearness(self, now: datetime) -> Nearness:
        """How near its end is."""
        return nearness(self.starts, self.ends, now)

    def changes_at(self, now: datetime) -> datetime | None:
        """When it is nearer than now; None: it has ended."""
        steps = (self.ends - timedelta(days=days) for days in (*WARNINGS_D, 0))
        return min((at for at in steps if at > now), default=None)


class Itself(Struct, frozen=True, kw_only=True):
    """All of it, at one instant."""

    restored: tuple[Restoration, ...] = ()
    certificates: tuple[Ending, ...] = ()


def worse(one: Nearness, other: Nearness) -> Nearness:
    """The one nearer to the end; what has not begun yet says nothing of its end."""
    return max((one, other), key=lambda near: ORDER.index(near) if near in ORDER else 0)


def said_by_node(faults: Iterable[str]) -> Nearness:
    """What a node says of the certificate it holds: the code of its fault."""
    codes = [fault.removeprefix(_FAULT) for fault in faults if fault.startswith(_FAULT)]
    return next((near for near in ORDER if near.value in codes), Nearness.FAR)


_FAULT = "certificate: "
