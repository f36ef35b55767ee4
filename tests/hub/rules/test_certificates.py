"""Of whose certificate what is known: by the register, by the node, or by both."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.itself import Ending, Itself
from hub.rules.finding import Finding
from protocol.messages import Health
from tests.builders import EPOCH, at
from tests.hub.rules.day import Day

RULES = ("certificate-ending", "certificate-urgent", "certificate-expired")
HEALTH = Health(at=at(0), epoch=EPOCH, seq=0, outbox_depth=0)
A_DAY = 86400.0


def found(day: Day) -> dict[str, Finding]:
    return {rule: one for rule in RULES for one in day.find(rule, 1)}


def known(days: float, name: str = "room-node") -> Itself:
    end = Ending(name=name, role="node", starts=at(-A_DAY), ends=at(days * A_DAY))
    return Itself(certificates=(end,))


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (31.0, None),
        (30.0, "certificate-ending"),
        (14.0, "certificate-ending"),
        (7.1, "certificate-ending"),
        (7.0, "certificate-urgent"),
        (0.1, "certificate-urgent"),
        (0.0, "certificate-expired"),
        (-3.0, "certificate-expired"),
    ],
)
def test_the_register_alone_is_enough(days: float, rule: str | None) -> None:
    day = Day()
    day.situation.itself = known(days)
    assert list(found(day)) == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("certificate: ends-in-14-days", "certificate-ending"),
        ("certificate: ends-in-7-days", "certificate-urgent"),
        ("certificate: expired", "certificate-expired"),
    ],
)
def test_what_a_node_says_of_its_own_is_enough(fault: str, rule: str) -> None:
    day = Day()
    day.presence.hear_health("room-node", replace(HEALTH, faults=("clock: unsynced", fault)), at(0))
    (finding,) = found(day).values()
    assert (finding.rule, finding.node, finding.value) == (rule, "room-node", None)


def test_new_one_that_was_never_brought_to_the_node_does_not_calm() -> None:
    day = Day()
    day.situation.itself = known(170)
    day.presence.hear_health("room-node", replace(HEALTH, faults=("certificate: ends-in-7-days",)), at(0))
    assert list(found(day)) == ["certificate-urgent"]
    day.presence.hear_health("room-node", HEALTH, at(0))
    assert found(day) == {}


def test_days_left_are_said_where_they_are_known() -> None:
    day = Day()
    day.situation.itself = known(12.5)
    assert found(day)["certificate-ending"].value == 12
    assert timedelta(days=12) < day.situation.itself.certificates[0].ends - at(1)
