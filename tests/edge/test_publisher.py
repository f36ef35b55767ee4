import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.outbox.outbox import Outbox
from edge.outbox.quota import MAY_BE_SENT
from edge.publisher import (
    ASKED_AGAIN_S,
    FIRST_WAIT_S,
    LAST_WAIT_S,
    LOOK_BACK,
    MOST_AHEAD,
    WINDOW,
    Publisher,
)
from hub.store.received import Received
from protocol.broker import BrokerConfig
from protocol.codec import MAX_BYTES, MAX_EVENTS, encode_event
from protocol.events import Air, AnyEvent, Fault
from protocol.messages import Ack
from tests.edge.outbox.test_outbox import EPOCH, OTHER, a_contact, a_passage, an_ack
from tests.fakes.edge import START, FakeSession

#: Half way: a wait is neither shortened nor lengthened by it.
NO_JITTER = 0.5


class Bench:
    """An outbox, a publisher, a session and the time."""

    def __init__(self, path: Path, *, max_events: int = 500_000, untouched: int = MAY_BE_SENT) -> None:
        self.outbox = Outbox.open(path, lambda: EPOCH, max_events=max_events, untouched=untouched)
        self.session = FakeSession(BrokerConfig(client_id="n"), on_message=lambda *_: None)
        self.publisher = Publisher(self.outbox, self.session, "kuzet/1/s/node/n/events", lambda: NO_JITTER)
        self.now_s = 100.0
        #: The node's instant while it is estimated.
        self.now: datetime | None = None
        self.session.come_up()

    def put(self, count: int) -> None:
        for first in range(0, count, 1000):
            self.outbox.put([a_passage()] * min(1000, count - first))

    def step(self, after_s: float = 0.0) -> list[list[int]]:
        """What is sent in a step `after_s` later."""
        self.now_s += after_s
        self.session.published.clear()
        self.publisher.step(self.now_s, self.now)
        return self.session.sent_seqs()

    def acknowledge(self, ack: Ack) -> None:
        self.outbox.acknowledge(ack)
        self.publisher.acknowledged(ack, self.now_s)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "outbox.sqlite")
    yield bench
    bench.outbox.close()


class Hub:
    """What a hub has of one outbox, and its word of it."""

    def __init__(self) -> None:
        self._received = Received()
        self.got: list[int] = []
        self.gone: list[int] = []

    def take(self, bench: Bench, lost: Callable[[], bool] = lambda: False) -> Ack:
        """Have what the last step sent, but for the messages that are lost."""
        for batch in [batch for batch in bench.session.batches() if not lost()]:
            for event, _ in batch.events:
                self.got.append(event.seq)
                self._received.add(event.seq)
            for low, high in batch.gone:
                self.gone += range(low, high + 1)
                self._received.add_range(low, high)
        return self.word()

    def word(self) -> Ack:
        """What it acknowledges."""
        seq, missing = self._received.acknowledged()
        return an_ack(seq, *missing)


def test_publisher_sends_what_is_pending_with_its_epoch(bench: Bench) -> None:
    bench.put(3)
    assert bench.step() == [[1, 2, 3]]
    assert [batch.epoch for batch in bench.session.batches()] == [EPOCH]


def test_publisher_sends_nothing_twice_before_its_time(bench: Bench) -> None:
    bench.put(1)
    bench.step()
    assert bench.step(FIRST_WAIT_S - 0.01) == []


def test_publisher_keeps_messages_within_the_limits_of_the_wire(bench: Bench) -> None:
    long: AnyEvent = Fault(
        seq=1, at=START, channel="main", component="c" * 200, code="x" * 200, detail="я" * 200
    )
    bench.outbox.put([long] * 40)
    bench.put(2 * MAX_EVENTS)
    bench.step()
    assert all(len(payload) <= MAX_BYTES for payload in bench.session.payloads("events"))
    assert max(len(seqs) for seqs in bench.session.sent_seqs()) <= MAX_EVENTS


