"""A campus on PostgreSQL: nodes, mosquitto, hub and dashboards; the database is killed -9 under load."""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboards.serving.run import build_app, let_go
from hub.store.board import BoardReader
from hub.store.database import hub_url, opened
from hub.store.schema import hub as hub_tables
from hub.store.schema import journal, source
from protocol.clock import SystemClock
from tests.end_to_end.test_kills import NODES, SEED, WAIT_S, Plant, wait_until
from tests.postgres import PostgresServer, find_postgres, use

KILLS = int(os.environ.get("KUZET_POSTGRES_KILLS", "2"))


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of its own, on a real disk."""
    program, folder = find_postgres(), Path(tempfile.mkdtemp(prefix="kuzet-pg-", dir="/tmp"))
    one = PostgresServer(program, folder)
    one.start()
    yield one
    one.stop()
    shutil.rmtree(folder)


@pytest.fixture
def plant(tmp_path: Path, server: PostgresServer) -> Iterator[Plant]:
    use(tmp_path, server.new_database())
    built = Plant(tmp_path)
    yield built
    built.close()


@pytest.fixture
def browser(plant: Plant) -> Iterator[FlaskClient]:
    app = build_app(plant.folder, SystemClock(), version="1", https=False, max_streams=1)
    yield app.test_client()
    let_go(app)


def keep_hub(plant: Plant) -> bool:
    """What systemd does: a hub that has ended is started again."""
    if plant.processes["hub"].poll() is not None:
        plant.start("hub")
    return True


@pytest.mark.broker
@pytest.mark.kill
def test_killed_database_loses_nothing_doubles_nothing_and_is_seen(
    plant: Plant, server: PostgresServer, browser: FlaskClient
) -> None:
    chance = random.Random(SEED)
    for name in ("broker", "hub", *NODES):
        plant.start(name)
    wait_until(lambda: browser.get("/healthz").status_code == 200, "the board to live")
    for _ in range(KILLS):
        goal = plant.produced() + chance.randint(5_000, 20_000)
        wait_until(lambda goal=goal: plant.produced() > goal, "load")  # type: ignore[misc]
        server.kill()
        wait_until(lambda: plant.processes["hub"].poll() is not None, "the hub to end: it cannot commit")
        assert b"the store does not answer" in browser.get("/healthz").data
        keep_hub(plant)
        said = (plant.folder / "hub.log").read_text(encoding="utf-8")
        server.start()
        wait_until(lambda: keep_hub(plant) and browser.get("/healthz").status_code == 200, "the board again")
        assert "cannot be used now" in said
    (plant.folder / "quiet").touch()
    wait_until(lambda: plant.waiting() == 0, "the outboxes to drain")
    plant.processes["hub"].terminate()
    assert plant.processes["hub"].wait(WAIT_S) == 0

    with opened(hub_url(plant.folder), hub_tables, sole=True) as store:
        with store.connect() as connection:
            query = select(source.c.node, source.c.epoch, journal.c.seq).join(
                source, source.c.id == journal.c.source
            )
            stored = [(node, epoch, seq) for node, epoch, seq in connection.execute(query)]
        shown = {row.key for row in BoardReader(store).read() if row.kind == "node"}
    assert set(NODES) <= shown
    committed = plant.ledger()
    assert committed, "nothing was produced"
    assert committed - set(stored) == set(), "lost"
    assert len(stored) == len(set(stored)), "double"
    # Killed before they wrote their ledger's line: at most one put of five a node.
    assert len(set(stored) - committed) <= 5 * len(NODES)
    assert not (plant.folder / "hub.db").exists()
