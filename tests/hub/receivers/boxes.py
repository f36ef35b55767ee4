"""Receivers and a message for tests."""

from typing import Any

from hub.receivers import WORKS
from hub.receivers.message import Letterbox, Message
from hub.receivers.worker import Order
from protocol.config import decode_table

MESSAGE = Message(
    ids=("n1",),
    short_id="0a1b2c3d",
    title="Stop entry · A-204",
    text="A-204, Room\nNo. 0a1b2c3d",
    link="https://kuzet.example.org/alerts/a1",
    priority=1,
    language="en",
)


def order(kind: str, url: str, key: str | None = None, **options: Any) -> Order:
    """What a worker is told of a receiver on this machine."""
    row = {"id": kind, "kind": kind, "url": url, "deadline": "5s", "allow_private": True, **options}
    return Order(row=row, url=url, key=key)


def box(kind: str, url: str, key: str | None = None, **options: Any) -> Letterbox:
    """A receiver on this machine. Fails when its table is wrong."""
    faults: list[str] = []
    told = order(kind, url, key, **options)
    config = decode_table(told.row, WORKS[kind].config, "$", faults)
    assert config is not None, faults
    return Letterbox(config=config, url=url, key=key)
