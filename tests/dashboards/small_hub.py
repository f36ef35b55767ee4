"""A hub that only keeps its campus file: carries out the edits that pages order and tells their outcome."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from flask import Flask
from sqlalchemy import Engine

from commandline.defaults import REGIME
from commandline.hub_orders import read_orders
from dashboards import create_app
from dashboards.files import Files
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.campus_office import layout_row
from hub.editing import CampusEditor
from hub.engine import Orders
from hub.layout import Layout
from hub.store.board import BoardWriter
from hub.store.campus_rows import LayoutRow
from hub.store.decisions import Decisions
from hub.store.orders import EditCampus, read_order
from hub.store.regime_book import RegimeBook
from protocol.clock import Clock

SEATS = 'desks = 30, names = { kk = "Т", ru = "Т", en = "T" }'
NAMES = 'names = { kk = "Т", ru = "Т", en = "T" }'
#: A campus of two rooms: an edit of it takes a moment.
SMALL = f"""site = "small"
{NAMES}
buildings = [{{ id = "a", names = {{ kk = "А корпусы", ru = "Корпус А", en = "Building A" }} }}]
spaces = [
    {{ id = "hall", building = "a", kind = "hall", code = "A-H", floor = 1, area_m2 = 90, {NAMES} }},
    {{ id = "a-204", building = "a", kind = "classroom", code = "A-204", floor = 2, area_m2 = 48, {SEATS} }},
]
doors = [
    {{ id = "entrance", node = "entrance", channel = "main", inner = "hall" }},
    {{ id = "room-door", node = "room-node", channel = "door", inner = "a-204", outer = "hall" }},
]
shifts = [{{ id = "day", days = ["mon", "tue", "wed", "thu", "fri"], start = "08:00", end = "20:00" }}]
duties = [
    {{ id = "guard", role = "guard", shifts = ["day"], receivers = ["guards"] }},
    {{ id = "boss", role = "manager", receivers = ["guards"] }},
    {{ id = "admin", role = "admin", receivers = ["guards"] }},
]
"""


def _check(path: Path) -> Orders:
    return read_orders(path, REGIME)


def patient_app(
    hub: Engine, people: Engine, data: Path, clock: Clock, receivers: Path | None = None
) -> Flask:
    """The dashboards beside a small hub; they wait for it as long as a busy machine takes."""
    files = Files(data=data, regime=REGIME, campus=(data / "campus.toml",), receivers=receivers)
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2, edit_wait_s=60.0, files=files)
    return create_app(settings, open_stores(hub, people, data, clock), clock)


class SmallHub:
    """Over the two stores of a data folder; `receivers` are those of its file."""

    def __init__(self, hub: Engine, people: Engine, campus: Path, now: datetime, text: str = SMALL) -> None:
        self.path = campus
        campus.write_text(text, encoding="utf-8")
        self._hub, self._decisions, self._now = hub, Decisions(people), now
        self._writer = BoardWriter(hub)
        self._editor: CampusEditor[Orders] = CampusEditor(campus, None, _check)
        self.receivers: frozenset[str] | None = frozenset({"guards"})
        self._done = 0
        self._stop = threading.Event()
        self.layout: Layout = read_orders(campus, REGIME).layout
        self.say()

    def say(self) -> None:
        """Write the campus and its regime where the pages read them."""
        orders = read_orders(self.path, REGIME)
        self.layout = orders.layout
        row = layout_row(orders.layout, self.receivers, self._done, None)
        book = RegimeBook(self._hub)
        with self._hub.begin() as connection:
            self._writer.write(connection, [("layout", "layout", msgspec.json.encode(row))])
            book.write(connection, book.due(orders.regime, self._now))

    def row(self) -> LayoutRow:
        """The campus as the pages see it."""
        return layout_row(self.layout, self.receivers, self._done, None)

    def step(self) -> None:
        """Carry out what was ordered since."""
        for decision in self._decisions.since(self._done):
            self._done = decision.id
            order = read_order(decision)
            if not isinstance(order, EditCampus):
                continue
            row = self._editor.carry_out(decision, order.edits, "b" * 32)
            with self._hub.begin() as connection:
                self._writer.write(connection, [("edit", str(decision.id), msgspec.json.encode(row))])
            self.say()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Carry out orders as they come, in a thread."""
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _work(self) -> None:
        while not self._stop.wait(0.01):
            self.step()
