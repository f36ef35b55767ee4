"""An app over real stores in a temporary directory, and a browser's manners for the Flask client."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboards import create_app
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.store import schema
from hub.store.accounts import Accounts
from hub.store.database import open_database, people_url
from tests.dashboards.browser import Watcher
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.fakes.edge import FakeClock


class Guest:
    """A browser: keeps cookies, fills in forms with their CSRF token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def token(self) -> str:
        """The CSRF token of the page this guest can see."""
        text = self.client.get("/board", follow_redirects=True).text
        found = re.search(r'(?:name="csrf_token" value|name="csrf-token" content)="([^"]+)"', text)
        assert found is not None
        return found[1]

    def sign_in(self, **fields: str) -> TestResponse:
        return self.client.post("/sign-in", data={"csrf_token": self.token(), **fields})

    def send(self, method: str, path: str, body: object = None) -> TestResponse:
        """A change below /api/1, with the token and a JSON body."""
        headers = {"X-CSRFToken": self.token()}
        return self.client.open(f"/api/1/{path}", method=method, headers=headers, json=body)

    def acknowledge(self, alert: str) -> TestResponse:
        return self.client.post(f"/api/1/alerts/{alert}/ack", headers={"X-CSRFToken": self.token()})


@pytest.fixture(autouse=True)
def _boards_are_switched_off() -> Iterator[None]:
    """A board left on asks and draws each second: after forty tests there is no time left for the next."""
    stay = list(Watcher.present)
    yield
    for watcher in [one for one in Watcher.present if one not in stay]:
        watcher.leave()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[CampusBoard]:
    board = CampusBoard(tmp_path)
    yield board
    board.engine.dispose()


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(people_url(tmp_path), schema.people)
    yield engine
    engine.dispose()


@pytest.fixture
def accounts(people: Engine, clock: FakeClock) -> Accounts:
    return Accounts(people, clock=clock)


@pytest.fixture
def app(campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock) -> Flask:
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2, edit_wait_s=0.1)
    return create_app(settings, open_stores(campus.engine, people, tmp_path, clock), clock)


@pytest.fixture
def stranger(app: Flask) -> Guest:
    """Nobody signed in."""
    return Guest(app.test_client())


@pytest.fixture
def manager(app: Flask, accounts: Accounts) -> Guest:
    """Айгүл, a manager, signed in."""
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("manager-1", "manager"), shown_name="Айгүл")
    return guest


@pytest.fixture
def guard(app: Flask, accounts: Accounts) -> Guest:
    """Әсет, a guard, signed in."""
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("guard-1", "guard"), shown_name="Әсет")
    return guest
