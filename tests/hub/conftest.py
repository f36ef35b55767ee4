"""A running hub that ends with its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.kill()