def test_publisher_has_only_a_small_window_in_flight(bench: Bench) -> None:
    bench.put(1000)
    assert len(bench.step()) == WINDOW
    assert bench.step(0.1) == []
    bench.acknowledge(an_ack(100))
    assert bench.step(0.1) == [list(range(401, 501))]


def test_publisher_sends_again_by_its_own_timer_that_doubles_to_its_limit(bench: Bench) -> None:
    bench.put(1)
    bench.step()
    waits_s = [FIRST_WAIT_S, 4.0, 8.0, 16.0, LAST_WAIT_S, LAST_WAIT_S]
    sent = [(bench.step(wait_s - 0.01), bench.step(0.01)) for wait_s in waits_s]
    assert sent == [([], [[1]])] * len(waits_s)
    assert bench.publisher.resent == len(waits_s)


def test_publisher_sends_again_only_what_is_not_acknowledged(bench: Bench) -> None:
    bench.put(10)
    bench.step()
    bench.acknowledge(an_ack(6, (2, 3)))
    assert bench.step(FIRST_WAIT_S) == [[2, 3, 7, 8, 9, 10]]


def test_publisher_sends_at_once_what_is_listed_as_missing(bench: Bench) -> None:
    bench.put(200)
    bench.step()
    bench.acknowledge(an_ack(200, (1, 100)))
    assert bench.step() == [list(range(1, 101))]
    assert bench.publisher.resent == 100


def test_publisher_asked_again_at_once_waits_for_the_copy_under_way(bench: Bench) -> None:
    bench.put(200)
    bench.step()
    bench.acknowledge(an_ack(200, (1, 100)))
    bench.step()
    bench.acknowledge(an_ack(200, (1, 100)))
    assert bench.step() == []
    bench.now_s += ASKED_AGAIN_S
    bench.acknowledge(an_ack(200, (1, 100)))
    assert bench.step() == [list(range(1, 101))]


def test_publisher_forgets_a_flight_that_is_covered(bench: Bench) -> None:
    bench.put(10)
    bench.step()
    bench.acknowledge(an_ack(10))
    assert bench.publisher.in_flight == 0
    assert bench.step(LAST_WAIT_S) == []


def test_publisher_ignores_an_acknowledgement_of_another_epoch(bench: Bench) -> None:
    bench.put(10)
    bench.step()
    bench.acknowledge(an_ack(10, epoch=OTHER))
    assert bench.publisher.in_flight == 1


def test_publisher_without_a_connection_sends_and_forgets_nothing(bench: Bench) -> None:
    bench.session.go_down()
    bench.put(2)
    assert bench.step() == []
    bench.session.come_up()
    assert bench.step() == [[1, 2]]
    assert bench.publisher.resent == 0


def test_publisher_starts_again_from_the_oldest_after_a_reconnect(bench: Bench) -> None:
    bench.put(150)
    bench.step()
    bench.acknowledge(an_ack(20))
    bench.session.go_down()
    bench.put(1)
    bench.session.come_up()
    assert bench.step() == [list(range(21, 121)), list(range(121, 152))]
    assert bench.publisher.resent == 130


def test_publisher_drains_a_backlog_completely(bench: Bench) -> None:
    bench.put(2500)
    got: list[int] = []
    for _ in range(7):
        got += [seq for seqs in bench.step(0.05) for seq in seqs]
        bench.acknowledge(an_ack(got[-1]))
    assert got == list(range(1, 2501))
    assert bench.outbox.depth == 0


# -- numbers that will never come


class Envelope(msgspec.Struct):
    """What the publisher adds to the events."""

    events: list[Any]
    gone: list[tuple[int, int]] = []
    sent_at: datetime | None = None


def envelopes(bench: Bench) -> list[Envelope]:
    return [msgspec.json.decode(payload, type=Envelope) for payload in bench.session.payloads("events")]


