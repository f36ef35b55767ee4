"""What the views need, hung on the app once by `create_app`."""

from dataclasses import dataclass
from typing import Protocol

from flask import Flask, current_app

from dashboards.feed import Feed
from dashboards.picture import Picture
from dashboards.publisher import Publisher
from dashboards.settings import Settings
from hub.store.accounts import Accounts
from hub.store.alert_book import AlertBook
from hub.store.board import Change
from hub.store.decisions import Decisions
from protocol.clock import Clock


class Board(Protocol):
    """Where the hub's rows are read."""

    def read(self) -> list[Change]:
        """Every row that is there."""

    def changes_since(self, version: int) -> list[Change]:
        """The rows changed after `version`, gone ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The stores, the clock and the feed of one app."""

    settings: Settings
    board: Board
    decisions: Decisions
    accounts: Accounts
    clock: Clock
    feed: Feed
    publisher: Publisher
    alert_book: AlertBook

    def picture(self) -> Picture:
        """The board as it is stored now, acknowledgements laid over."""
        picture = Picture()
        picture.take(self.board.read())
        picture.decide(self.decisions.about("ack", picture.alert_ids()).values())
        return picture


def attach(app: Flask, services: Services) -> None:
    """Hang the services on the app."""
    app.extensions["kuzet"] = services


def services() -> Services:
    """The services of the app that is answering."""
    found = current_app.extensions["kuzet"]
    assert isinstance(found, Services)
    return found
