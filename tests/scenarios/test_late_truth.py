"""What comes late corrects the record and past alerts, and rings for nobody."""

from hub.alerts.alert import Change
from tests.scenarios.language import a_day
from tests.scenarios.places import a_room


def test_alert_that_late_exits_prove_wrong_is_marked() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 14)
    day.at("09:10").enter("A-204", 2)
    day.want_alert("over-capacity", "A-204", between=("09:10", "09:12"), value=16, limit=15)
    day.at("09:20").late("A-204", "out", 2, happened="09:05")
    alert = day.alerts("over-capacity", "A-204", until="09:21")[0]
    assert alert.correction == "late truth: was 14, not 16"


def test_alert_that_late_entries_leave_right_is_not_marked() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    day.at("09:20").late("A-204", "in", 1, happened="09:05")
    assert day.alerts("over-capacity", "A-204", until="09:21")[0].correction is None


def test_overload_known_only_afterwards_is_kept_and_told_to_nobody() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 14)
    day.at("09:30").leave("A-204", 14)
    day.at("10:00").late("A-204", "in", 4, happened="09:10")
    day.at("10:00").late("A-204", "out", 4, happened="09:20")
    played = day.play("10:05")
    missed = [one for one in played.alerts.values() if one.rule == "over-capacity"]
    assert [(one.value, one.fired_at, one.closed_at is None) for one in missed] == [(18, None, False)]
    assert missed[0].correction == "late truth: not raised, known only afterwards"
    assert [one.change for one in played.transitions if one.alert == missed[0].id] == [Change.CORRECTED]
    assert [one for one in played.notifications if one.rule == "over-capacity"] == []


def test_overload_known_only_afterwards_is_noted_once() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").late("A-204", "in", 18, happened="08:10")
    day.at("09:00").late("A-204", "out", 18, happened="08:20")
    day.at("09:30").late("A-204", "in", 1, happened="08:21")
    played = day.play("09:35")
    assert len([one for one in played.alerts.values() if one.correction is not None]) == 1
