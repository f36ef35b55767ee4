import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.errors import AckRefused, OutboxForeign, OutboxFull, OutboxInUse, OutboxUnwritable
from edge.outbox.ballast import BALLAST_BYTES
from edge.outbox.file import APPLICATION_ID
from edge.outbox.outbox import MAX_EVENTS, Outbox, find_damaged
from edge.outbox.quota import MAY_BE_SENT
from protocol.codec import decode_event, encode_event
from protocol.events import AnyEvent, Contact, Direction, Fault, Passage, Recovered
from protocol.messages import Ack
from tests.fakes.edge import START

EPOCH = "01K0000000000000000000000A"
OTHER = "01K0000000000000000000000B"
ANY_BYTES = 16 * 1024


def a_passage(channel: str = "main") -> Passage:
    return Passage(seq=1, at=START, channel=channel, direction=Direction.IN)


def a_contact() -> Contact:
    """What is neither folded nor dropped for others."""
    return Contact(seq=1, at=START, channel="window", open=True)


def an_ack(seq: int, *missing: tuple[int, int], epoch: str = EPOCH) -> Ack:
    return Ack(epoch=epoch, seq=seq, missing=missing)


def open_outbox(path: Path, *, max_events: int = MAX_EVENTS, untouched: int = MAY_BE_SENT) -> Outbox:
    return Outbox.open(path, lambda: EPOCH, max_events=max_events, untouched=untouched)


def seqs_in(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.pending(0, 1_000_000, 1_000_000_000)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    outbox = open_outbox(path)
    yield outbox
    outbox.close()


# -- numbering


def test_outbox_numbers_events_from_one_without_gaps(outbox: Outbox) -> None:
    assert outbox.put([a_passage(), a_passage()]) == [1, 2]
    assert outbox.put([a_passage()]) == [3]
    assert outbox.newest_seq == 3


def test_outbox_writes_the_number_into_the_event(outbox: Outbox) -> None:
    outbox.put([a_passage(), a_passage("yard")])
    events = [decode_event(row.body) for row in outbox.pending(0, 10, ANY_BYTES)]
    assert [(event.seq, event.channel) for event in events] == [(1, "main"), (2, "yard")]


def test_outbox_keeps_epoch_and_numbers_over_a_reopening(path: Path) -> None:
    first = open_outbox(path)
    first.put([a_passage()] * 3)
    first.close()
    second = Outbox.open(path, lambda: OTHER)
    assert (second.epoch, second.newest_seq, second.depth) == (EPOCH, 3, 3)
    second.close()


def test_outbox_never_gives_a_number_twice_even_when_all_rows_are_acknowledged(path: Path) -> None:
    first = open_outbox(path)
    first.put([a_passage()] * 3)
    first.acknowledge(an_ack(3))
    first.close()
    second = open_outbox(path)
    assert second.put([a_passage()]) == [4]
    second.close()


def test_outbox_puts_nothing_of_nothing(outbox: Outbox) -> None:
    assert outbox.put([]) == []
    assert outbox.newest_seq == 0


# -- pending


def test_pending_gives_rows_after_a_number_oldest_first(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 5)
    assert [row.seq for row in outbox.pending(2, 2, ANY_BYTES)] == [3, 4]


def test_pending_stops_before_the_bytes_are_exceeded(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 3)
    row = outbox.pending(0, 1, ANY_BYTES)[0]
    assert len(outbox.pending(0, 10, 2 * (len(row.body) + 1))) == 2


def test_pending_gives_a_row_longer_than_the_limit_alone(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 3)
    assert len(outbox.pending(0, 10, 1)) == 1


# -- acknowledgement


def test_acknowledge_keeps_what_is_listed_as_missing(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 10)
    assert outbox.acknowledge(an_ack(8, (2, 3), (6, 6))) == 5
    assert seqs_in(outbox) == [2, 3, 6, 9, 10]
    assert outbox.depth == 5


def test_acknowledge_takes_ranges_that_overlap_and_come_in_any_order(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 10)
    outbox.acknowledge(an_ack(10, (6, 7), (2, 8), (3, 4)))
    assert seqs_in(outbox) == [2, 3, 4, 5, 6, 7, 8]


def test_acknowledge_of_another_epoch_is_ignored(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 2)
    assert outbox.acknowledge(an_ack(2, epoch=OTHER)) == 0
    assert outbox.depth == 2


def test_acknowledge_beyond_the_newest_is_refused_and_deletes_nothing(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 2)
    with pytest.raises(AckRefused, match=r"1\.\.3 .* 2 is the newest"):
        outbox.acknowledge(an_ack(3))
    assert seqs_in(outbox) == [1, 2]


def test_acknowledge_with_a_range_turned_round_is_refused(outbox: Outbox) -> None:
    outbox.put([a_passage()] * 3)
    with pytest.raises(AckRefused, match=r"3\.\.2"):
        outbox.acknowledge(an_ack(3, (3, 2)))
    assert seqs_in(outbox) == [1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 30),
    acks=st.lists(
        st.tuples(
            st.integers(0, 30),
            st.lists(st.tuples(st.integers(1, 35), st.integers(0, 8)), max_size=5),
        ),
        max_size=4,
    ),
)
def test_acknowledge_is_what_a_set_would_do(
    tmp_path_factory: pytest.TempPathFactory, count: int, acks: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    outbox = open_outbox(tmp_path_factory.mktemp("model") / "outbox.sqlite")
    outbox.put([a_passage()] * count)
    model = set(range(1, count + 1))
    for seq, ranges in acks:
        missing = tuple((low, low + length) for low, length in ranges)
        kept = {number for low, high in missing for number in range(low, high + 1)}
        seq = min(seq, count)
        outbox.acknowledge(an_ack(seq, *missing))
        # The hub's last word is what it has: what it had before, it may have lost.
        model = {number for number in range(1, count + 1) if number > seq or number in kept}
    assert seqs_in(outbox) == sorted(model)
    assert (outbox.depth, outbox.kept) == (len(model), count - len(model))
    outbox.close()


# -- faults said


def test_outbox_remembers_faults_over_a_reopening(path: Path) -> None:
    said: list[AnyEvent] = [
        Fault(seq=1, at=START, channel="main", component="beams", code="obstructed"),
        Fault(seq=1, at=START, channel="node", component="outbox", code="full"),
        Recovered(seq=1, at=START, channel="node", component="outbox", code="full"),
    ]
    first = open_outbox(path)
    first.put(said)
    first.close()
    second = open_outbox(path)
    assert second.faults == {("main", "beams"): "obstructed"}
    second.close()


def test_outbox_remembers_how_many_events_found_no_room(path: Path) -> None:
    first = open_outbox(path)
    first.note_dropped(7)
    first.close()
    second = open_outbox(path)
    assert second.dropped == 7
    second.close()


# -- room


def limit_pages(outbox: Outbox, more: int) -> None:
    """Let the file grow by so many pages only, as a full disk would."""
    database = outbox._database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + more}")


