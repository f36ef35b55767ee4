"""What the views need, hung on the app once by `create_app`."""

from dataclasses import dataclass

from flask import Flask, current_app

from dashboards.live.feed import Feed
from dashboards.live.picture import Picture
from dashboards.live.publisher import Publisher
from dashboards.settings import Settings
from dashboards.stores import Stores
from protocol.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(Stores):
    """The stores of one app, its clock and its feed."""

    settings: Settings
    clock: Clock
    feed: Feed
    publisher: Publisher

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
