"""kill -9 of the hub while the campus file is edited: each decision counts once, the file is whole."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.layout import read_layout
from hub.store.board import BoardReader
from hub.store.campus_edits import AddDoor, CampusEdit, RemoveDoor, StartEmpty
from hub.store.campus_rows import EditRow, read_edit_rows, read_layout_row
from hub.store.database import hub_url, open_database, people_url
from hub.store.decisions import Decisions
from hub.store.orders import EditCampus, encode_order
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.clock import SystemClock
from tests.brokers import free_port
from tests.end_to_end.test_kills import wait_until

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KUZET_EDIT_KILLS", "4"))
CLOCK = SystemClock()


class Site:
    """A hub that is killed, and an administrator who goes on deciding; no broker is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._people = open_database(people_url(folder), people_tables)
        self._hub = open_database(hub_url(folder), hub_tables)
        self.decisions, self.board = Decisions(self._people), BoardReader(self._hub)
        self.log = (folder / "hub.log").open("ab")
        self.start()

    def start(self) -> None:
        command = ["-m", "kuzet", "hub", "run", "--data", str(self.folder), "--broker-port", str(free_port())]
        self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stderr=self.log)

    def decide(self, *edits: CampusEdit) -> int:
        kind, detail = encode_order(EditCampus(edits=edits))
        return self.decisions.add(kind, "campus", "Айгүл", int(CLOCK.now().timestamp() * 1000), detail).id

    def outcomes(self) -> dict[int, EditRow]:
        return {row.decision: row for row in read_edit_rows(self.board.read())}

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._people.dispose()
        self._hub.dispose()
        self.log.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.close()


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_edits_are_carried_out_once_whoever_is_killed(tmp_path: Path, site: Site) -> None:
    chance = random.Random(20261123)
    wanted: dict[int, tuple[CampusEdit, ...]] = {}
    for number in range(KILLS):
        door = AddDoor(id=f"x-{number}", node=f"n-{number}", channel="c", inner="a-204", outer="hall-a")
        decided = site.decide(door)
        wanted[decided] = (door,)
        # Somewhere between the decision and a little after its file: loading takes about as long.
        seen = (tmp_path / "campus.toml").exists()
        pause = chance.random() * 1.5
        began_s = CLOCK.monotonic()
        wait_until(lambda b=began_s, p=pause: CLOCK.monotonic() - b > p, "the moment")  # type: ignore[misc]
        site.process.kill()
        site.process.wait()
        if seen or (tmp_path / "campus.toml").exists():
            read_layout(tmp_path / "campus.toml")
        site.start()
    last = site.decide(RemoveDoor(id="x-0"))
    wait_until(lambda: last in site.outcomes(), "the last decision")
    assert {number: row.accepted for number, row in site.outcomes().items()} == dict.fromkeys(
        [*wanted, last], True
    )
    doors = [door.id for door in read_layout(tmp_path / "campus.toml").doors if door.id.startswith("x-")]
    assert doors == [f"x-{number}" for number in range(1, KILLS)]
    wait_until(
        lambda: (row := read_layout_row(site.board.read())) is not None and row.decision >= last, "force"
    )
    row = read_layout_row(site.board.read())
    assert row is not None
    assert [door.id for door in row.doors if door.id.startswith("x-")] == doors


def test_edit_that_follows_an_empty_campus_is_in_force_without_a_restart(site: Site) -> None:
    emptied = site.decide(StartEmpty())
    wait_until(
        lambda: (row := read_layout_row(site.board.read())) is not None and row.decision >= emptied, "force"
    )
    kinds = {(change.kind, change.key) for change in site.board.read()}
    assert {key for kind, key in kinds if kind in ("space", "node")} == set()
