from hub.counts.door_day import DoorDay


def test_door_day_keeps_hours_when_its_minutes_go() -> None:
    page = DoorDay()
    page.enter(4 * 60 + 10, 3)
    page.leave(4 * 60 + 59, 2)
    page.leave(5 * 60, 1)
    page.close()
    page.enter(5 * 60 + 1, 1)
    assert (page.ins, page.outs, page.minutes) == (4, 3, {})
    assert page.hours[3:7] == [0, 5, 2, 0]


def test_door_day_forgets_its_hours_and_not_its_sums() -> None:
    page = DoorDay()
    page.enter(1, 3)
    page.forget()
    page.enter(2, 1)
    assert (page.ins, page.hours) == (4, [])


def test_between_leaves_out_its_first_minute() -> None:
    page = DoorDay()
    for minute in (1, 2, 3, 4):
        page.enter(minute, 1)
        page.leave(minute, 2)
    assert page.between(1, 3) == (2, 4)
