"""What must hold at every minute of every scenario: unknown is never open, nothing lacks its clause."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta

from hub.alerts.notification import Notification
from hub.alerts.outcome import Outcome
from hub.duty_officer import DutyOfficer
from hub.presence import UNPROMISED_SILENCE
from protocol.messages import SpaceCondition, SpaceState

#: What a space may be shown as while nobody knows how many are inside.
HONEST = frozenset({SpaceCondition.UNKNOWN, SpaceCondition.CLOSED, SpaceCondition.HOLD})

#: Nobody hears the same of one alert again sooner.
LEAST_APART = timedelta(minutes=1)


def keep(
    officer: DutyOfficer, now: datetime, silent: Mapping[str, datetime], broken: Set[tuple[str, str]]
) -> None:
    """Look at the state of every space and at all that the rules find.

    `silent` and `broken` are what really is the matter, not what the hub believes.
    """
    dead = {node for node, since in silent.items() if now - since > UNPROMISED_SILENCE}
    for space in officer.situation.spaces:
        doors = officer.situation.doors[space]
        is_blind = any(door.node in dead or (door.node, door.channel) in broken for door in doors)
        shown_honestly(officer.situation.state(space, now), is_blind=is_blind)
    for finding in officer.rounds.findings.values():
        assert finding.clause.strip(), f"{finding.rule} {finding.subject} has no clause"


def shown_honestly(state: SpaceState, *, is_blind: bool) -> None:
    """A space that cannot be seen is not shown as open, near or full; every state says why, by a clause."""
    at = f"{state.space} is {state.state.value}"
    assert state.state in HONEST or not is_blind, f"{at}, but its doors are silent or broken"
    assert state.state in HONEST or state.occupancy is not None, f"{at}, but nobody knows how many are inside"
    assert state.reason.strip(), f"{at} without a reason"
    assert (state.clause or "").strip(), f"{at} ({state.reason}) without a clause"


def keep_alerts(outcome: Outcome) -> None:
    """No alert and nothing told without a clause or a stated reason."""
    for alert in outcome.changed:
        assert alert.clause.strip(), f"alert {alert.rule} {alert.subject} has no clause"
    for told in outcome.notifications:
        assert told.clause.strip(), f"{told.duty} was told of {told.rule} without a clause"


def told_once(before: Sequence[Notification], new: Iterable[Notification]) -> None:
    """Nobody is told the same thing twice, and no two rows have one number."""
    told = list(before)
    for one in new:
        for other in told:
            is_same = (one.alert, one.duty, one.reason) == (other.alert, other.duty, other.reason)
            is_soon = one.at - other.at < LEAST_APART
            assert not (is_same and is_soon), f"{one.duty} is told twice of {one.rule}: {one.reason.value}"
            assert one.id != other.id, f"two notifications are numbered {one.id}"
        told.append(one)
