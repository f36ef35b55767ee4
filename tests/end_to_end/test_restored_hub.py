"""A hub whose store is damaged under it: restored from a copy by itself, told the rest by its nodes again."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_courier_kills import wait_while_it_moves
from tests.end_to_end.test_kills import NODES, ROOT, WAIT_S, Plant, wait_until

LOAD = 20_000


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    built = Plant(tmp_path)
    yield built
    built.close()


def kuzet(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "kuzet", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def stored(plant: Plant) -> list[tuple[str, str, int]]:
    """What the hub has; nothing while it is just being restored."""
    return asked(plant, "SELECT s.node, s.epoch, j.seq FROM journal j JOIN source s ON s.id = j.source")


def count(plant: Plant) -> int:
    """How much it has: looked at again and again, and all of it each time would leave the hub no time."""
    found = asked(plant, "SELECT count(*) FROM journal")
    return int(found[0][0]) if found else 0


def asked(plant: Plant, query: str) -> list[Any]:
    try:
        with closing(sqlite3.connect(f"file:{plant.folder / 'hub.db'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
    except sqlite3.Error:
        return []


def begin(plant: Plant) -> None:
    for name in ("broker", "hub", *NODES):
        plant.start(name)
    wait_until(lambda: plant.produced() > LOAD, "load")
    # Nodes are quicker to begin than the hub: a copy of nothing would not be what these tests are of.
    wait_until(lambda: count(plant) > LOAD // 10, "the hub to have some of it")


def quieten(plant: Plant) -> None:
    (plant.folder / "quiet").touch()
    wait_while_it_moves(lambda: plant.waiting() == 0, plant.waiting, "the outboxes to drain")
    wait_until(lambda: plant.ledger() <= set(stored(plant)), "the hub to have it all")


def has_all_once(plant: Plant) -> bool:
    found = stored(plant)
    return plant.ledger() <= set(found) and len(found) == len(set(found))


@pytest.mark.broker
@pytest.mark.kill
@pytest.mark.timeout(400)
def test_damaged_store_is_restored_and_nodes_that_had_nothing_to_say_tell_it_again(plant: Plant) -> None:
    begin(plant)
    kuzet("backup", "--data", str(plant.folder))
    copied = count(plant)
    wait_until(lambda: plant.produced() > 2 * LOAD, "more load")
    quieten(plant)
    plant.kill("hub", wipe=False)
    path = plant.folder / "hub.db"
    content = bytearray(path.read_bytes())
    content[:8] = b"damaged!"
    path.write_bytes(content)
    plant.start("hub")
    wait_until(lambda: any(plant.folder.glob("hub.db.damaged-*Z")), "the hub to put it aside")
    all_of_it = len(plant.ledger())
    wait_while_it_moves(lambda: count(plant) >= all_of_it, lambda: count(plant), "the nodes to tell again")
    assert has_all_once(plant)
    assert count(plant) > copied
    log = (plant.folder / "hub.log").read_text(encoding="utf-8")
    assert "store=damaged" in log
    assert "store=restored" in log
    kuzet("backup", "list", "--data", str(plant.folder), "--verify")
    kuzet("audit", "verify", "--data", str(plant.folder))


@pytest.mark.broker
@pytest.mark.kill
@pytest.mark.timeout(400)
def test_store_that_was_begun_empty_is_told_all_by_nodes_that_go_on(plant: Plant) -> None:
    begin(plant)
    plant.kill("hub", wipe=False)
    kuzet("restore", "--empty", "--data", str(plant.folder))
    assert stored(plant) == []
    plant.start("hub")
    goal = plant.produced() + LOAD
    wait_until(lambda: plant.produced() > goal, "more load")
    quieten(plant)
    plant.processes["hub"].terminate()
    assert plant.processes["hub"].wait(WAIT_S) == 0
    assert has_all_once(plant)
