"""The room page in a real browser: live by the feed, a chart with its gaps, forms that are left alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboards.browser import ServedBoard, Watcher
from tests.dashboards.remembered import remember_day

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("room"))
    served.write("calm")
    remember_day(served.campus.engine, "a-204", served.clock.now())
    yield served
    served.close()


def test_room_follows_the_feed_and_leaves_what_is_typed(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board, language="en")
    page = watcher.page
    page.goto(f"{board.address}/space/a-204")
    expect(page.locator(".u-wrap canvas")).to_be_visible()
    page.fill("#why", "by eye")
    page.click("[data-step='1']")
    counted = page.input_value("#count")
    board.write("full", "a-204", 18, 15)
    expect(page.locator("#now .state.p1")).to_have_text("Over capacity")
    expect(page.locator("#now .count b")).to_have_text("18")
    assert page.input_value("#why") == "by eye"
    assert page.input_value("#count") == counted
    board.write("unknown", "a-204", "silent-node", 7)
    expect(page.locator("#now .count.unknown b")).to_have_text("–")
    assert watcher.said == []
    assert [url for url in watcher.asked if not url.startswith(board.address)] == []


def test_chart_is_loaded_on_this_page_only(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board, name="Марат")
    watcher.page.goto(f"{board.address}/handover")
    assert [url for url in watcher.asked if "uplot" in url] == []


def test_state_table_opened_stays_open_when_the_room_changes(browser: Browser, board: ServedBoard) -> None:
    page = Watcher(browser, board, name="Айгүл", language="en").page
    page.goto(f"{board.address}/space/a-204")
    page.click("#states summary")
    page.locator("h1").click()
    board.write("full", "a-204", 15, 15)
    expect(page.locator("#now .state.p2")).to_have_text("Full")
    expect(page.locator("#states table")).to_be_visible()
    expect(page.locator("#states")).to_contain_text("No data: nobody watched")
