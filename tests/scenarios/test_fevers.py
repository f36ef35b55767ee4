"""Fevers one after the other: each person is somebody new to tell of."""

from tests.scenarios.language import a_day

RULE = "elevated-screening"


def test_second_fever_that_nobody_took_is_told_anew() -> None:
    day = a_day()
    day.at("09:00").screen("elevated")
    day.want_told(RULE, "guard", between=("09:00", "09:01"))
    day.at("11:00").screen("elevated")
    told = [one.at for one in day.told(RULE, "guard", until="11:01")]
    assert len([at for at in told if f"{at:%H:%M}" == "06:00"]) == 1, told


def test_many_fevers_in_a_row_are_no_chatter() -> None:
    day = a_day()
    for second in range(0, 60, 18):
        day.at(f"09:00:{second:02d}").screen("elevated")
        day.at(f"09:00:{second + 3:02d}").acknowledge(RULE)
    day.at("09:02").screen("elevated")
    day.want_told(RULE, "guard", between=("09:00", "09:03"))
    playing = day.play("09:03")
    fevers = [one for one in playing.alerts.values() if one.rule == RULE]
    assert len(fevers) > 3
    assert [one.muted for one in fevers if one.muted is not None] == []


def test_shelf_of_one_fever_does_not_hide_the_next() -> None:
    day = a_day()
    day.at("09:00").screen("elevated")
    day.at("09:05").shelve(RULE, minutes=60)
    day.at("09:20").screen("elevated")
    told = [f"{one.at:%H:%M}" for one in day.told(RULE, "guard", until="09:21")]
    assert "04:20" in told
