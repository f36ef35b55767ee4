"""Grafana's dashboards: every name in every query is one that the copy writes, and every query is run."""

import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.alerts.alert import Change
from hub.history.points import Points
from hub.layout import OUTSIDE
from hub.rules import CHECKS
from protocol.events import KINDS, Action, AnyEvent, Proof, Task, Verdict
from tests.hub.history_copy import BookCopy, Keeping, journal_samples, lines_of, table_of
from tests.hub.history_hour import BEGINS, Hour, hour_layout
from tests.hub.influxql import faults_of
from tests.influx import InfluxServer, influx  # noqa: F401  # the fixture

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
NAMES = ["breaches", "ledger", "nodes", "occupancy", "screening", "ventilation"]
SOURCE = "kuzet-history"
VALUES = {
    "verdict": {one.value for one in Verdict},
    "change": {one.value for one in Change},
    "task": {one.value for one in Task},
    "action": {one.value for one in Action},
    "proof": {one.value for one in Proof},
    "rule": set(CHECKS),
    "drill": {"yes", "no"},
    "space_out": {OUTSIDE},
}
#: An instant of which something is written, for every field that must have one.
_FULL: dict[str, object] = {"seq": 1, "at": BEGINS.isoformat(), "clock": "synced"}
_CHANNELS = {"passage": "door", "screening": "thermometer"}
_WORDS: dict[str, object] = {"direction": "in", "verdict": "pass", "open": True, "task": "airing"}
_WORDS |= {"action": "done", "proof": "button", "component": "a", "code": "b", "detail": "c"}


