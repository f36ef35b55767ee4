"""Opening a database: many at once, an older one, and what is none."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from hub.errors import StoreError
from hub.store import schema
from hub.store.database import open_database, people_url

#: Opens the people's file once everybody is ready, as hub, dashboards and courier do at the first start.
_OPEN = """
import sys
from pathlib import Path
from hub.store import accounts, schema
from hub.store.database import open_database, people_url
sys.stdin.readline()
open_database(people_url(Path(sys.argv[1])), schema.people).dispose()
"""


@pytest.mark.usefixtures("either")
def test_many_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPEN, str(tmp_path)]
    openers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for one in openers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[1] for one in openers]
    assert said == [""] * 6
    assert [one.returncode for one in openers] == [0] * 6


@pytest.mark.usefixtures("either")
def test_database_of_an_older_version_gets_its_columns(tmp_path: Path) -> None:
    engine = open_database(people_url(tmp_path), schema.people)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE login DROP COLUMN shown_name")
    engine.dispose()
    again = open_database(people_url(tmp_path), schema.people)
    assert "shown_name" in {column["name"] for column in inspect(again).get_columns("login")}
    again.dispose()


def test_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "people.db").write_bytes(b"not a database at all, and long enough to be looked at" * 40)
    with pytest.raises(StoreError, match="move it away to start empty"):
        open_database(people_url(tmp_path), schema.people)


def test_others_may_not_read_the_file(tmp_path: Path) -> None:
    open_database(people_url(tmp_path), schema.people).dispose()
    assert (tmp_path / "people.db").stat().st_mode & 0o007 == 0