def put_for_long(outbox: Outbox, taken: list[int]) -> None:
    for _ in range(10_000):
        taken += outbox.put([a_contact()] * 10)


def fill(outbox: Outbox) -> list[int]:
    """Put until it refuses; what it took."""
    taken: list[int] = []
    with pytest.raises(OutboxFull):
        put_for_long(outbox, taken)
    return taken


def test_outbox_on_a_full_disk_refuses_all_or_nothing(outbox: Outbox) -> None:
    limit_pages(outbox, 2)
    taken = fill(outbox)
    assert seqs_in(outbox) == taken == list(range(1, outbox.newest_seq + 1))


def test_outbox_on_a_full_disk_takes_events_again_after_an_acknowledgement(outbox: Outbox) -> None:
    limit_pages(outbox, 2)
    taken = fill(outbox)
    outbox.acknowledge(an_ack(taken[-1]))
    assert outbox.put([a_passage()]) == [taken[-1] + 1]


@pytest.mark.parametrize("seed", range(10))
def test_outbox_that_was_filled_at_a_random_point_is_whole_when_reopened(path: Path, seed: int) -> None:
    chance = Random(seed)
    first = open_outbox(path)
    first.put([a_passage()] * chance.randrange(200))
    limit_pages(first, chance.randrange(1, 12))
    fill(first)
    newest = first.newest_seq
    first.close()
    second = open_outbox(path)
    assert seqs_in(second) == list(range(1, newest + 1))
    assert find_damaged(path) == []
    second.close()


def test_outbox_refuses_more_than_its_quota(path: Path) -> None:
    outbox = open_outbox(path, max_events=5)
    outbox.put([a_passage()] * 5)
    with pytest.raises(OutboxFull, match="quota is 5"):
        outbox.put([a_passage()])
    outbox.acknowledge(an_ack(1))
    assert outbox.put([a_passage()]) == [6]
    outbox.close()