def an_air() -> Air:
    return Air(seq=1, at=START, channel="air", co2_ppm=700.0)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose outbox keeps ten events."""
    bench = Bench(tmp_path / "small.sqlite", max_events=10, untouched=0)
    yield bench
    bench.outbox.close()


def put_one_by_one(bench: Bench, *events: AnyEvent) -> None:
    for event in events:
        bench.outbox.put([event])


def test_publisher_says_what_will_never_come_among_what_comes(small: Bench) -> None:
    put_one_by_one(small, *([an_air()] * 3), a_contact(), *([an_air()] * 10))
    assert small.step() == [[4, *range(6, 15)]]
    assert [each.gone for each in envelopes(small)] == [[(1, 3), (5, 5)]]


def test_publisher_says_it_again_until_the_hub_has_it(small: Bench) -> None:
    put_one_by_one(small, *([an_air()] * 12))
    small.step()
    small.acknowledge(an_ack(12, (1, 2)))
    assert small.publisher.in_flight == 1
    small.step(0.1)
    assert [(each.events, each.gone) for each in envelopes(small)] == [([], [(1, 2)])]
    small.acknowledge(an_ack(12))
    assert (small.publisher.in_flight, small.outbox.gone(0, 10)) == (0, [])


def test_publisher_says_thousands_of_gaps_message_by_message(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "gaps.sqlite", max_events=2000, untouched=0)
    for _ in range(20):
        bench.outbox.put([a_contact(), an_air()] * 100)
    hub = Hub()
    while bench.outbox.depth or bench.outbox.gone(0, 1):
        bench.step(0.1)
        assert all(len(payload) <= MAX_BYTES for payload in bench.session.payloads("events"))
        bench.acknowledge(hub.take(bench))
    bench.outbox.close()
    assert sorted(hub.got + hub.gone) == list(range(1, 4001))


def test_alarm_goes_ahead_of_a_backlog_and_nothing_else_does(bench: Bench) -> None:
    bench.put(1000)
    bench.step()
    bench.outbox.put([a_passage(), a_contact(), a_passage()])
    assert bench.step() == [[1002]]
    assert [batch.ahead for batch in bench.session.batches()] == [True]
    assert bench.step(0.1) == []


def test_alarm_without_a_backlog_is_sent_in_its_turn(bench: Bench) -> None:
    bench.outbox.put([a_passage(), a_contact(), a_passage()])
    assert bench.step() == [[1, 2, 3]]
    assert [batch.ahead for batch in bench.session.batches()] == [False]


def test_newest_alarms_of_an_outage_go_ahead_when_the_connection_is_back(
    bench: Bench,
) -> None:
    bench.session.go_down()
    bench.outbox.put([a_contact()])
    bench.put(LOOK_BACK)
    bench.outbox.put([a_contact(), a_passage()])
    bench.session.come_up()
    assert bench.step()[-1] == [LOOK_BACK + 2]


def test_alarm_that_went_ahead_and_is_durable_is_not_sent_in_its_turn(bench: Bench) -> None:
    hub = Hub()
    bench.put(450)
    bench.outbox.put([a_contact()])
    sent = [seq for seqs in bench.step() for seq in seqs]
    assert sent == [*range(1, 401), 451]
    bench.acknowledge(hub.take(bench))
    bench.step(0.1)
    assert (hub.take(bench).seq, bench.publisher.resent, sorted(hub.got)) == (451, 0, list(range(1, 452)))


def test_alarm_that_was_lost_on_the_way_is_sent_again_ahead(bench: Bench) -> None:
    bench.put(1000)
    bench.step()
    bench.outbox.put([a_contact()])
    bench.step()
    assert bench.step(FIRST_WAIT_S)[-1] == [1001]
    assert bench.session.batches()[-1].ahead


def test_what_is_on_its_way_is_not_sent_twice_because_an_alarm_overtook_what_waits(bench: Bench) -> None:
    bench.put(1000)
    bench.step()
    bench.outbox.put([a_contact()])
    bench.step()
    # The first message has come, and the alarm; the hub lists all between them.
    bench.acknowledge(an_ack(100))
    bench.step()
    bench.acknowledge(an_ack(1001, (201, 1000)))
    # Sent before the alarm, which has come: lost. Sent after it: on its way.
    assert bench.step(0.1)[:2] == [list(range(201, 301)), list(range(301, 401))]
    assert not any(seq in range(401, 501) for seqs in bench.session.sent_seqs() for seq in seqs)


def test_no_more_alarms_go_ahead_than_an_acknowledgement_can_name(bench: Bench) -> None:
    bench.put(1000)
    bench.step()
    for _ in range(MOST_AHEAD + 20):
        bench.outbox.put([a_contact(), a_passage()])
    ahead = bench.step() + bench.step(0.1)
    assert [len(seqs) for seqs in ahead] == [MOST_AHEAD]
    hub = Hub()
    while bench.outbox.depth:
        bench.acknowledge(hub.take(bench))
        bench.step(0.1)
    assert sorted(set(hub.got)) == list(range(1, 1000 + 2 * (MOST_AHEAD + 20) + 1))


def test_earlier_starts_alarms_do_not_go_ahead_while_the_clock_is_not_set(tmp_path: Path) -> None:
    before = Bench(tmp_path / "two-starts.sqlite")
    before.put(500)
    before.outbox.put([a_contact()])
    before.outbox.close()
    bench = Bench(tmp_path / "two-starts.sqlite")
    bench.now = START
    bench.outbox.put([a_contact()])
    assert bench.step()[-1] == [502]
    bench.outbox.close()


# -- before the clock is set


def test_publisher_says_the_instant_only_while_it_is_estimated(bench: Bench) -> None:
    bench.put(1)
    bench.now = START
    bench.step()
    before = envelopes(bench)
    bench.put(1)
    bench.now = None
    bench.step()
    assert [each.sent_at for each in before + envelopes(bench)] == [START, None]


def test_publisher_says_no_instant_with_what_an_earlier_start_has_stamped(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    first = Bench(path)
    first.put(2)
    first.outbox.close()
    second = Bench(path)
    second.put(3)
    second.now = START
    assert second.step() == [[1, 2], [3, 4, 5]]
    assert [each.sent_at for each in envelopes(second)] == [None, START]
    second.outbox.close()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"seq":2,"kind":"pass\xff', id="cut-off"),
        pytest.param(b"", id="empty"),
        pytest.param(encode_event(a_passage()), id="number-of-another-row"),
    ],
)
def test_publisher_sends_a_damaged_row_as_a_rejectable_one_and_goes_on(bench: Bench, body: bytes) -> None:
    bench.put(3)
    bench.outbox._database.execute("UPDATE event SET body = ? WHERE seq = 2", (body,))
    bench.step()
    batch = bench.session.batches()[0]
    assert [event.seq for event, _ in batch.events] == [1, 3]
    assert [(each.seq, each.kind) for each in batch.rejected] == [(2, "unknown")]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_lost_on_the_way_all_comes_and_the_hub_is_never_thought_to_have_less(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    bench = Bench(tmp_path / "lossy.sqlite")
    hub = Hub()
    bench.put(chance.randrange(2000))
    for _ in range(chance.randrange(30)):
        bench.outbox.put([a_contact(), a_passage()])
        bench.step(chance.random())
        hub.take(bench, lost=lambda: chance.random() < 0.3)
        if chance.random() < 0.7:
            bench.acknowledge(hub.word())
        if chance.random() < 0.1:
            bench.session.go_down()
            bench.session.come_up()
    while bench.outbox.depth:
        bench.step(LAST_WAIT_S)
        bench.acknowledge(hub.take(bench))
    assert hub.word() == an_ack(bench.outbox.newest_seq)
    assert (bench.outbox.fallbacks, bench.publisher.in_flight) == (0, 0)
    bench.outbox.close()
