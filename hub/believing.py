"""A durable entry in, a campus that believes it out; an entry that no belief can be made of ends nothing."""

import logging

from hub.campus import Campus, Observed

log = logging.getLogger(__name__)


def believe(campus: Campus, observed: Observed) -> bool:
    """Fold one entry of the journal in; False where it was passed over, which the log says with its place.

    It is durable and comes again at every start: raised on, it would keep the hub down for good, and with it
    every door. So whatever the fault, the campus goes on without it; a mended version folds it in.
    """
    try:
        campus.observe(observed)
    except Exception:
        log.exception(
            "journal=not-believed position=%s node=%s seq=%s: a fault of the hub, please report it",
            observed.position,
            observed.node,
            observed.event.seq,
        )
        return False
    return True
