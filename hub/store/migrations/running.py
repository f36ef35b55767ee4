"""Alembic, run on a connection that is already in a transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from hub.errors import StoreError


def upgrade(connection: Connection, folder: Path, lineage: str, head: str) -> bool:
    """Run the scripts behind the connection's revision; False when that revision is not known here.

    Raises StoreError when a script fails.
    """
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder / lineage))
    config.attributes["connection"] = connection
    at = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    try:
        ScriptDirectory.from_config(config).get_revision(at)
    except CommandError:
        return False
    if connection.dialect.name == "sqlite":
        # A table that is made anew under its name is away for a moment.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    try:
        command.upgrade(config, head)
    except Exception as error:
        raise StoreError(
            f"{connection.engine.url.database}: its tables could not be brought from {at} to {head} "
            f"({error}); nothing was changed: start the version before, and tell us"
        ) from error
    return True
