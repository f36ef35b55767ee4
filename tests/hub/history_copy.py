"""Copies the books of an hour, and says what is then expected of a server, from the journal's own JSON."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from hub.history.books import Books
from hub.history.copying import History
from hub.history.cursor import CursorFile
from hub.history.target import Target
from tests.fakes.hub import SettableClock
from tests.hub.history_hour import hour_layout
from tests.victoria import VictoriaServer

#: What of an event is no value: its identity, and what is measured on a person.
_IDENTITY = {"seq", "at", "kind", "channel", "clock"}
EVENTS = "(passage|screening|air|dispense|contact|treatment|fault|recovered)_.*"


class Sample(NamedTuple):
    """One value of one event, as it must be read back."""

    series: str
    node: str
    channel: str
    at_ms: int
    value: float


class Keeping:
    """A server that keeps every line."""

    name = "keeping"
    connections = 1

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, lines: Sequence[str]) -> None:
        self.lines.extend(lines)

    def ping(self) -> None:
        """It lives."""


class BookCopy:
    """`kuzet history run` over a folder, step by step; it can be started anew."""

    def __init__(self, folder: Path, target: Target, *, batch: int = 50) -> None:
        self.clock = SettableClock()
        self._folder, self._target, self._batch = folder, target, batch
        self.start()

    def start(self) -> None:
        self.books = Books(self._folder, hour_layout())
        self.history = History(
            sources=self.books.sources,
            target=self._target,
            cursor=CursorFile(self._folder / "history.cursor", self._target.name),
            clock=self.clock,
            chance=lambda: 1.0,
            batch=self._batch,
            poll_s=1.0,
        )

    def restart(self) -> None:
        self.books.close()
        self.start()

    def forget(self) -> None:
        """As `--rebuild` does."""
        (self._folder / "history.cursor").unlink(missing_ok=True)
        self.restart()

    def finish(self, most: int = 1000) -> None:
        """Until all is copied."""
        for _ in range(most):
            self.history.step()
            if self.history.is_caught_up:
                return
        raise AssertionError(f"not copied after {most} steps: {self.history.away}")

    def go_on(self, seconds: float) -> int:
        """As the command does, in virtual time; returns how often it tried."""
        ends, tries = self.clock.monotonic() + seconds, 0
        while self.clock.monotonic() < ends:
            self.history.step()
            self.clock.pass_by(max(0.01, self.history.pause_s))
            tries += 1
        return tries

    def close(self) -> None:
        self.books.close()


def lines_of(folder: Path) -> list[str]:
    """Every line of every book."""
    kept = Keeping()
    copy = BookCopy(folder, kept, batch=5000)
    copy.finish()
    copy.close()
    (folder / "history.cursor").unlink(missing_ok=True)
    return kept.lines


def journal_samples(folder: Path) -> set[Sample]:
    """Every value that the journal's events must give, from their JSON as it is kept."""
    with sqlite3.connect(folder / "hub.db") as connection:
        query = "SELECT node, body FROM journal JOIN source ON source.id = source WHERE node != 'people'"
        rows = [(str(node), json.loads(body)) for node, body in connection.execute(query)]
    connection.close()
    return {
        Sample(f"{event['kind']}_{field}", node, event["channel"], _ms(event["at"]), float(value))
        for node, event in rows
        for field, value in _values(event).items()
    }


def server_samples(server: VictoriaServer, names: str = EVENTS) -> set[Sample]:
    """Every value of every event that the server has."""
    return {
        Sample(one.labels["__name__"], one.labels["node"], one.labels["channel"], at_ms, value)
        for one in server.export(names)
        for at_ms, value in zip(one.times_ms, one.values, strict=True)
    }


def table_of(lines: Iterable[str]) -> dict[str, tuple[set[str], set[str]]]:
    """Measurement to its tags and fields, as lines name them; none of these names needs escaping."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for line in lines:
        head, fields = line.replace("\\ ", "_").replace("\\,", "_").split(" ")[:2]
        measurement, *tags = head.split(",")
        known = found.setdefault(measurement, (set(), set()))
        known[0].update(one.split("=")[0] for one in tags)
        known[1].update(one.split("=")[0] for one in fields.split(","))
    return found


def _values(event: dict[str, object]) -> dict[str, int | float]:
    match event["kind"]:
        case "passage":
            people = int(str(event.get("people", 1)))
            net = people if event["direction"] == "in" else -people
            return {**_numbers(event), "people": people, "net": net}
        case "screening" | "treatment" | "fault" | "recovered":
            return {"count": 1}
        case "dispense":
            return {**_numbers(event), "count": 1}
        case _:
            return _numbers(event)


def _numbers(event: dict[str, object]) -> dict[str, int | float]:
    return {
        name: value
        for name, value in event.items()
        if name not in _IDENTITY and isinstance(value, int | float)
    }


def _ms(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)
