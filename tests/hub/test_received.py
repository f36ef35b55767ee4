from hypothesis import given
from hypothesis import strategies as st

from hub.store.received import MAX_RANGES, Received


def received(*seqs: int) -> Received:
    have = Received()
    for seq in seqs:
        have.add(seq)
    return have


def test_nothing_received_acknowledges_nothing() -> None:
    assert received().acknowledged() == (0, ())


def test_gapless_prefix_is_acknowledged_whole() -> None:
    assert received(1, 2, 3).acknowledged() == (3, ())


def test_gaps_are_named_as_ranges() -> None:
    assert received(1, 2, 5, 6, 9).acknowledged() == (9, ((3, 4), (7, 8)))


def test_late_seq_closes_its_gap() -> None:
    assert received(1, 3, 2).acknowledged() == (3, ())


def test_only_so_many_gaps_are_named_at_once() -> None:
    seq, missing = received(*range(2, 2 * MAX_RANGES + 20, 2)).acknowledged()
    assert len(missing) == MAX_RANGES
    assert seq == 2 * MAX_RANGES


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)), max_size=40))
def test_ranges_are_what_their_seqs_would_be(ranges: list[tuple[int, int]]) -> None:
    one_by_one, at_once = received(), received()
    for low, more in ranges:
        before = one_by_one.count
        for seq in range(low, low + more + 1):
            one_by_one.add(seq)
        assert at_once.add_range(low, low + more) == one_by_one.count - before
        assert at_once == one_by_one


@given(st.lists(st.integers(1, 60), max_size=80))
def test_acknowledgement_covers_exactly_what_came(seqs: list[int]) -> None:
    have = received(*seqs)
    newest, missing = have.acknowledged()
    covered = set(range(1, newest + 1)) - {seq for low, high in missing for seq in range(low, high + 1)}
    assert covered == set(seqs)
    assert have.count == len(set(seqs))
    assert all(have.has(seq) for seq in seqs)
