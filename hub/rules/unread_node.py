"""A node that speaks another version than the hub reads: what it watches is unknown (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.presence import Liveness
from hub.rules.finding import Finding, Later
from hub.rules.placing import placing
from hub.situation import Situation
from protocol.wire import UNSAID, Accord

RULE = "unread-node"
#: Which of the two has to be updated.
_DO = {Accord.TOO_NEW: "update-hub", Accord.TOO_OLD: "update-node"}


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while the node is there and not understood; of one that is silent its silence is told."""
    presence = situation.presence
    accord = presence.accord(subject)
    if accord is Accord.AGREED:
        return
    spoken = presence.nodes[subject].wire or UNSAID
    is_new = accord is Accord.TOO_NEW
    homes = (one for one, nodes in placing(situation).homes.items() if subject in nodes)
    yield Finding(
        rule=RULE,
        subject=subject,
        label=subject,
        node=subject,
        building=next(homes, None),
        value=spoken.oldest if is_new else spoken.newest,
        limit=presence.wire.newest if is_new else presence.wire.oldest,
        limit_rule=_DO[accord],
        clause=situation.profile.alerts[RULE].source,
        starts=presence.liveness(subject, now) is Liveness.ONLINE,
    )
