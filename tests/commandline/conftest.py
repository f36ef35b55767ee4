"""What commands change of the process they run in is undone, for the next test runs in it too."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Who opens a data folder lets nobody else read what comes afterwards."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
