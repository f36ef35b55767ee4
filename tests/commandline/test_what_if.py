"""`kuzet replay` of a hub's data folder, and what else is read from one: handover, drill's certificate."""

import argparse
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import kuzet
from commandline import drill, handover
from commandline.defaults import REGIME
from commandline.past_hub import opened_past
from hub.errors import StoreError
from hub.layout import read_layout
from hub.store.database import hub_url, open_database, people_url
from hub.store.orders import StartDrill
from hub.store.schema import hub as hub_tables
from protocol.codec import encode_event
from tests.builders import a_passage, an_exit, at
from tests.hub.site import Site

SHIPPED = "kz-2020-order-345-381"
NAMES = 'names = { kk = "T", ru = "T", en = "T" }'
CAMPUS = f"""
site = "test"
profile = "{SHIPPED}"
{NAMES}
buildings = [{{ id = "a", {NAMES} }}]
spaces = [
  {{ id = "hall", building = "a", kind = "hall", code = "HALL", floor = 1, area_m2 = 200, {NAMES} }},
  {{ id = "room", building = "a", kind = "classroom", code = "ROOM", floor = 1, area_m2 = 48, {NAMES} }},
]
doors = [
  {{ id = "entrance", node = "entrance", channel = "main", inner = "hall" }},
  {{ id = "room-door", node = "room-node", channel = "door", inner = "room", outer = "hall" }},
]
"""


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    return written(tmp_path / "campus.toml", CAMPUS)


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """The shipped profile, with 10 in a room where it and the site's hub allow 15."""
    text = (REGIME / f"{SHIPPED}.toml").read_text(encoding="utf-8")
    text = text.replace(f'id = "{SHIPPED}"', 'id = "strict"').replace("group_cap = 15", "group_cap = 10")
    return written(tmp_path / "strict.toml", text)


