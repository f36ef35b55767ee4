from tests.scenarios.language import a_day, a_room


def test_room_over_its_area() -> None:
    day = a_day(a_room("A-204", area_m2=12.0))
    day.at("09:00").enter("A-204", 12)
    day.at("09:40").enter("A-204", 1)
    day.want_alert("over-capacity", "A-204", between=("09:40", "09:41"), clause="§36.2")
