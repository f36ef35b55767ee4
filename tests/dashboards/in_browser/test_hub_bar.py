"""Pages that are drawn once, left open while the hub falls silent: they say so by themselves.

When they do, by their own clock, is in test_watchdogs_in_browser.py.
"""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboards.browser import WAIT_MS, ServedBoard
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.in_browser.looking import furnish, signed_in

pytestmark = pytest.mark.browser
PAGES = ("/handover", "/nodes", "/doors", "/admin", "/admin/campus", "/admin/duties")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("silent"))
    furnish(served)
    yield served
    served.close()


def test_server_that_is_gone_is_said_too(browser: Browser, board: ServedBoard) -> None:
    page = signed_in(browser, board, "admin").new_page()
    page.goto(f"{board.address}/admin")
    board.freeze()
    try:
        expect(page.locator("#hub")).to_contain_text("Сервер үнсіз", timeout=WAIT_MS)
    finally:
        os.killpg(board.process.pid, signal.SIGCONT)


@pytest.mark.timeout(300)  # Six pages, each drawn several times.
def test_pages_left_open_say_that_the_hub_is_silent(browser: Browser, board: ServedBoard) -> None:
    context = signed_in(browser, board, "admin")
    pages = {path: context.new_page() for path in PAGES}
    for path, page in pages.items():
        page.goto(board.address + path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("#hub")).to_be_hidden()
    board.stop_pulse()
    expect(pages["/handover"].locator("#hub")).to_be_visible(timeout=WAIT_MS)
    for page in pages.values():
        expect(page.locator("#hub")).to_contain_text("Хаб үнсіз", timeout=WAIT_MS)
    expect(pages["/handover"].locator(".stale")).to_have_count(1)
    expect(pages["/nodes"].locator(".node:not(.unknown)")).to_have_count(0)
    expect(pages["/doors"].locator("tbody")).to_have_count(0)
    assert violations(pages["/handover"]) == []
    # For good: one pulse alone would be an old one before each page had heard of it.
    board.start_pulse()
    for page in pages.values():
        expect(page.locator("#hub")).to_be_hidden(timeout=WAIT_MS)
    expect(pages["/nodes"].locator(".node.unknown")).to_have_count(0)
