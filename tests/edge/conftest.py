"""A node that ends with its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.node_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.node.stop()