@cache
def dashboard(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((GRAFANA / f"{name}.json").read_text(encoding="utf-8"))
    return made


def panels(name: str) -> list[dict[str, Any]]:
    return [one for one in dashboard(name)["panels"] if one["type"] != "text"]


def queries() -> list[Any]:
    """Every query of every panel, under the dashboard and the panel's English title."""
    return [
        pytest.param(target["query"], id=f"{name}-{panel['title'].split(' · ')[-1]}-{target['refId']}")
        for name in NAMES
        for panel in panels(name)
        for target in panel["targets"]
    ]


def variables() -> list[Any]:
    return [
        pytest.param(one["query"], id=f"{name}-{one['name']}")
        for name in NAMES
        for one in dashboard(name)["templating"]["list"]
    ]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has lived through an hour."""
    folder = tmp_path_factory.mktemp("hour") / "data"
    hour = Hour(folder)
    # Beside a copy at work: what is sampled is sampled while the hub runs.
    copy = BookCopy(folder, Keeping())
    hour.each_minute = copy.finish
    hour.play()
    hour.close()
    copy.forget()
    copy.close()
    return folder


@pytest.fixture(scope="module")
def hour_lines(played: Path) -> list[str]:
    return lines_of(played)


@pytest.fixture(scope="module")
def written(hour_lines: list[str]) -> dict[str, tuple[set[str], set[str]]]:
    """Measurement to tags and fields, from what the code makes of the hour and of every kind of event."""
    points = Points(hour_layout())
    return table_of([*hour_lines, *(points.line("room-node", full(kind)) for kind in KINDS)])


def full(kind: str) -> AnyEvent:
    """An event of the kind with a value in every field."""
    names = KINDS[kind].__struct_fields__
    event = {name: _FULL.get(name, _WORDS.get(name, 1)) for name in names}
    event |= {"kind": kind, "channel": _CHANNELS.get(kind, "button")}
    made: AnyEvent = msgspec.convert(event, AnyEvent)
    return made


# Names.


def test_there_is_a_dashboard_for_each_of_what_was_asked() -> None:
    assert sorted(path.stem for path in GRAFANA.glob("*.json")) == NAMES


@pytest.mark.parametrize("query", [*queries(), *variables()])
def test_query_names_what_is_written(query: str, written: dict[str, tuple[set[str], set[str]]]) -> None:
    assert faults_of(query, written, VALUES) == []


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ('SELECT mean("co2_ppm") FROM "airs" WHERE $timeFilter GROUP BY "space"', "measurement airs"),
        ('SELECT mean("co2") FROM "air" WHERE $timeFilter', "field co2"),
        ('SELECT mean("skin_c") FROM "screening" WHERE $timeFilter', "field skin_c"),
        ('SELECT mean("co2_ppm") FROM "air" WHERE $timeFilter GROUP BY time(1m), "room"', "tag room"),
        ('SELECT mean("co2_ppm") FROM "air" WHERE "rooms" =~ /^$space$/ AND $timeFilter', "tag rooms"),
        ('SELECT mean("co2_ppm") FROM "air" WHERE "verdict" = \'pass\'', "tag verdict"),
        ('SELECT sum("count") FROM "screening" WHERE "verdict" = \'fever\'', "value verdict=fever"),
        ('SELECT sum("count") FROM "screening" WHERE "verdict" =~ /^(pass|fever)$/', "value verdict=fever"),
        ('SELECT mean(co2) FROM "air" WHERE $timeFilter', "word co2"),
        ('SELECT mean("co2_ppm") FROM air', "no measurement"),
        ('SELECT sum("n") FROM (SELECT last("people") AS "n" FROM "space")', "field people"),
        ('SHOW TAG VALUES FROM "space" WITH KEY = "rooms"', "tag rooms"),
    ],
)
def test_wrong_name_is_found(query: str, fault: str, written: dict[str, tuple[set[str], set[str]]]) -> None:
    assert fault in faults_of(query, written, VALUES)


def test_every_measurement_is_documented_with_its_tags_and_fields(
    written: dict[str, tuple[set[str], set[str]]],
) -> None:
    page = (GRAFANA.parents[1] / "docs" / "history.md").read_text(encoding="utf-8")
    rows = {
        name: row
        for row in page.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert set(rows) == set(written)
    # The hub has counters by name, and a new one is a field of its own.
    counters = written["hub"][1] - {"position", "broker_connected"}
    everywhere = {"site", "node", "channel", "door", "space"}
    missing = {
        f"{name}: {word}"
        for name, (tags, fields) in written.items()
        for word in (tags - everywhere) | (fields - counters)
        if f"`{word}`" not in rows[name]
    }
    assert missing == set()


# The files.


@pytest.mark.parametrize("name", NAMES)
def test_dashboard_is_titled_in_three_languages(name: str) -> None:
    titles = [dashboard(name)["title"], *(one["title"] for one in panels(name))]
    assert [one for one in titles if len(one.split(" · ")) != 3] == []


@pytest.mark.parametrize("name", NAMES)
def test_panels_stand_beside_each_other(name: str) -> None:
    taken = [
        (x, y)
        for one in dashboard(name)["panels"]
        for x in range(one["gridPos"]["x"], one["gridPos"]["x"] + one["gridPos"]["w"])
        for y in range(one["gridPos"]["y"], one["gridPos"]["y"] + one["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    ids = [one["id"] for one in dashboard(name)["panels"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_panels_ask_the_provisioned_source_for_what_the_variables_choose(name: str) -> None:
    known = {one["name"] for one in dashboard(name)["templating"]["list"]} | {"timeFilter", "__interval"}
    for panel in panels(name):
        assert panel["datasource"] == {"type": "influxdb", "uid": SOURCE}
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == SOURCE
            assert set(re.findall(r"\$(\w+)", target["query"].replace("$/", "/"))) <= known


@pytest.mark.parametrize("name", NAMES)
def test_gap_is_drawn_as_a_gap(name: str) -> None:
    charts = [one for one in panels(name) if one["type"] == "timeseries"]
    assert charts
    held = [one["title"] for one in charts if one["fieldConfig"]["defaults"]["custom"].get("spanNulls")]
    assert held == []
    assert not [one for chart in charts for one in chart["targets"] if "fill(previous)" in one["query"]]


def test_provisioning_names_the_source_and_takes_addresses_from_the_environment() -> None:
    source = (GRAFANA / "provisioning" / "datasources" / "kuzet.yaml").read_text(encoding="utf-8")
    folder = (GRAFANA / "provisioning" / "dashboards" / "kuzet.yaml").read_text(encoding="utf-8")
    assert f"uid: {SOURCE}\n" in source
    assert "url: $KUZET_INFLUX_URL\n" in source
    assert "Token $KUZET_INFLUX_TOKEN\n" in source
    assert "path: $KUZET_GRAFANA_DASHBOARDS\n" in folder


def test_no_file_holds_an_address() -> None:
    held = [path for path in GRAFANA.rglob("*") if path.is_file()]
    assert len(held) == len(NAMES) + 2
    address = re.compile(r"https?://|\d+\.\d+\.\d+\.\d+|localhost")
    assert [path.name for path in held if address.search(path.read_text(encoding="utf-8"))] == []


# Run by a real InfluxDB.


@pytest.fixture(scope="module")
def filled(influx: InfluxServer, hour_lines: list[str]) -> InfluxServer:  # noqa: F811
    influx.write(hour_lines)
    return influx


def run_by_grafana(query: str) -> str:
    """The query as Grafana sends it, with every variable at "all", for two hours of the day."""
    ends = BEGINS + timedelta(hours=2)
    within = f"time >= {BEGINS.timestamp():.0f}s AND time < {ends.timestamp():.0f}s"
    filled_in = query.replace("$timeFilter", within).replace("$__interval", "10m")
    return re.sub(r"/\^\$\w+\$/", "/^.*$/", filled_in)


@pytest.mark.broker
@pytest.mark.parametrize("query", [*queries(), *variables()])
def test_query_is_answered_with_values(query: str, filled: InfluxServer) -> None:
    series = filled.ask(run_by_grafana(query))
    assert [value for one in series for row in one["values"] for value in row[1:] if value is not None]


def first_value(server: InfluxServer, name: str, title: str, target: int = 0) -> float:
    (panel,) = [one for one in panels(name) if one["title"].endswith(f" · {title}")]
    (series,) = server.ask(run_by_grafana(panel["targets"][target]["query"]))
    return float(series["values"][0][1])


@pytest.mark.broker
def test_ledger_closes_in_its_panel(filled: InfluxServer) -> None:
    assert first_value(filled, "ledger", "Difference: must be 0") == 0


@pytest.mark.broker
def test_people_entered_are_those_of_the_journal(filled: InfluxServer, played: Path) -> None:
    walked_in = [
        one.value
        for one in journal_samples(played)
        if one.series == "passage_people" and one.channel == "main"
    ]
    assert first_value(filled, "screening", "Screened, and entered", 1) == sum(walked_in) > 0


@pytest.mark.broker
def test_screenings_and_those_to_be_repeated_are_those_of_the_journal(
    filled: InfluxServer, played: Path
) -> None:
    made = [one for one in journal_samples(played) if one.series == "screening_count"]
    series = filled.ask(run_by_grafana('SELECT sum("count") FROM "screening" WHERE $timeFilter'))
    assert series[0]["values"][0][1] == len(made) == 60


@pytest.mark.broker
def test_influx_keeps_two_events_of_one_millisecond(influx: InfluxServer) -> None:  # noqa: F811
    points = Points(hour_layout())
    event = {"at": BEGINS.isoformat(), "channel": "door", "kind": "passage", "direction": "out", "people": 1}
    twins = [msgspec.convert({**event, "seq": seq}, KINDS["passage"]) for seq in (1, 2)]
    influx.write([points.line("twin", one) for one in twins for _ in range(2)])  # type: ignore[arg-type]
    series = influx.ask('SELECT sum("people") FROM "passage" WHERE "node" = \'twin\'')
    assert series[0]["values"][0][1] == 2
