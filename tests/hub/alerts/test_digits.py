"""The key that takes an alarm stays with it while it waits, whatever happens to others and to the hub."""

from dataclasses import replace
from datetime import timedelta

from hub.rules.finding import Finding
from tests.hub.alerts.stories import BATTERY, FEVER, OVER, SILENT, Story, a_silence

OTHER = replace(SILENT, subject="other-node", node="other-node")


def digits(story: Story) -> dict[str, int | None]:
    """The digit of each open alert, by its subject."""
    return {alert.subject: alert.digit for alert in story.desk.alerts.values()}


def crowd(number: int) -> tuple[Finding, ...]:
    """So many rooms with too many people in them."""
    return tuple(replace(OVER, subject=f"room-{n:02d}", space=None) for n in range(number))


def test_loud_alarms_have_the_first_keys_and_a_quiet_one_the_last() -> None:
    story = Story()
    story.find(0, replace(BATTERY, subject="battery"), SILENT, FEVER)
    assert digits(story) == {"post": 1, "room-node": 2, "battery": 9}


def test_alarm_has_no_key_until_it_fires() -> None:
    story = Story()
    story.find(0, OVER)
    assert digits(story) == {"room": None}
    story.later(21)
    assert digits(story) == {"room": 1}


def test_key_stays_when_others_come_and_go_and_through_a_restart() -> None:
    story = Story()
    story.find(0, FEVER, OTHER)
    story.find(1, FEVER, OTHER, OVER)
    story.later(30)
    assert digits(story) == {"post": 1, "other-node": 2, "room": 3}
    story.acknowledge(40, "elevated-screening")
    story.restart(50)
    story.shift(60, timedelta(hours=1))
    assert digits(story) == {"post": None, "other-node": 2, "room": 3}


def test_key_is_free_again_once_somebody_has_its_alarm() -> None:
    story = Story()
    story.find(0, FEVER)
    story.acknowledge(5, "elevated-screening")
    story.find(6, FEVER, OTHER)
    assert digits(story) == {"post": None, "other-node": 1}


def test_alarm_nobody_is_told_of_has_no_key() -> None:
    story = Story()
    story.find(0, OVER)
    story.later(30)
    story.silence(31, a_silence())
    assert digits(story) == {"room": None}
    story.unsilence(40)
    assert digits(story) == {"room": 1}


def test_tenth_alarm_waits_for_a_key() -> None:
    story = Story()
    story.find(0, *crowd(10))
    story.later(30)
    given = digits(story)
    taken = next(alert for alert in story.desk.alerts.values() if alert.digit == 4)
    (last,) = (alert for alert in story.desk.alerts.values() if alert.digit is None)
    assert sorted(digit for digit in given.values() if digit) == list(range(1, 10))
    story.desk.acknowledge(taken.id, "Aset", story.at(40))
    story.later(41)
    assert digits(story) == given | {taken.subject: None, last.subject: 4}


def test_alarm_that_is_over_keeps_its_key_until_somebody_has_seen_it() -> None:
    story = Story()
    story.find(0, OVER)
    story.find(30)
    story.later(120)
    assert digits(story) == {"room": 1}
    story.find(130, OTHER)
    assert digits(story) == {"room": 1, "other-node": 2}
