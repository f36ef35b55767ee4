"""The node's certificate in, a fault 30, 14 and 7 days before it ends out, and one when it has ended.

With an ended one the broker refuses the node: it counts on, keeps what it sees, and never speaks in
plaintext.
"""

from collections.abc import Callable
from pathlib import Path

from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.watches.watch import Watch
from protocol.certificates import Facts, read_certificate
from protocol.errors import CertificateRefused
from protocol.events import AnyEvent, ClockState
from protocol.expiry import Nearness, nearness

CERTIFICATE = "certificate"
UNREADABLE = "unreadable"
#: How often the file is looked at, seconds.
EVERY_S = 60.0
_DAY_S = 86_400.0


class CertificateWatch(Watch):
    """Tells how near the end is, each step of it once; and that a renewed one is good."""

    def __init__(
        self, path: Path, faults: FaultBook, read: Callable[[Path], bytes] = Path.read_bytes
    ) -> None:
        super().__init__(NODE_CHANNEL)
        self._path = path
        self._faults = faults
        self._read = read
        self._looked_s = float("-inf")

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Look, now and then."""
        if stamp.now_s - self._looked_s < EVERY_S:
            return []
        self._looked_s = stamp.now_s
        try:
            facts = read_certificate(self._read(self._path))
        except (OSError, CertificateRefused) as error:
            detail = f"{self._path}: {error}; no broker takes this node until it is there again"
            return self._tell(UNREADABLE, detail, stamp)
        if stamp.clock is not ClockState.SYNCED:
            # Whether it has ended nobody can tell by a guess; what was said stays said.
            return []
        near = nearness(facts.starts, facts.ends, stamp.now)
        if near is Nearness.FAR:
            return self._faults.recovered(NODE_CHANNEL, CERTIFICATE, stamp.now_s, stamp)
        return self._tell(near.value, _words(facts, near, stamp), stamp)

    def _tell(self, code: str, detail: str, stamp: Stamp) -> list[AnyEvent]:
        return self._faults.fault(NODE_CHANNEL, CERTIFICATE, code, detail, stamp.now_s, stamp, is_worse=True)


def _words(facts: Facts, near: Nearness, stamp: Stamp) -> str:
    day = facts.ends.date().isoformat()
    if near is Nearness.NOT_YET:
        return f"begins only {facts.starts.isoformat()}; is this clock right?"
    if near is Nearness.ENDED:
        return f"ended {day}; events are kept here until it is renewed: `kuzet node request`"
    left = (facts.ends - stamp.now).total_seconds() / _DAY_S
    return f"ends {day}, in {left:.0f} days; renew it: `kuzet node request`, at the hub `kuzet node sign`"
