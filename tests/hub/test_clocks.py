"""Clocks that are wrong by years, hours or seconds: every event is kept, in the order of its numbers.

`KUZET_CLOCK_STEPS` says how often a clock is set in a day of passages.
"""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.store.schema import journal
from protocol.codec import encode_batch, encode_event
from protocol.events import ClockState
from tests.builders import EPOCH, a_passage
from tests.hub.site import TOPICS, Site

STEPS = int(os.environ.get("KUZET_CLOCK_STEPS", "20"))
SEED = int(os.environ.get("KUZET_SEED", "20261124"))
PASSAGES = 2 * STEPS
NODE = "room-node"
#: 56 years behind, as where there is no clock; ten years ahead; where summer began or ended; a little.
WRONG_BY = (
    timedelta(days=-20454),
    timedelta(days=3650),
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(seconds=5),
    timedelta(seconds=-5),
    timedelta(0),
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.kill()


def kept(site: Site) -> list[int]:
    with site.store.connect() as connection:
        return list(connection.execute(select(journal.c.seq).order_by(journal.c.position)).scalars())


def offsets() -> list[timedelta]:
    """By how much a clock is wrong at each passage; it is set at `STEPS` of them."""
    chance = random.Random(SEED)
    settings = chance.sample(range(1, PASSAGES), STEPS)
    found = [timedelta(0)] * PASSAGES
    for number in range(1, PASSAGES):
        is_set = number in settings
        found[number] = chance.choice(WRONG_BY) if is_set else found[number - 1]
    return found


def test_every_event_is_kept_in_order_whatever_the_hubs_clock_does(site: Site) -> None:
    truth, was = site.clock.now(), timedelta(0)
    for seq, off in enumerate(offsets(), 1):
        site.clock.set_wall(off - was)
        was = off
        site.send(NODE, a_passage(seq, at=truth + timedelta(seconds=0.2 * seq)))
        site.tick()
    assert kept(site) == list(range(1, PASSAGES + 1))
    assert site.rows("rejected") == 0
    site.restart()
    assert site.engine.journal.position == PASSAGES


def test_every_event_is_kept_and_the_count_is_right_whatever_a_nodes_clock_does(site: Site) -> None:
    """A node whose clock nobody has set says its own instant with what it sends."""
    for seq, off in enumerate(offsets(), 1):
        mine: datetime = site.clock.now() + off
        event = encode_event(a_passage(seq, at=mine, clock=ClockState.ESTIMATED))
        site.deliver(TOPICS.events(NODE), encode_batch(EPOCH, [event], sent_at=mine))
        site.tick()
    assert kept(site) == list(range(1, PASSAGES + 1))
    assert site.rows("rejected") == 0
    assert site.room()["occupancy"] == PASSAGES


def test_clock_that_is_set_is_said(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.tick()
    site.clock.set_wall(timedelta(hours=1))
    site.tick()
    assert "clock=stepped by=3600.0s" in caplog.text
