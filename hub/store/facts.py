"""Small facts of the hub, by name; each is written only when it changes."""

from sqlalchemy import Connection, Engine, select

from hub.store.schema import fact


class Facts:
    """The table of facts; one writer."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            rows = connection.execute(select(fact.c.name, fact.c.value))
            self._known: dict[str, str] = {name: value for name, value in rows}

    def read(self, name: str) -> str | None:
        """The fact; None when it was never written."""
        return self._known.get(name)

    def known_number(self, name: str) -> int:
        """The fact as a number; 0 when it was never written."""
        return int(self._known.get(name) or 0)

    def write(self, connection: Connection, name: str, value: str | None) -> None:
        """Write the fact inside the hub's transaction; the same again is not written."""
        value = value or ""
        if self._known.get(name) == value:
            return
        if name in self._known:
            connection.execute(fact.update().where(fact.c.name == name).values(value=value))
        else:
            connection.execute(fact.insert().values(name=name, value=value))
        self._known[name] = value
