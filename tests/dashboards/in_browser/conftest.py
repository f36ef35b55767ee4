"""The browser of a module's tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.dashboards.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
