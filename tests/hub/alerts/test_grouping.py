"""What is told together."""

import dataclasses

from msgspec.structs import replace

from hub.alerts.alert import Alert, begin
from hub.alerts.grouping import bundles, group_key
from hub.alerts.notification import Notification
from hub.rules.finding import Finding
from tests.builders import at
from tests.hub.alerts.stories import SILENT, Story


def an_alert(**changes: object) -> Alert:
    return replace(begin("1", SILENT, 2, at(0)), **changes)


def some_rows() -> list[Notification]:
    """Two nodes of one building fall silent, then one of another, then one more long after."""
    story = Story()
    other = silent("other-node")
    far = silent("far-node")
    story.find(0, SILENT)
    story.find(5, SILENT, other)
    story.find(6, SILENT, other, far)
    story.find(90, SILENT, other, far, silent("entrance"))
    return story.notifications


def silent(node: str) -> Finding:
    return dataclasses.replace(SILENT, subject=node, node=node)


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


def test_nodes_of_a_dead_switch_are_one_message_and_none_is_left_out() -> None:
    rows = some_rows()
    sent = bundles(rows)
    assert [[row.alert for row in bundle] for bundle in sent] == [
        ["alert-1", "alert-2"],
        ["alert-3"],
        ["alert-4"],
    ]
    assert sum(len(bundle) for bundle in sent) == len(rows)


def test_each_duty_gets_its_own_message() -> None:
    rows = some_rows()[:2]
    again = [replace(row, id=f"{row.id}-b", duty="admin") for row in rows]
    assert [{row.duty for row in bundle} for bundle in bundles(rows + again)] == [{"manager"}, {"admin"}]
