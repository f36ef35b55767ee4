"""A database of an older version is brought up whole, or left as it was."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect

from hub.errors import StoreError
from hub.store import schema
from hub.store.courier_tables import courier
from hub.store.database import claim, hub_url, open_database
from hub.store.migrations import HEADS, HERE, bring_up

FILES = {"hub": schema.hub, "people": schema.people, "courier": courier}
#: A table of each with a row in every release.
KEPT = {"hub": "fact", "people": "decision_book", "courier": "fact"}
#: A file as its first release left it, with a row or two: `<lineage>-<revision>.sql`, never changed again.
RELEASES = sorted((Path(__file__).parent / "releases").glob("*.sql"))
_SCRIPT = """
from alembic import op
import os, signal
revision = "0002"
down_revision = "0001"
def upgrade():
    op.execute("INSERT INTO fact (name, value) VALUES ('moved', 'yes')")
    op.rename_table("fact", "truth")
    {then}
"""
#: Brings a file up in a process of its own.
_RAISE = """
import sys
from pathlib import Path
from hub.store import schema
from hub.store.database import hub_url, open_database
from tests.hub.test_migrations import raise_to_second
raise_to_second(open_database(hub_url(Path(sys.argv[1])), schema.hub), Path(sys.argv[2]))
"""


@pytest.fixture
def store(tmp_path: Path, either: str) -> Iterator[Engine]:
    store = open_database(hub_url(tmp_path), schema.hub)
    yield store
    store.dispose()


def scripts(tmp_path: Path, then: str) -> Path:
    """The lineage `hub` with a second script, which ends with the line `then`."""
    folder = tmp_path / "scripts"
    (folder / "hub").mkdir(parents=True)
    (folder / "env.py").write_text((HERE / "env.py").read_text())
    first = HERE / "hub" / "r0001_first_release.py"
    (folder / "hub" / first.name).write_text(first.read_text())
    (folder / "hub" / "r0002.py").write_text(_SCRIPT.format(then=then))
    return folder


def raise_to_second(store: Engine, folder: Path) -> None:
    with store.connect() as connection:
        claim(connection)
        bring_up(connection, "hub", folder=folder, head="0002")
        connection.commit()


def revision(store: Engine) -> str:
    with store.connect() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


@pytest.mark.parametrize("lineage", FILES)
def test_newest_script_is_the_one_that_is_named(lineage: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(HERE / lineage))
    assert ScriptDirectory.from_config(config).get_heads() == [HEADS[lineage]]


@pytest.mark.parametrize(("lineage", "tables"), FILES.items())
def test_new_file_is_of_this_version(tmp_path: Path, lineage: str, tables: MetaData) -> None:
    store = open_database(f"sqlite:///{tmp_path}/new.db", tables)
    assert revision(store) == HEADS[lineage]
    store.dispose()


def test_every_revision_that_was_released_is_kept_as_a_file() -> None:
    assert {path.stem for path in RELEASES} >= {f"{lineage}-0001" for lineage in FILES}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_file_of_a_release_gets_the_tables_of_this_version(tmp_path: Path, release: Path) -> None:
    lineage = release.stem.split("-")[0]
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(release.read_text())
    store = open_database(f"sqlite:///{path}", FILES[lineage])
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, FILES[lineage]) == []
        kept = connection.exec_driver_sql(f"SELECT count(*) FROM {KEPT[lineage]}").scalar()
    assert kept == 1
    assert revision(store) == HEADS[lineage]
    store.dispose()


def test_script_that_works_moves_what_is_there(store: Engine, tmp_path: Path) -> None:
    raise_to_second(store, scripts(tmp_path, "pass"))
    assert revision(store) == "0002"
    with store.connect() as connection:
        said = connection.exec_driver_sql("SELECT value FROM truth WHERE name = 'moved'").scalar()
    assert said == "yes"


def test_script_that_fails_changes_nothing_and_says_so(store: Engine, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"from 0001 to 0002 .*no such lamp.*nothing was changed"):
        raise_to_second(store, scripts(tmp_path, "raise RuntimeError('no such lamp')"))
    assert revision(store) == "0001"
    assert {"fact"} <= set(inspect(store).get_table_names())
    with store.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM fact WHERE name = 'moved'").scalar() == 0


def test_power_cut_in_a_script_changes_nothing(store: Engine, tmp_path: Path) -> None:
    folder = scripts(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    store.dispose()
    ended = subprocess.run([sys.executable, "-c", _RAISE, str(tmp_path), str(folder)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert revision(store) == "0001"
    assert "fact" in inspect(store).get_table_names()


def test_file_of_a_newer_version_is_refused_in_words(store: Engine, tmp_path: Path) -> None:
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(StoreError, match=r"newer Kuzet .*0099.*install that version"):
        open_database(store.url, schema.hub)
