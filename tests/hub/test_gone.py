"""Numbers that will never come, from a full outbox to the line that closes."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from hub.ledger import ledger
from hub.presence import Presence
from hub.store.database import Store, opened, writing
from hub.store.journal import Journal, read_events
from hub.store.schema import hub as tables
from protocol.broker import BrokerConfig
from protocol.codec import decode_batch, encode_batch, encode_event
from protocol.events import AnyEvent, ClockState, Passage
from protocol.messages import Ack, Health
from tests.builders import EPOCH, MORNING, a_passage, at
from tests.edge.outbox.test_quota import mixed, people_in
from tests.fakes.edge import FakeSession

PRODUCED = 10_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(f"sqlite:///{tmp_path / 'hub.db'}", tables) as store:
        yield store


def hear(store: Store, journal: Journal, payload: bytes) -> Ack:
    """Take a message in one commit, and acknowledge."""
    journal.gather("entrance", decode_batch(payload), MORNING)
    with writing(store) as connection:
        journal.write(connection)
    receipt = journal.newest_receipt("entrance", EPOCH)
    assert receipt is not None
    seq, missing = receipt.received.acknowledged()
    return Ack(epoch=EPOCH, seq=seq, missing=missing)


def test_full_outbox_drains_and_the_line_closes(tmp_path: Path, store: Store) -> None:
    outbox = Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH, max_events=1000)
    events = mixed(Random(1), PRODUCED, 4 * 3600.0)
    for first in range(0, PRODUCED, 50):
        outbox.put(events[first : first + 50])
    session = FakeSession(BrokerConfig(client_id="n"), on_message=lambda *_: None)
    session.come_up()
    publisher = Publisher(outbox, session, "kuzet/1/s/node/n/events", lambda: 0.5)
    journal = Journal(store)
    for step in range(100):
        publisher.step(float(step))
        payloads = session.payloads("events")
        session.published.clear()
        for payload in payloads:
            ack = hear(store, journal, payload)
            outbox.acknowledge(ack)
            publisher.acknowledged(ack, float(step))
    assert (outbox.depth, outbox.gone(0, 10)) == (0, [])
    lost = sum(outbox.losses.by_kind.values()) + outbox.losses.folded
    people = people_in([event for event in read_events(store) if isinstance(event, Passage)])
    put = people_in([event for event in events if isinstance(event, Passage)])
    outbox.close()
    presence = Presence(MORNING)
    presence.hear_health("entrance", Health(at=MORNING, epoch=EPOCH, seq=PRODUCED, outbox_depth=0), MORNING)
    for state in (journal.state, Journal(store).state):
        line = ledger(state, presence)
        assert (line.produced, line.pending, line.rejected) == (PRODUCED, 0, 0)
        assert (line.stored, line.dropped) == (PRODUCED - lost, lost)
    assert people + Counter(outbox.losses.people) == put


def a_batch(*events: AnyEvent, gone: tuple[tuple[int, int], ...] = ()) -> bytes:
    return encode_batch(EPOCH, [encode_event(event) for event in events], gone)


def test_what_is_gone_is_asked_for_no_more(store: Store) -> None:
    journal = Journal(store)
    assert hear(store, journal, a_batch(a_passage(9))).missing == ((1, 8),)
    ack = hear(store, journal, a_batch(gone=((1, 4), (6, 8))))
    assert (ack.seq, ack.missing) == (9, ((5, 5),))


def test_what_is_gone_is_known_after_a_restart(store: Store) -> None:
    hear(store, Journal(store), a_batch(a_passage(4), gone=((1, 3),)))
    again = Journal(store)
    receipt = again.newest_receipt("entrance", EPOCH)
    assert receipt is not None
    assert (receipt.received.prefix, receipt.gone) == (4, 3)


def test_an_event_that_came_is_not_gone(store: Store) -> None:
    journal = Journal(store)
    hear(store, journal, a_batch(a_passage(2)))
    hear(store, journal, a_batch(gone=((1, 3),)))
    hear(store, journal, a_batch(gone=((1, 3),)))
    line = ledger(journal.state, Presence(MORNING))
    assert (line.produced, line.stored, line.dropped) == (3, 1, 2)


# -- a clock that nobody had set


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0, 10.0])
def test_estimated_event_is_as_far_from_now_as_its_node_says(store: Store, wrong_s: float) -> None:
    event = a_passage(1, at=at(wrong_s - 60.0), clock=ClockState.ESTIMATED)
    payload = encode_batch(EPOCH, [encode_event(event)], sent_at=at(wrong_s))
    hear(store, Journal(store), payload)
    (stored,) = read_events(store)
    assert isinstance(stored, Passage)
    assert (stored.at, stored.clock) == (MORNING - timedelta(seconds=60), ClockState.ESTIMATED)


def test_synced_event_stays_as_it_came(store: Store) -> None:
    payload = encode_batch(EPOCH, [encode_event(a_passage(1))], sent_at=at(3600.0))
    hear(store, Journal(store), payload)
    (stored,) = read_events(store)
    assert stored.at == MORNING
