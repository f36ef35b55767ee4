"""Which alerts are one group."""

from msgspec.structs import replace

from hub.alerts.alert import Alert, begin
from hub.alerts.grouping import group_key
from tests.builders import at
from tests.hub.alerts.stories import SILENT


def an_alert(**changes: object) -> Alert:
    return replace(begin("1", SILENT, 2, at(0)), **changes)


def test_alerts_of_one_rule_in_one_building_are_one_group() -> None:
    assert group_key(an_alert(building="a")) == group_key(an_alert(id="2", building="a", node="other"))


def test_alerts_of_other_rules_or_buildings_are_other_groups() -> None:
    keys = {
        group_key(an_alert(building="a")),
        group_key(an_alert(building="b")),
        group_key(an_alert(building="a", rule="over-capacity")),
        group_key(an_alert(building="a", is_drill=True)),
        group_key(an_alert()),
    }
    assert len(keys) == 5


def test_building_stands_in_where_the_alert_names_none() -> None:
    assert group_key(an_alert(), "a") == group_key(an_alert(building="a"))
