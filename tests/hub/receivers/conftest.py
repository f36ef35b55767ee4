"""Providers that end with their test."""

from collections.abc import Iterator

import pytest

from tests.fakes.providers import HttpProvider, MailProvider


@pytest.fixture
def provider() -> Iterator[HttpProvider]:
    one = HttpProvider()
    yield one
    one.close()


@pytest.fixture
def mail() -> Iterator[MailProvider]:
    one = MailProvider()
    yield one
    one.close()
