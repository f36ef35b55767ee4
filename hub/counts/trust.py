"""What has been learned of a door and what speaks against it in, how far to believe it out. Pure."""

from msgspec import Struct

from hub.counts.door_error import DoorError
from hub.counts.lie import Lie, Suspicion

#: An unsure bias of so many points costs so much trust, and never more than half.
_COST_A_POINT = 10.0
_MOST_COST = 0.5
#: A door that drifts still tells that somebody came.
_DRIFTING = 0.4
TUNED_SD = 0.005


class DoorTrust(Struct, frozen=True, kw_only=True):
    """How far to believe a door."""

    door: str
    #: 0 to 1; below 0.5 the spaces it joins are not to be believed.
    trust: float
    #: `tuned`, `untuned`, or what it does wrong: `swapped`, `blind`, `deaf-in`, `deaf-out`, `drifting`.
    verdict: str
    #: Minute since 1970 UTC since which it shows; None while nothing speaks against it.
    since: int | None
    #: Why, as a few English words with figures; the page words it in people's languages by the verdict.
    reason: str


def trust_of(door: str, error: DoorError, suspicion: Suspicion | None) -> DoorTrust:
    """One door's trust."""
    bias = f"bias {100 * error.bias:+.1f} ± {100 * error.bias_sd:.1f} points"
    if suspicion is not None:
        is_drifting = suspicion.lie is Lie.DRIFTING
        return DoorTrust(
            door=door,
            trust=_DRIFTING if is_drifting else 0.0,
            verdict=suspicion.lie.value,
            since=suspicion.since,
            reason=f"off by {suspicion.score:g} points"
            if is_drifting
            else f"explains {suspicion.score:g} people",
        )
    return DoorTrust(
        door=door,
        trust=round(1.0 - min(_MOST_COST, _COST_A_POINT * error.bias_sd), 3),
        verdict="tuned" if error.bias_sd <= TUNED_SD else "untuned",
        since=None,
        reason=bias,
    )
