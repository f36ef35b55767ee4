"""The form of a drill as a manager sees it, in a browser that runs no scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboards.browser import ServedBoard, chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    board = ServedBoard(tmp_path_factory.mktemp("drills"))
    board.write("calm")
    with chromium() as browser:
        yield _manager(browser, board)
    board.close()


@pytest.mark.parametrize(
    ("what", "asked", "other", "fault"),
    [
        ("fever", "space", "node", "Бөлмені таңдаңыз."),
        ("dead-door", "node", "space", "Түйінді таңдаңыз."),
        ("overload", "space", "node", "Бөлмені таңдаңыз."),
    ],
)
def test_drill_asks_only_for_what_it_plays_with(
    page: Page, what: str, asked: str, other: str, fault: str
) -> None:
    page.locator(f'[value="{what}"]').check()
    expect(page.locator(f'[name="{asked}"]')).to_be_visible()
    expect(page.locator(f'[name="{other}"]')).to_be_hidden()
    page.locator("form.drilling button").click()
    expect(page.locator(f'[value="{what}"]')).to_be_checked()
    expect(page.locator(f'label:has([name="{asked}"]) .wrong')).to_have_text(fault)
    expect(page.locator(".wrong")).to_have_count(1)
    expect(page.locator(f'[name="{other}"]')).to_be_hidden()


def _manager(browser: Browser, board: ServedBoard) -> Page:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{board.address}/sign-in?code={board.accounts.issue_one_time_code('manager-1', 'manager')}")
    page.fill("input[name=shown_name]", "Айгүл")
    page.click("button[type=submit]")
    page.goto(f"{board.address}/language/kk?next=/alerts/drill")
    return page
