"""A courier's surroundings that end with their test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub.courier.desk import TWO, Desk


@pytest.fixture
def desk_of(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """Makes desks from a receivers.toml."""
    desks: list[Desk] = []

    def make(toml: str) -> Desk:
        desks.append(Desk(tmp_path, toml))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(desk_of: Callable[[str], Desk]) -> Desk:
    return desk_of(TWO)
