"""What an acknowledgement covers: `1..seq` but for the ranges it lists as missing. Pure."""

from collections.abc import Iterator, Sequence

from edge.errors import AckRefused
from protocol.messages import Ack


def durable_ranges(seq: int, missing: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges of 1..seq that are not in `missing`. Raises AckRefused for a range turned round."""
    start = 1
    for low, high in sorted(missing):
        if low > high:
            raise AckRefused(f"the hub lists {low}..{high} as missing, a range that ends before it begins")
        if low > start:
            yield start, min(low - 1, seq)
        start = max(start, high + 1)
        if start > seq:
            return
    yield start, seq


def lacking(ack: Ack, newest_seq: int) -> list[tuple[int, int]]:
    """The ranges of 1..newest_seq that `ack` does not cover, sorted."""
    beyond = (ack.seq + 1, newest_seq)
    return [(max(low, 1), high) for low, high in [*sorted(ack.missing), beyond] if high >= max(low, 1)]


def has_less(ack: Ack, before: Ack) -> bool:
    """Whether something that `before` covered is not covered any more.

    What was missing and came in part is missing in other ranges than before, and that is not less.
    """
    newest = max(ack.seq, before.seq)
    lacked = _joined(lacking(before, newest))
    return any(
        not any(first <= low and high <= last for first, last in lacked) for low, high in lacking(ack, newest)
    )


def covers(ack: Ack, seq: int) -> bool:
    """Whether `seq` is durable by `ack`."""
    return seq <= ack.seq and not any(low <= seq <= high for low, high in ack.missing)


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in ranges:
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
