"""What the hub has acknowledged stays for a week, and is told again to a hub that has lost it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.faults import Stamp
from edge.outbox.keeping import Keeping
from edge.outbox.outbox import KEPT_FOR, Outbox
from edge.publisher import Publisher
from protocol.broker import BrokerConfig
from protocol.codec import decode_event
from protocol.events import AnyEvent, ClockState, Screening, Verdict
from tests.edge.outbox.test_outbox import a_passage, an_ack, open_outbox, seqs_in
from tests.fakes.edge import START, FakeSession

DAY = timedelta(days=1)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = open_outbox(tmp_path / "outbox.sqlite")
    yield box
    box.close()


def put(outbox: Outbox, count: int) -> None:
    events: list[AnyEvent] = [a_passage()] * count
    outbox.put(events)


def test_acknowledged_rows_wait_no_more_and_are_kept(outbox: Outbox) -> None:
    put(outbox, 5)
    assert outbox.acknowledge(an_ack(3)) == 3
    assert (seqs_in(outbox), outbox.depth, outbox.kept) == ([4, 5], 2, 3)


def test_hub_that_has_less_than_before_is_told_again(outbox: Outbox) -> None:
    put(outbox, 10)
    outbox.acknowledge(an_ack(10))
    outbox.acknowledge(an_ack(4, (2, 2)))
    assert seqs_in(outbox) == [2, 5, 6, 7, 8, 9, 10]
    assert (outbox.depth, outbox.kept, outbox.fallbacks) == (7, 3, 1)


def test_hub_that_knows_nothing_of_us_is_told_all(outbox: Outbox) -> None:
    put(outbox, 10)
    outbox.acknowledge(an_ack(10))
    outbox.acknowledge(an_ack(0))
    assert seqs_in(outbox) == list(range(1, 11))


def test_restart_does_not_forget_what_is_kept(outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, 10)
    outbox.acknowledge(an_ack(10))
    outbox.close()
    again = open_outbox(tmp_path / "outbox.sqlite")
    assert (seqs_in(again), again.depth, again.kept) == ([], 0, 10)
    again.acknowledge(an_ack(3))
    assert seqs_in(again) == list(range(4, 11))
    again.close()


def test_publisher_begins_anew_where_the_hub_fell_back(outbox: Outbox) -> None:
    session = FakeSession(BrokerConfig(client_id="n"), on_message=lambda *_: None)
    publisher = Publisher(outbox, session, "kuzet/1/s/node/n/events", lambda: 0.5)
    session.come_up()
    put(outbox, 3)
    publisher.step(1.0)
    for ack in (an_ack(3), an_ack(1)):
        outbox.acknowledge(ack)
        publisher.acknowledged(ack, 1.0)
    publisher.step(1.1)
    assert session.sent_seqs() == [[1, 2, 3], [2, 3]]


def test_numbers_that_are_kept_no_more_are_said_to_be_gone(outbox: Outbox) -> None:
    put(outbox, 6)
    outbox.acknowledge(an_ack(6))
    outbox.keep_until_old(START)
    put(outbox, 2)
    outbox.acknowledge(an_ack(8))
    outbox.keep_until_old(START + KEPT_FOR + DAY)
    assert outbox.kept == 2
    outbox.acknowledge(an_ack(2))
    assert (seqs_in(outbox), outbox.gone(0, 10)) == ([7, 8], [(3, 6)])


def test_kept_rows_go_after_a_week_and_waiting_ones_never(outbox: Outbox) -> None:
    put(outbox, 4)
    outbox.acknowledge(an_ack(4, (2, 2)))
    outbox.keep_until_old(START)
    outbox.keep_until_old(START + KEPT_FOR)
    assert outbox.kept == 3
    outbox.keep_until_old(START + KEPT_FOR + timedelta(hours=1))
    assert (outbox.kept, seqs_in(outbox)) == (0, [2])


def test_kept_rows_give_way_to_new_ones(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.sqlite", max_events=1000, untouched=4)
    put(outbox, 900)
    outbox.acknowledge(an_ack(900))
    put(outbox, 900)
    assert (outbox.depth, outbox.losses.by_kind) == (900, {})
    assert outbox.kept <= 100
    outbox.close()


def test_kept_screening_has_no_reading(outbox: Outbox, tmp_path: Path) -> None:
    look = Screening(
        seq=1, at=START, channel="main", verdict=Verdict.REPEAT, index_c=2.718281, skin_c=36.141592, attempt=1
    )
    outbox.put([look])
    outbox.acknowledge(an_ack(1))
    outbox.acknowledge(an_ack(0))
    (row,) = outbox.pending(0, 10, 10_000)
    assert decode_event(row.body) == look.bare()
    assert outbox.empty_log()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"2.718281" not in files
    assert b"36.141592" not in files


def test_nothing_is_forgotten_by_a_clock_that_was_never_set(outbox: Outbox) -> None:
    put(outbox, 3)
    outbox.acknowledge(an_ack(3))
    keeping = Keeping(outbox)
    keeping.step(Stamp(START, 0.0, ClockState.SYNCED))
    keeping.step(Stamp(START + 100 * DAY, 9000.0, ClockState.ESTIMATED))
    assert outbox.kept == 3
    keeping.step(Stamp(START + 100 * DAY, 9001.0, ClockState.SYNCED))
    assert outbox.kept == 0
