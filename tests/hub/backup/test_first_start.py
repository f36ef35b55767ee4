"""Stores at the first start, when whoever else starts may just be making them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.backup.recovery import fault_of
from hub.backup.shelf import Shelf


@pytest.mark.parametrize("name", ["hub.db", "people.db"])
def test_store_that_somebody_is_just_making_is_not_damaged(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("BEGIN IMMEDIATE")
        database.execute("CREATE TABLE account (id INTEGER)")
        # Not committed yet: the file is there, and nobody sees a table in it.
        assert (tmp_path / name).stat().st_size > 0
        assert fault_of(tmp_path / name, tmp_path, Shelf(tmp_path / "backups", "test")) is None


@pytest.mark.parametrize("name", ["hub.db", "people.db"])
def test_store_with_tables_of_something_else_is_not_ours(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(tmp_path / name)) as database:
        database.execute("CREATE TABLE recipe (id INTEGER)")
        database.commit()
    fault = fault_of(tmp_path / name, tmp_path, Shelf(tmp_path / "backups", "test"))
    assert fault is not None
    assert "of ours" in fault