@pytest.fixture
def site(tmp_path: Path, campus: Path) -> Iterator[Site]:
    """A hub at work: twelve people in a room, then seventeen, then two."""
    (tmp_path / "data").mkdir()
    running = Site(tmp_path / "data")
    running.kill()
    running.start(read_layout(campus))
    for number, event in enumerate((a_passage(1, people=12), a_passage(2, people=5), an_exit(3, people=15))):
        running.clock.pass_by(120)
        running.send("room-node", msgspec.structs.replace(event, at=at(120 * (number + 1))))
        running.tick()
        running.tick(25)
        running.tick(35)
    yield running
    running.kill()


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def replay(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert kuzet.main(["replay", *(str(word) for word in words), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert kuzet.main(["replay", *(str(word) for word in words)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def of_crowds(found: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [
        (side["was"] and side["was"]["value"], side["would"] and side["would"]["value"])
        for side in found["alerts"]
        if side["rule"] == "over-capacity"
    ]


def limits_of(found: dict[str, Any]) -> list[float]:
    return [side["would"]["limit"] for side in found["alerts"] if side["rule"] == "over-capacity"]


def test_replay_of_a_running_hub_under_what_was_in_force_gives_what_was(
    site: Site, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = replay(capsys, site.folder, "--campus", campus)
    assert (found["profile"], found["entries"], found["unplaced"]) == (SHIPPED, 3, 0)
    assert of_crowds(found) == [(17, 17)]
    assert found["totals"]["rules"]["over-capacity"] == {"was": 1, "would": 1}
    assert found["load"]["was"] == found["load"]["would"]
    # The hub goes on writing beside it.
    site.send("room-node", a_passage(4, at=at(500)))
    assert site.rows("journal") == 4


def test_replay_takes_the_limits_of_the_time_and_not_those_of_the_file_now(
    site: Site, campus: Path, strict: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = strict.read_text(encoding="utf-8").replace('id = "strict"', f'id = "{SHIPPED}"')
    written(tmp_path / f"{SHIPPED}.toml", text)
    strict.unlink()
    words = ("--campus", campus, "--regime", tmp_path)
    assert limits_of(replay(capsys, site.folder, *words)) == [15]
    assert limits_of(replay(capsys, site.folder, *words, "--profile", SHIPPED)) == [10]


def test_replay_under_a_stricter_profile_gives_more(
    site: Site, campus: Path, strict: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = replay(capsys, site.folder / "hub.db", "--campus", campus, "--profile", strict)
    assert (found["profile"], found["variant"]) == ("strict", None)
    (side,) = [one for one in found["alerts"] if one["rule"] == "over-capacity"]
    assert (side["would"]["since"], side["would"]["limit"]) < (side["was"]["since"], side["was"]["limit"])
    assert any("taken 2min after" in note for note in found["notes"])


def test_replay_of_a_part_knows_who_was_in_before(
    site: Site, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--campus", campus, "--from", "2026-11-23T09:04", "--to", "2026-11-23T12:00")
    found = replay(capsys, site.folder, *words)
    assert (found["from"], found["to"]) == ("2026-11-23T04:04:00.000Z", "2026-11-23T07:00:00.000Z")
    assert of_crowds(found) == [(17, 17)]


def test_what_fired_before_the_part_does_not_seem_to_begin_with_it(
    site: Site, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--campus", campus, "--from", "2026-11-23T09:05:50")
    assert of_crowds(replay(capsys, site.folder, *words)) == []


def test_replay_says_both_sides_in_words(
    site: Site, campus: Path, strict: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["replay", str(site.folder), "--campus", str(campus), "--profile", str(strict)]
    assert kuzet.main(words) == 0
    said = capsys.readouterr().out
    for wanted in ("would: strict", "over-capacity", "17 of 15", "of 10", "alerts by rule", "note: "):
        assert wanted in said


def test_replay_of_an_unknown_profile_names_the_nearest(
    site: Site, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, site.folder, "--campus", campus, "--profile", "kz-2020-order")
    assert f"no such regime profile; did you mean `{SHIPPED}`?" in said


def test_replay_with_another_campus_says_how_many_entries_are_unplaced(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, site.folder, "--profile", SHIPPED)
    assert "3 of 3 entries are unplaced" in said
    assert "--campus" in said


def test_replay_of_an_empty_journal_is_refused(
    tmp_path: Path, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_database(hub_url(tmp_path), hub_tables).dispose()
    assert "holds no entries" in refused(capsys, tmp_path, "--campus", campus)


def test_replay_of_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no hub.db" in refused(capsys, tmp_path)


def test_replay_of_another_store_is_refused(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no journal of a hub" in refused(capsys, people_url(site.folder).database)


def test_replay_of_a_damaged_store_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.db").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)
    assert "not a database" in refused(capsys, tmp_path)


def test_locked_store_is_refused(site: Site) -> None:
    site.kill()
    holder = sqlite3.connect(site.folder / "hub.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("DELETE FROM fact")
    with pytest.raises(StoreError, match="holds it locked"), opened_past(site.folder):
        raise AssertionError("it was opened")
    holder.close()


def test_copy_at_rest_is_read_and_left_as_it_is(
    site: Site, tmp_path: Path, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy" / "hub.db"
    copy.parent.mkdir()
    with sqlite3.connect(site.folder / "hub.db") as source:
        source.execute(f"VACUUM INTO '{copy}'")
    before = copy.read_bytes()
    assert of_crowds(replay(capsys, copy, "--campus", campus)) == [(17, 17)]
    assert copy.read_bytes() == before
    assert [one.name for one in copy.parent.iterdir()] == ["hub.db"]


def test_store_cannot_be_written_through_it(site: Site) -> None:
    with opened_past(site.folder) as past, pytest.raises(Exception, match="readonly"):
        past._ask("DELETE FROM journal RETURNING position")


@pytest.mark.parametrize(
    ("option", "word", "wanted"),
    [
        ("--from", "yesterday", "is not a time"),
        ("--ack-after", "5", 'did you mean "5s"?'),
        ("--to", "2020-01-01T00:00", "is not before --to"),
    ],
)
def test_replay_refuses_an_option_that_makes_no_sense(
    option: str, word: str, wanted: str, site: Site, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wanted in refused(capsys, site.folder, "--campus", campus, option, word)


def test_recording_under_a_profile_is_judged_by_it_and_by_the_campus(
    tmp_path: Path, campus: Path, strict: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [{"node": "room-node", **json.loads(encode_event(one))} for one in (a_passage(people=12),)]
    file = written(tmp_path / "events.jsonl", "\n".join(json.dumps(one) for one in events))
    words = (file, "--campus", campus, "--profile", strict, "--to", "2026-11-23T09:30")
    assert of_crowds(replay(capsys, *words)) == [(None, 12)]


def run(module: ModuleType, *words: object) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return int(module.run(parser.parse_args([str(word) for word in words])))


def test_handover_is_read_from_the_board(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(handover, "--data", site.folder) == 0
    assert "Open alarms: " in capsys.readouterr().out
    assert run(handover, "--data", site.folder, "--json") == 0
    assert set(json.loads(capsys.readouterr().out)) == {"as_of", "handover"}


def test_handover_of_a_hub_that_never_ran_is_refused(tmp_path: Path) -> None:
    open_database(hub_url(tmp_path), hub_tables).dispose()
    with pytest.raises(ValueError, match="has written no handover yet"):
        run(handover, "--data", tmp_path)


def test_certificate_of_a_drill_says_what_was_missing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    order = msgspec.json.encode(StartDrill(what="fever"))
    site.decisions.add("drill", "room", "Aset", at_ms=int(site.clock.now().timestamp() * 1000), detail=order)
    site.tick()
    site.tick()
    assert run(drill, "--data", site.folder, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["label"], found["passed"]) == ("fever", "ROOM", False)
    assert found["fired_s"] is not None
    assert any("was acknowledged" in fault for fault in found["faults"])
    assert run(drill, found["drill"], "--data", site.folder) == 1
    assert "NOT passed" in capsys.readouterr().out


def test_certificate_of_a_drill_that_never_was_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="there has been no drill"):
        run(drill, "01NONE", "--data", site.folder)
