"""A PIN before a real browser: the board stays, somebody says who they are, and the tap counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
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


def test_answer_to_the_sitting_before_does_not_end_the_one_begun_by_pin(
    browser: Browser, board: ServedBoard
) -> None:
    for alert in ("late-1", "late-2"):
        board.write("alert", alert, "co2-high", 2, "B-304", 3, space="b-304")
    watcher = Watcher(browser, board, "Дана")
    page, held = watcher.page, list[Route]()
    # No answer is given up, however long the machine takes.
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal;")
    watcher.open()
    end_sittings(board.data)
    # Nobody may look any more, and the page is told so late.
    page.route("**/api/1/live*", lambda route: route.fulfill(status=401))
    page.route("**/api/1/state", lambda route: held.append(route))
    with page.expect_request("**/api/1/state"):
        page.locator(watcher.card("late-1")).get_by_role("button").click()
    expect(page.locator("#over")).to_be_visible()
    expect(page.locator("dialog.pin")).to_be_visible()
    page.unroute("**/api/1/live*")
    page.locator("dialog.pin select").select_option("Ерлан")
    page.locator("dialog.pin input").fill("4071")
    page.keyboard.press("Enter")
    expect(page.locator(watcher.card("late-1"))).to_contain_text("Ерлан қабылдады")
    with page.expect_response("**/api/1/state"):
        held[0].fulfill(status=401)
    page.locator(watcher.card("late-2")).get_by_role("button").click()
    expect(page.locator(watcher.card("late-2"))).to_contain_text("Ерлан қабылдады")
    expect(page.locator("#over")).to_be_hidden()


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
