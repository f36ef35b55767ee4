"""Switches of the regime in the campus file: written as instants, read back, told to the pages."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hub.campus_file import edited
from hub.campus_office import layout_row
from hub.layout import read_layout
from hub.store.campus_edits import SetSwitches, SwitchRow
from hub.store.campus_rows import LayoutRow
from hub.store.decisions import Decision
from hub.store.orders import EditCampus, read_order

CAMPUS = Path(__file__).parents[2] / "deploy/campus.toml"
LOCAL = SwitchRow(starts=datetime.fromisoformat("2026-11-30T08:00"), profile="kz-season")
FIXED = SwitchRow(
    starts=datetime(2026, 12, 30, 3, tzinfo=UTC), profile="kz-2020-order-345-381", variant="remote"
)


def set_to(*switches: SwitchRow, text: str | None = None) -> str:
    """The file after the order came by way of the decisions."""
    body = msgspec.json.encode(EditCampus(edits=(SetSwitches(switches=switches),)))
    order = read_order(Decision(1, 0, "Айгүл", "campus", "campus", body))
    assert isinstance(order, EditCampus)
    return edited(CAMPUS.read_text(encoding="utf-8") if text is None else text, order.edits)


def test_switches_are_instants_in_the_file_and_on_the_board(tmp_path: Path) -> None:
    path = tmp_path / "campus.toml"
    path.write_text(set_to(LOCAL, FIXED), encoding="utf-8")
    layout = read_layout(path)
    assert [(one.starts, one.profile, one.variant) for one in layout.switches] == [
        (LOCAL.starts, LOCAL.profile, None),
        (FIXED.starts, FIXED.profile, "remote"),
    ]
    row = msgspec.json.decode(msgspec.json.encode(layout_row(layout, None, 0, None)), type=LayoutRow)
    assert [one.starts for one in row.switches] == [LOCAL.starts, FIXED.starts]


def test_switches_that_are_taken_away_leave_no_trace() -> None:
    assert "switches" not in set_to(text=set_to(LOCAL))
