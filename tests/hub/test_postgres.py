"""The stores on a real PostgreSQL: durable, one writer, as much in a row as in a file, away for a while."""

import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

import kuzet
from commandline.store_wait import wait_for
from hub.errors import StoreAway, StoreError
from hub.history.source import HubFile
from hub.store import schema
from hub.store.address import FILE, store_url
from hub.store.courier_tables import courier, courier_url
from hub.store.database import claim, hub_url, open_database, opened, people_url, reader_if_made, writing
from hub.store.decisions import Decisions
from hub.store.schema import fact, history_minute, user
from protocol.errors import ConfigError
from tests.builders import EPOCH, a_passage
from tests.hub.site import Site
from tests.postgres import PostgresServer, use

ROLES = Path(__file__).parents[2] / "deploy" / "postgres" / "roles.sql"


@pytest.fixture
def data(tmp_path: Path, database: str) -> Path:
    """A data folder whose stores are in an empty database."""
    use(tmp_path, database)
    return tmp_path


@pytest.fixture
def people(data: Path) -> Iterator[Engine]:
    with opened(people_url(data), schema.people) as store:
        yield store


def setting(store: Engine, name: str) -> str:
    with store.connect() as connection:
        return str(connection.execute(text(f"SHOW {name}")).scalar())


def test_what_is_confirmed_is_on_the_disk_whatever_the_server_is_set_to(
    data: Path, database: str, postgres: PostgresServer
) -> None:
    with postgres.connect() as connection:
        name = database.rpartition("/")[2]
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with (
        opened(hub_url(data), schema.hub, sole=True) as hub,
        opened(people_url(data), schema.people) as people,
    ):
        assert [setting(one, "synchronous_commit") for one in (hub, people)] == ["on", "on"]


def test_stores_of_one_database_keep_to_themselves(data: Path) -> None:
    with opened(hub_url(data), schema.hub) as hub, opened(courier_url(data), courier) as other:
        with writing(hub) as connection:
            connection.execute(fact.insert().values(name="whose", value="the hub's"))
        with other.connect() as connection:
            assert connection.execute(select(fact.c.value)).all() == []


def test_second_hub_is_refused_in_words(data: Path) -> None:
    with (
        opened(hub_url(data), schema.hub, sole=True),
        pytest.raises(
            StoreError, match=r"hub in PostgreSQL .* another one writes it \(127\.0\.0\.1, process"
        ),
    ):
        open_database(hub_url(data), schema.hub, sole=True)
    open_database(hub_url(data), schema.hub, sole=True).dispose()


def test_hub_that_lost_its_connection_lost_its_right_to_write(data: Path, postgres: PostgresServer) -> None:
    with opened(hub_url(data), schema.hub, sole=True) as first:
        with postgres.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kuzet-hub'"
            )
        with pytest.raises(StoreAway), writing(first) as connection:
            connection.execute(fact.insert().values(name="a", value="1"))
        with (
            opened(hub_url(data), schema.hub, sole=True),
            pytest.raises(StoreError, match="another one writes it"),
            writing(first) as connection,
        ):
            connection.execute(fact.insert().values(name="b", value="1"))


def test_writers_of_one_store_come_one_after_the_other(people: Engine) -> None:
    added = threading.Event()

    def add() -> None:
        Decisions(people).add("ack", "alert-1", "Әсет", 1000)
        added.set()

    with people.begin() as connection:
        claim(connection)
        other = threading.Thread(target=add)
        other.start()
        made = {"at_ms": 999, "who": "Айгүл", "kind": "ack", "subject": "alert-1"}
        connection.execute(schema.decision.insert().values(made))
        assert not added.is_set()
    other.join(10)
    assert [one.who for one in Decisions(people).since(0)] == ["Айгүл"]


def test_row_holds_whatever_a_file_would_hold(data: Path) -> None:
    with opened(hub_url(data), schema.hub) as store, writing(store) as connection:
        connection.execute(fact.insert().values(name="n" * 60, value="x" * 300 + "\0" + "ң"))
        verdict = {"space": "a", "minute": 1, "occupancy": 2**40, "verdict": 1, "corrected": 0}
        connection.execute(history_minute.insert().values(verdict))
        assert connection.execute(select(fact.c.value)).scalar() == "x" * 300 + "\ufffd" + "ң"
        assert connection.execute(select(history_minute.c.occupancy)).scalar() == 2**40


def test_rows_come_in_the_order_of_a_file(people: Engine) -> None:
    names = ["я", "Z", "a", "Ә", "B"]
    with writing(people) as connection:
        rows = [{"name": name, "role": "guard", "created_ms": 0} for name in names]
        connection.execute(user.insert(), rows)
        found = connection.execute(select(user.c.name).order_by(user.c.name)).scalars().all()
    assert found == sorted(names)


def test_reader_makes_nothing(data: Path, postgres: PostgresServer, database: str) -> None:
    assert reader_if_made(data, "courier", courier) is None
    HubFile(data).close()
    with postgres.connect(database.rpartition("/")[2]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname IN ('hub', 'courier')"
        ).fetchone()
    assert row == (0,)


