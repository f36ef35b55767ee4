"""A room chosen on the board, in a real browser: counted and closed there, a refusal beside its field."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from hub.store.database import opened, people_url
from hub.store.schema import decision, people
from protocol.messages import SpaceCondition
from tests.dashboards.browser import ServedBoard, Watcher
from tests.dashboards.in_browser.axe import violations

pytestmark = pytest.mark.browser
ROOM = '[data-space="a-205"] .code'


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("chosen"))
    served.write("calm")
    served.write("unknown", "a-104", "silent-node", 7)
    yield served
    served.close()


def decided(board: ServedBoard, kind: str) -> list[tuple[str, str, dict[str, object]]]:
    """Of what, by whom and what was said, in order."""
    with opened(people_url(board.data), people) as store, store.connect() as connection:
        rows = connection.execute(select(decision).where(decision.c.kind == kind).order_by(decision.c.id))
        return [(row.subject, row.who, msgspec.json.decode(row.detail)) for row in rows]


def test_room_is_counted_in_three_actions_and_the_board_says_when_it_is_done(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board)
    page = watcher.page
    page.click(ROOM)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("A-205 · 7: жіберілді")
    expect(page.locator("dialog")).to_have_count(0)
    board.write("space", "a-205", SpaceCondition.OPEN, "free", occupancy=7, low=7, high=7)
    expect(page.locator(".said")).to_have_text("A-205 · 7: орындалды")
    assert page.url == f"{board.address}/board"
    assert [(subject, who, said["count"]) for subject, who, said in decided(board, "recount")] == [
        ("a-205", "Әсет", 7)
    ]
    assert watcher.said == []


def test_refused_count_stays_as_typed_and_its_fault_stands_at_the_field(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board, name="Марат")
    page = watcher.page
    before = decided(board, "recount")
    page.click(ROOM)
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    field = page.locator("dialog [name=count]")
    expect(field).to_have_value("-3")
    expect(field).to_have_attribute("aria-describedby", "say-count-fault")
    expect(page.locator("#say-count-fault")).to_have_text("0-ден 100 000-ға дейінгі бүтін сан жазыңыз.")
    assert violations(page) == []
    assert decided(board, "recount") == before


def test_search_opens_a_room_that_nobody_can_count_and_closes_it_by_keys(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board, name="Айгүл")
    page = watcher.page
    counted = decided(board, "recount")
    page.keyboard.press("Slash")
    page.keyboard.type("а-104")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.say")
    expect(dialog.locator(".unknown")).to_have_text("Қазір: – / 15")
    expect(dialog.locator("[name=count]")).to_have_value("")
    expect(dialog.locator(".fault:visible")).to_have_count(0)
    page.fill("dialog [name=reason]", "терезе сынды")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("A-104 · Жабу: жіберілді")
    assert decided(board, "hold")[-1] == (
        "a-104",
        "Айгүл",
        {"type": "hold", "on": True, "reason": "терезе сынды"},
    )
    assert decided(board, "recount") == counted


def test_room_of_a_silent_server_keeps_what_was_typed(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board, name="Дана")
    page = watcher.page
    page.route("**/api/1/spaces/**", lambda route: route.abort())
    page.click(ROOM)
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.locator("#say-count-fault")).to_have_text("Жіберілмеді — қайта басыңыз")
    expect(page.locator("dialog [name=count]")).to_have_value("9")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
