"""A PIN before a real browser: the board stays, somebody says who they are, and the tap counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from hub.store.database import open_database, people_url
from hub.store.schema import login, people
from tests.dashboards.browser import ServedBoard, Watcher
from tests.dashboards.in_browser.axe import violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("pin"))
    served.write("calm")
    served.write("troubles")
    made = served.accounts.add("Ерлан", "guard")
    served.accounts.pins.set(made.id, made.role, "4071")
    yield served
    served.close()


def end_sittings(data: Path) -> None:
    """Twelve hours are over for everybody; they may still read."""
    store = open_database(people_url(data), people)
    with store.begin() as connection:
        connection.execute(update(login).values(expires_ms=login.c.created_ms))
    store.dispose()


def test_board_of_a_sitting_that_is_over_asks_for_the_pin_and_the_tap_counts(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board)
    page, card = watcher.page, watcher.page.locator(watcher.card("over-a-204"))
    end_sittings(board.data)
    card.locator("button").click()
    dialog = page.locator("dialog.pin")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    page.keyboard.type("9182")
    page.keyboard.press("Enter")
    expect(dialog.locator(".fault")).to_contain_text("PIN дұрыс емес")
    page.keyboard.type("4071")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(card).to_contain_text("Ерлан қабылдады")
    expect(page.locator(".who")).to_have_text("Ерлан")
    expect(page.locator("#over")).to_be_hidden()
    # The next one goes without asking, and by key.
    page.keyboard.press("Digit2")
    expect(page.locator(watcher.card("fever-a"))).to_contain_text("Ерлан қабылдады")


def test_shift_begins_by_pin_and_escape_leaves_the_name_as_it_was(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board, "Әсет")
    watcher.page.click("#shift")
    expect(watcher.page.locator("dialog.pin")).to_be_visible()
    watcher.page.keyboard.press("Escape")
    expect(watcher.page.locator("dialog.pin")).to_have_count(0)
    expect(watcher.page.locator(".who")).to_have_text("Әсет")
    assert watcher.said == []