def test_roles_may_do_their_own_work_and_no_other(
    tmp_path: Path, postgres: PostgresServer, database: str
) -> None:
    name = database.rpartition("/")[2]
    with postgres.connect(name) as connection:
        connection.execute(ROLES.read_text(encoding="utf-8"))
    folders = {role: tmp_path / role for role in ("hub", "web", "courier")}
    for role, folder in folders.items():
        use(folder, postgres.url(name, f"kuzet_{role}"))
    open_database(hub_url(folders["hub"]), schema.hub, sole=True).dispose()
    open_database(courier_url(folders["courier"]), courier, sole=True).dispose()
    with opened(people_url(folders["web"]), schema.people) as store:
        Decisions(store).add("ack", "alert-1", "Әсет", 1000)
    with opened(people_url(folders["hub"]), schema.people) as store:
        assert [one.who for one in Decisions(store).since(0)] == ["Әсет"]
    for role in ("web", "courier"):
        with opened(hub_url(folders[role]), schema.hub) as store:
            with store.connect() as connection:
                assert connection.execute(select(fact)).all() == []
            with pytest.raises(Exception, match="permission denied"), store.begin() as connection:
                connection.execute(fact.insert().values(name="a", value="1"))
    with pytest.raises(StoreError, match="may not be used so by this role"):
        open_database(people_url(folders["courier"]), schema.people)


def test_server_that_is_away_is_waited_for(
    tmp_path: Path, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text(
        'url = "postgresql://kuzet:secret-word@127.0.0.1:1/kuzet"\n', encoding="utf-8"
    )
    (tmp_path / FILE).chmod(0o600)
    url = postgres.new_database()

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            use(tmp_path, url)
            return False

    with caplog.at_level(logging.WARNING):
        wait_for(lambda: open_database(hub_url(tmp_path), schema.hub, sole=True), Stop()).dispose()
    assert [re.sub(r" why=.*", "", one.getMessage()) for one in caplog.records] == [
        "store=away",
        "store=back",
    ]
    assert "secret-word" not in caplog.text
    postgres.drop(url)


def test_hub_goes_on_where_a_killed_server_left_it(
    tmp_path: Path, postgres: PostgresServer, data: Path
) -> None:
    site = Site(data)
    site.send("n1", a_passage(1), a_passage(2))
    postgres.restart()
    with pytest.raises(StoreAway):
        site.send("n1", a_passage(3))
    site.restart()
    receipt = site.engine.journal.newest_receipt("n1", EPOCH)
    assert receipt is not None
    assert (receipt.received.has(2), receipt.received.has(3)) == (True, False)
    site.send("n1", a_passage(2), a_passage(3))
    assert site.rows("journal") == 3
    site.kill()


@pytest.mark.parametrize(
    ("said", "mode", "why"),
    [
        ('url = "mysql://kuzet:secret-word@h/d"', 0o600, "we know PostgreSQL"),
        ('url = "secret-word"', 0o600, "is no address"),
        ('url = "postgresql://kuzet:secret-word@h"', 0o600, "names no database"),
        ('url = "postgresql://kuzet:secret-word@h/d"', 0o640, "chmod 600"),
        ('url = "postgresql://kuzet@h/d"\npassword_file = "open"', 0o600, "others may read"),
        ('url = "postgresql://kuzet@h/d"\npassword_file = "none"', 0o600, "cannot be read"),
        ('adress = "postgresql://h/d"', 0o600, "did you mean `url`|unknown|no such"),
    ],
)
def test_wrong_address_is_refused_without_its_password(
    tmp_path: Path, said: str, mode: int, why: str
) -> None:
    (tmp_path / FILE).write_text(said, encoding="utf-8")
    (tmp_path / FILE).chmod(mode)
    (tmp_path / "open").write_text("secret-word\n", encoding="utf-8")
    (tmp_path / "open").chmod(0o644)
    with pytest.raises(ConfigError, match=why) as refused:
        hub_url(tmp_path)
    assert "secret-word" not in str(refused.value)


def test_password_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('url = "postgresql://kuzet@h/d"\npassword_file = "p"\n', encoding="utf-8")
    (tmp_path / "p").write_text("secret-word\n", encoding="utf-8")
    (tmp_path / "p").chmod(0o600)
    url = store_url(tmp_path, "hub")
    assert url.password == "secret-word"
    assert "secret-word" not in str(url)


def test_address_is_checked_without_its_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / FILE
    path.write_text('url = "postgresql://kuzet:secret-word@h/d"\n', encoding="utf-8")
    path.chmod(0o600)
    assert kuzet.main(["check", str(path)]) == 0
    path.chmod(0o644)
    assert kuzet.main(["check", str(path)]) == 1
    said = capsys.readouterr()
    assert ("database file, sound" in said.out, "chmod 600" in said.err) == (True, True)
    assert "secret-word" not in said.out + said.err


def test_empty_file_of_the_database_means_files(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("# nothing\n", encoding="utf-8")
    assert hub_url(tmp_path).get_backend_name() == "sqlite"
