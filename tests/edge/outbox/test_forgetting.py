"""Nothing measured on a person outlives a day in a node's files: acknowledged or waiting."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.outbox.forgetting import AFTER, EMPTY_EVERY_S, EVERY_S, ROWS, Forgetting
from edge.outbox.outbox import Outbox
from protocol.codec import decode_event
from protocol.events import ClockState, Contact, Screening, Verdict
from protocol.messages import Ack
from tests.fakes.edge import START

EPOCH = "01K0000000000000000000000A"
SCREENING = Screening(
    seq=1, at=START, channel="post", verdict=Verdict.REPEAT, index_c=2.7182818, skin_c=36.1415926, attempt=2
)
READINGS = (b"2.7182818", b"36.1415926")


def found_in(folder: Path) -> set[str]:
    """The files that still hold a reading."""
    return {one.name for one in folder.iterdir() if any(each in one.read_bytes() for each in READINGS)}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)
    yield outbox
    outbox.close()


def waiting(outbox: Outbox) -> list[object]:
    return [decode_event(row.body) for row in outbox.pending(0, 10_000, 10_000_000)]


def test_acknowledged_reading_is_in_no_file_once_the_log_is_emptied(outbox: Outbox, tmp_path: Path) -> None:
    forgetting = Forgetting(outbox)
    forgetting.step(START, 0.0)
    for _ in range(50):
        outbox.put([SCREENING] * 20)
    assert found_in(tmp_path) != set()
    outbox.acknowledge(Ack(epoch=EPOCH, seq=1000))
    forgetting.step(START, EMPTY_EVERY_S)
    assert (found_in(tmp_path), outbox.depth) == (set(), 0)


def test_waiting_reading_goes_within_a_day_and_its_verdict_stays(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put([SCREENING] * 30)
    forgetting = Forgetting(outbox)
    for minute in range(24 * 60):
        forgetting.step(START + timedelta(minutes=minute), minute * 60.0)
    assert found_in(tmp_path) == set()
    assert waiting(outbox)[4] == replace(SCREENING.bare(), seq=5)
    assert outbox.depth == 30


def test_waiting_reading_is_kept_until_it_is_old(outbox: Outbox) -> None:
    outbox.put([SCREENING])
    Forgetting(outbox).step(START + AFTER - timedelta(minutes=1), 0.0)
    assert waiting(outbox) == [SCREENING]


def test_reading_of_a_clock_that_was_ahead_is_old(outbox: Outbox) -> None:
    outbox.put([replace(SCREENING, at=START + timedelta(days=300))])
    Forgetting(outbox).step(START, 0.0)
    assert waiting(outbox) == [replace(SCREENING, at=START + timedelta(days=300)).bare()]


def test_age_is_told_by_the_corrected_instant(outbox: Outbox) -> None:
    outbox.put([replace(SCREENING, at=START - timedelta(days=20), clock=ClockState.ESTIMATED)])
    outbox.rebase(timedelta(days=20), synced=True)
    Forgetting(outbox).step(START + timedelta(hours=1), 0.0)
    assert waiting(outbox) == [SCREENING]


def test_other_events_are_left_and_stop_nothing(outbox: Outbox) -> None:
    contact = Contact(seq=1, at=START, channel="window", open=True)
    outbox.put([contact] * ROWS + [SCREENING])
    forgetting = Forgetting(outbox)
    forgetting.step(START + AFTER, 0.0)
    forgetting.step(START + AFTER, EVERY_S)
    assert waiting(outbox)[0] == contact
    assert waiting(outbox)[-1] == replace(SCREENING, seq=ROWS + 1).bare()