def test_outbox_lays_a_ballast_beside_it(outbox: Outbox, path: Path) -> None:
    assert path.with_name(path.name + ".ballast").stat().st_size == BALLAST_BYTES


# -- what lies at the path


def test_outbox_is_refused_to_a_second_owner(outbox: Outbox, path: Path) -> None:
    with pytest.raises(OutboxInUse, match="second node"):
        open_outbox(path)


def test_outbox_leaves_a_database_of_something_else_alone(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE recipe (name TEXT)")
    database.close()
    with pytest.raises(OutboxForeign, match="another path"):
        open_outbox(path)
    assert find_damaged(path) == []


def test_outbox_of_a_newer_layout_is_left_alone(path: Path) -> None:
    open_outbox(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(OutboxForeign, match="layout 99"):
        open_outbox(path)


def test_outbox_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutboxUnwritable, match="check the disk, the folder"):
        open_outbox(tmp_path / "missing" / "outbox.sqlite")


@pytest.mark.parametrize(("offset", "length"), [(0, 100), (4096, 4096), (0, 20_000)])
def test_outbox_that_is_damaged_is_kept_aside_and_a_new_epoch_begins(
    path: Path, offset: int, length: int
) -> None:
    first = open_outbox(path)
    first.put([a_passage()] * 200)
    first.close()
    content = bytearray(path.read_bytes())
    content[offset : offset + length] = b"\xa5" * length
    path.write_bytes(content)
    second = Outbox.open(path, lambda: OTHER)
    assert (second.epoch, second.newest_seq) == (OTHER, 0)
    assert [found.read_bytes() for found in find_damaged(path)] == [bytes(content)]
    second.close()


# -- an older layout

_LAYOUT_1 = f"""
CREATE TABLE outbox (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL,
    newest_seq INTEGER NOT NULL, dropped INTEGER NOT NULL
);
CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE fault (channel TEXT, component TEXT, code TEXT NOT NULL, PRIMARY KEY (channel, component));
INSERT INTO outbox VALUES (1, '{EPOCH}', 3, 2);
INSERT INTO fault VALUES ('main', 'beams', 'stuck');
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
"""


def test_outbox_of_the_first_layout_is_taken_over(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.executescript(_LAYOUT_1)
        database.execute("INSERT INTO event VALUES (3, ?)", (encode_event(replace(a_passage(), seq=3)),))
    database.close()
    outbox = open_outbox(path, max_events=2, untouched=0)
    assert (outbox.epoch, outbox.newest_seq, outbox.dropped, outbox.depth) == (EPOCH, 3, 2, 1)
    assert outbox.faults == {("main", "beams"): "stuck"}
    assert outbox.put([a_passage(), a_contact()]) == [4, 5]
    # What came before the ranks has the last of them.
    assert seqs_in(outbox) == [3, 5]
    outbox.close()
    assert find_damaged(path) == []


# -- kill -9

_CHILD = """
import sys
from pathlib import Path
from edge.outbox.outbox import Outbox
from protocol.messages import Ack
from tests.edge.outbox.test_outbox import EPOCH, a_passage
outbox = Outbox.open(Path(sys.argv[1]), lambda: EPOCH)
with open(sys.argv[2], "a", buffering=1) as ledger:
    print("ready", flush=True)
    while True:
        for seq in outbox.put([a_passage()] * (outbox.newest_seq % 3 + 1)):
            ledger.write(f"{seq}\\n")
"""


def kill_once(path: Path, ledger: Path, chance: Random) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(ledger)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    try:
        child.wait(timeout=0.01 + 0.1 * chance.random())
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_outbox_keeps_what_it_returned_through_kills(path: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    chance = Random(1)
    for _ in range(int(os.environ.get("KUZET_KILLS", "30"))):
        kill_once(path, ledger, chance)
    # A kill may cut the ledger's last line of a run; whole lines are what was returned.
    returned = [int(line) for line in ledger.read_text().splitlines()]
    outbox = open_outbox(path)
    kept = seqs_in(outbox)
    outbox.close()
    assert len(returned) > 100
    assert len(set(returned)) == len(returned), "a number was given twice"
    assert set(returned) <= set(kept), "a returned number is not in the outbox"
    assert kept == list(range(1, len(kept) + 1)), "there is a gap"
    assert find_damaged(path) == []
