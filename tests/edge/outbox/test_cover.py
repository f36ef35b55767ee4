from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.cover import covers, durable_ranges, has_less, lacking
from hub.store.received import Received
from protocol.messages import Ack
from tests.edge.outbox.test_outbox import an_ack

MOST = 30
seqs = st.sets(st.integers(1, MOST))


def an_ack_of(seqs: set[int]) -> Ack:
    received = Received()
    for seq in seqs:
        received.add(seq)
    seq, missing = received.acknowledged()
    return an_ack(seq, *missing)


@given(seqs)
def test_acknowledgement_covers_what_is_durable_and_lacks_the_rest(durable: set[int]) -> None:
    ack = an_ack_of(durable)
    assert {seq for seq in range(1, MOST + 1) if covers(ack, seq)} == durable
    ranges = durable_ranges(ack.seq, ack.missing)
    assert {seq for low, high in ranges for seq in range(low, high + 1)} == durable
    lacked = {seq for low, high in lacking(ack, MOST) for seq in range(low, high + 1)}
    assert lacked == set(range(1, MOST + 1)) - durable


@given(seqs, seqs)
def test_hub_has_less_only_when_something_it_had_is_gone(before: set[int], now: set[int]) -> None:
    assert has_less(an_ack_of(now), an_ack_of(before)) is bool(before - now)


def test_backlog_that_shrinks_behind_an_alarm_is_not_less() -> None:
    assert not has_less(an_ack(1000, (501, 999)), an_ack(1000, (401, 999)))
    assert has_less(an_ack(1000, (301, 999)), an_ack(1000, (401, 999)))
