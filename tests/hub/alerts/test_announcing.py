"""The table of reasons to tell, row by row."""

from typing import Any

import pytest
from msgspec.structs import replace

from hub.alerts.alert import Alert, Mute, Telling, begin
from hub.alerts.announcing import next_telling, reason_to_tell
from hub.alerts.notification import Reason
from protocol.messages import AlertState
from tests.builders import at
from tests.hub.alerts.stories import OVER, RULES

RULE = RULES["over-capacity"]  # steps after 0 s, 3 min, 10 min; repeated and reminded each 10 and 30 min
MIN = 60.0


def a_firing(telling: dict[str, Any] | None = None, **changes: Any) -> Alert:
    """An alert that fired at 0 and of which nobody has been told."""
    told = Telling(**{"since": at(0), **(telling or {})})
    alert = replace(begin("1", OVER, 1, at(-20)), state=AlertState.FIRING, fired_at=at(0), telling=told)
    return replace(alert, **changes)


TOLD_GUARD: dict[str, Any] = {"steps": 1, "at": at(0), "duties": ("guard-day",), "count": 1}
TOLD_ALL: dict[str, Any] = {"steps": 3, "at": at(600), "duties": ("guard-day", "admin"), "count": 3}


@pytest.mark.parametrize(
    ("alert", "seconds", "reason"),
    [
        (begin("1", OVER, 1, at(0)), 9999, None),
        (a_firing(), 0, Reason.FIRED),
        (a_firing(is_drill=True), 0, Reason.DRILL),
        (a_firing(muted=Mute.SILENCED), 9999, None),
        (a_firing(closed_at=at(1)), 9999, None),
        (a_firing(TOLD_GUARD), 3 * MIN - 1, None),
        (a_firing(TOLD_GUARD), 3 * MIN, Reason.ESCALATED),
        (a_firing(TOLD_ALL), 20 * MIN - 1, None),
        (a_firing(TOLD_ALL), 20 * MIN, Reason.REPEATED),
        (a_firing(TOLD_ALL, acked_at=at(660)), 30 * MIN, None),
        (a_firing(TOLD_ALL, acked_at=at(660)), 41 * MIN, Reason.REMINDER),
        (a_firing({**TOLD_ALL, "reminded_at": at(2460)}, acked_at=at(660)), 70 * MIN, None),
        (a_firing({**TOLD_ALL, "reminded_at": at(2460)}, acked_at=at(660)), 71 * MIN, Reason.REMINDER),
        (a_firing(TOLD_GUARD, state=AlertState.RESOLVED, resolved_at=at(60)), 60, Reason.RESOLVED),
        (a_firing(state=AlertState.RESOLVED, resolved_at=at(60)), 9999, None),
        (a_firing({"retry_at": at(3600)}), 3599, None),
        (a_firing({"retry_at": at(3600)}), 3600, Reason.FIRED),
        (a_firing({**TOLD_GUARD, "retry_at": at(3600)}), 601, Reason.REPEATED),
        (a_firing({**TOLD_GUARD, "retry_at": at(300)}), 300, Reason.ESCALATED),
    ],
    ids=[
        "pending",
        "fired",
        "drill",
        "muted",
        "closed",
        "told, not yet the next",
        "nobody acted",
        "all told, not yet again",
        "all told, still nobody",
        "taken",
        "taken long ago",
        "reminded",
        "reminded long ago",
        "over before anybody took it",
        "over before anybody was told",
        "nobody on duty yet",
        "a shift begins",
        "guard again while the manager is away",
        "the manager comes",
    ],
)
def test_reason_to_tell(alert: Alert, seconds: float, reason: Reason | None) -> None:
    assert reason_to_tell(alert, RULE, at(seconds)) is reason


def test_next_telling_is_when_the_reason_begins() -> None:
    due = next_telling(a_firing(TOLD_GUARD), RULE)
    assert due is not None
    assert (due.at, due.reason) == (at(3 * MIN), Reason.ESCALATED)


def test_rule_without_repeats_and_reminders_falls_silent() -> None:
    once = replace(RULE, repeat_after=None, remind_after=None)
    assert next_telling(a_firing(TOLD_ALL), once) is None
    assert next_telling(a_firing(TOLD_ALL, acked_at=at(1)), once) is None
