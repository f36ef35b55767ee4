"""Pages that are drawn once, left open while the hub falls silent: within 13 s they say so, by themselves."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboards.browser import ServedBoard
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.in_browser.looking import furnish, signed_in

pytestmark = pytest.mark.browser
#: The watchdog's promise, milliseconds.
BANNER_MS = 13_000
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
        expect(page.locator("#hub")).to_contain_text("Сервер үнсіз", timeout=BANNER_MS)
    finally:
        os.killpg(board.process.pid, signal.SIGCONT)


def test_pages_left_open_say_within_13_s_that_the_hub_is_silent(browser: Browser, board: ServedBoard) -> None:
    context = signed_in(browser, board, "admin")
    pages = {path: context.new_page() for path in PAGES}
    for path, page in pages.items():
        page.goto(board.address + path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("#hub")).to_be_hidden()
    board.stop_pulse()
    expect(pages["/handover"].locator("#hub")).to_be_visible(timeout=BANNER_MS)
    for page in pages.values():
        expect(page.locator("#hub")).to_contain_text("Хаб үнсіз", timeout=1_000)
    expect(pages["/handover"].locator(".stale")).to_have_count(1)
    expect(pages["/nodes"].locator(".node:not(.unknown)")).to_have_count(0)
    expect(pages["/doors"].locator("tbody")).to_have_count(0)
    assert violations(pages["/handover"]) == []
    board.write("pulse", board.clock.now())
    for page in pages.values():
        expect(page.locator("#hub")).to_be_hidden(timeout=BANNER_MS)
    expect(pages["/nodes"].locator(".node.unknown")).to_have_count(0)
