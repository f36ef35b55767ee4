"""Rows of minutes and the stretches the hub was awake in, the pieces of time they tell of out. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hub.store.history_rows import MINUTE_MS, Awake, Minute


class Piece(NamedTuple):
    """A stretch [from_ms, until_ms) in which nothing changed."""

    from_ms: int
    until_ms: int
    row: Minute
    #: The highest count in it; None: unknown.
    most: int | None


def pieces(minutes: Sequence[Minute], awake: Iterable[Awake], ends_ms: int) -> Iterator[Piece]:
    """By time, what the rows say where the hub was awake; where it was not there is no piece.

    The minute of a row has the minute's highest count; what follows until the next row, its last.
    """
    held: list[Piece] = []
    for i, row in enumerate(minutes):
        starts = row.minute * MINUTE_MS
        until = minutes[i + 1].minute * MINUTE_MS if i + 1 < len(minutes) else ends_ms
        over = min(starts + MINUTE_MS, until)
        most = None if row.occupancy is None else row.most
        if most == row.occupancy:
            held.append(Piece(starts, until, row, row.occupancy))
        else:
            held.append(Piece(starts, over, row, most))
            held.append(Piece(over, until, row, row.occupancy))
    return _cut([one for one in held if one.from_ms < one.until_ms], list(awake))


def _cut(held: list[Piece], awake: list[Awake]) -> Iterator[Piece]:
    at = 0
    for piece in held:
        while at < len(awake) and awake[at].until_ms <= piece.from_ms:
            at += 1
        for stretch in awake[at:]:
            if stretch.from_ms >= piece.until_ms:
                break
            starts, ends = max(piece.from_ms, stretch.from_ms), min(piece.until_ms, stretch.until_ms)
            yield piece._replace(from_ms=starts, until_ms=ends)
