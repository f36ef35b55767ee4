from pathlib import Path

import pytest

from hub.layout import SpaceKind
from hub.regime.limits import Edge
from hub.regime.patching import as_tables
from hub.regime.profile import OPTIONAL_TABLES, read_profile, with_variant
from protocol.errors import ConfigError
from tests.hub.regime.regimes import FOLDER, ORDER, RULES, SEASON, shipped

#: Names, steps and hours: their table says where they come from.
PLAIN = {"kk", "ru", "en", "after", "role", "days", "start", "end"}
BLENDED = "[variants.blended.changes.capacity.lecture-hall]\ngroup_cap = 15"
BROKEN = BLENDED.replace("group_cap", "group_kap")


@pytest.mark.parametrize("name", [ORDER, SEASON])
def test_shipped_profile_says_where_every_table_comes_from(name: str) -> None:
    tables = as_tables(shipped(name))
    assert [path for path in _tables_without_a_source(tables, "$") if path not in ("$.not_asked",)] == []


def _tables_without_a_source(tables: dict[str, object], at: str) -> list[str]:
    """Tables that hold a value of their own and no `source` beside it."""
    found = []
    for key, value in tables.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if isinstance(row, dict):
                found += _tables_without_a_source(row, f"{at}.{key}")
    has_value = any(not isinstance(value, dict | list) for value in tables.values())
    is_named = any(key.endswith("source") for key in tables) or set(tables) <= PLAIN
    return [*found, *([at] if has_value and not is_named else [])]


@pytest.mark.parametrize("name", [ORDER, SEASON])
def test_shipped_profile_says_why_it_leaves_a_table_out(name: str) -> None:
    profile = shipped(name)
    left_out = {table for table in OPTIONAL_TABLES if getattr(profile, table) is None}
    assert left_out == set(profile.not_asked)


@pytest.mark.parametrize("name", [ORDER, SEASON])
def test_every_alert_of_a_shipped_profile_tells_somebody(name: str) -> None:
    assert [rule for rule, patience in shipped(name).alerts.items() if not patience.escalate] == []


def test_order_asks_what_its_clauses_say() -> None:
    order = shipped()
    assert order.lesson is not None
    assert order.breaks is not None
    assert order.stagger is not None
    assert (order.lesson.longest.seconds, order.lesson.source) == (40 * 60, "§36.3")
    assert (order.breaks.shortest.seconds, order.breaks.recommended.seconds) == (20 * 60, 25 * 60)
    assert (order.stagger.apart.seconds, order.stagger.source) == (15 * 60, "§36.4")
    assert order.screening.obligatory
    assert order.screening.legal_limit_c == 37.0
    assert order.trust.capacity is Edge.MIDDLE


def test_order_has_the_three_formats() -> None:
    assert list(shipped().variants) == ["in-person", "blended", "remote"]


def test_in_person_format_is_the_order_as_it_is() -> None:
    assert with_variant(shipped(), "in-person") == with_variant(shipped(), None)


def test_season_screens_nobody_and_airs_by_carbon_dioxide() -> None:
    season = shipped(SEASON)
    assert season.air is not None
    assert not season.screening.obligatory
    assert (season.air.near_ppm, season.air.air_ppm, season.air.leave_ppm) == (800.0, 1000.0, 2000.0)
    assert all(season.capacity[kind.value].group_cap is None for kind in SpaceKind)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("[capacity.gym]", "[capacity.gim]", "did you mean `gym`?"),
        ('fire_after = "20s"', "fire_after = 20", '"20s"'),
        ('cap_source = "§71, §69.3"', "", "need a `cap_source`"),
        ("[alerts.over-capacity]", "[alerts.over-capasity]", "did you mean `over-capacity`?"),
        ("m2_per_person = 5.0", "m2_per_person = 0.0", "$.capacity.laboratory.m2_per_person"),
        ("[stagger]", "[staggered]", "unknown key `staggered`; did you mean `stagger`?"),
        (
            'apart = "15min"\nsource = "§36.4"',
            'apart = "15min"',
            "$.stagger: required key `source` is missing",
        ),
        (
            'longest = "40min"',
            'longest = "45min"',
            '$.treatment.kinds.classroom.leave_after: is "40min", but the timetable is held to "45min"',
        ),
        ('recommended = "25min"', 'recommended = "10min"', "recommended must be 20min or more, got 10min"),
        (
            'kinds = ["research"]',
            'kinds = ["reserch"]',
            "no kind of space `reserch`; did you mean `research`?",
        ),
        (
            "[variants.remote.changes.closed]\nkinds = [",
            '[variants.remote.changes.closed]\nkinds = ["gim", ',
            "$.variants.remote.changes.closed: there is no kind of space `gim`; did you mean `gym`?",
        ),
        (
            "[variants.remote.changes.closed]",
            "[variants.remote.changes.closd]",
            "$.variants.remote.changes: unknown key `closd`; did you mean `closed`?",
        ),
        (
            BLENDED,
            '[variants.blended.changes]\nid = "x"\n' + BROKEN,
            "changes.capacity.lecture-hall: unknown key `group_kap`; did you mean `group_cap`?",
        ),
        (
            BLENDED,
            '[variants.blended.changes]\nid = "x"\n' + BROKEN,
            "$.variants.blended.changes.id: says which profile it is and stays",
        ),
        (
            "\n[variants.remote]\n",
            '\n[variants.remote]\ntitle = "x"\n',
            "$.variants.remote: unknown key `title`",
        ),
    ],
)
def test_fault_of_a_profile_is_named(tmp_path: Path, before: str, after: str, fault: str) -> None:
    path = tmp_path / "profile.toml"
    text = (FOLDER / f"{ORDER}.toml").read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_profile(path, RULES)
    assert any(fault in one for one in caught.value.faults), caught.value.faults


def test_table_left_out_without_a_reason_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    text = (FOLDER / f"{SEASON}.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("stagger = ", "staggering = "), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_profile(path, RULES)
    assert caught.value.faults == (
        f"{path}: $.stagger: is missing; add the table, or say why not in `not_asked`",
        f"{path}: $.not_asked.staggering: there is no such table to leave out; did you mean `stagger`?",
    )
