"""What the regime adds to the guard's board: every state of a room, alerts nobody is told, drills, gaps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from protocol.messages import SpaceCondition
from tests.dashboards.browser import ServedBoard, Watcher

pytestmark = pytest.mark.browser
SCREENS = [(1366, 768), (1280, 800), (1024, 768), (390, 844)]
#: How a room of each state looks, and its label.
TILES = {
    "a-201": ("tile treatment", "Желдетіңіз"),
    "a-202": ("tile treatment", "Желдетілуде"),
    "a-203": ("tile treatment", "Ауа+Сүрту"),
    "a-205": ("tile treatment", "Ауа+2"),
    "a-206": ("tile treatment", "Үзіліс"),
    "b-201": ("tile p3", "Сүртіңіз"),
    "b-205": ("tile p3", "Ауа+Құрал"),
    "b-206": ("tile p3", "Шығу керек"),
    "a-302": ("tile closed", "Кезі емес"),
    "a-309": ("tile closed", "Жабық"),
    "a-303": ("tile hold", "Тоқтатылды"),
    "b-301": ("tile unknown", "Қате санау"),
    "b-303": ("tile near", "2 орын бар"),
    "b-203": ("tile full", "Толды"),
    "a-204": ("tile p1", "Асып кетті"),
    "b-304": ("tile p2 taken", "CO2 жоғары"),
}
#: A busy rail may scroll; nothing else may.
BUSY = ["cards scrolls"]
#: Counts each tone that the board makes.
COUNT_TONES = """
let tones = 0;
const made = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  tones += 1;
  document.documentElement.dataset.tones = String(tones);
  return made.call(this);
};
"""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path)
    served.write("calm")
    yield served
    served.close()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    """A board with everything at once, only looked at."""
    served = ServedBoard(tmp_path_factory.mktemp("busy"))
    for scene in ("calm", "troubles", "regime", "handover"):
        served.write(scene)
    yield served
    served.close()


@pytest.fixture(scope="module")
def watcher(browser: Browser, busy: ServedBoard) -> Watcher:
    """Somebody who looks at the busy board in Kazakh and touches nothing."""
    return Watcher(browser, busy)


@pytest.mark.timeout(300)  # Sixty rooms, all in trouble, opened four times.
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_everything_at_once_fits_every_screen(browser: Browser, busy: ServedBoard, language: str) -> None:
    watcher, found = Watcher(browser, busy, language=language), []
    for width, height in SCREENS:
        watcher.open(language, width, height)
        found += [(width, one) for one in watcher.misfits() if one not in BUSY]
        found += [(width, one) for one in watcher.wide_labels()]
    assert found == []
    assert watcher.said == []


def test_tile_says_the_state_and_what_is_missing(watcher: Watcher) -> None:
    for space, (style, label) in TILES.items():
        tile = watcher.page.locator(f'[data-space="{space}"]')
        expect(tile).to_have_class(style)
        expect(tile.locator(".label")).to_have_text(label)


def test_room_in_treatment_says_until_when_and_each_task(watcher: Watcher) -> None:
    tile = watcher.page.locator('[data-space="a-203"]')
    until = tile.locator(".cap").inner_text().removeprefix(" · ").strip(" ·")
    assert len(until) == len("14:20")
    title = tile.get_attribute("title") or ""
    assert [
        part for part in (until, "Желдету", "Беттерді сүрту", "Өңдеуді күтуде") if part not in title
    ] == []


def test_untrusted_room_shows_no_number(watcher: Watcher) -> None:
    expect(watcher.page.locator('[data-space="b-301"] .n')).to_have_text("–")


def test_muted_alert_says_why_and_asks_for_nothing(watcher: Watcher) -> None:
    card = watcher.page.locator(watcher.card("shelved"))
    expect(card).to_have_class("card p2 muted")
    expect(card.locator(".why")).to_contain_text("Кейінге қалдырылды")
    expect(card.locator(".why")).to_contain_text("дейін")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(watcher.page.locator("#open-count")).to_have_text("4")
    assert watcher.page.title().startswith("(4) ")


def test_muted_alerts_of_one_kind_are_one_card(watcher: Watcher) -> None:
    card = watcher.page.locator('[data-alert="fold-muted-1"]')
    expect(card).to_contain_text("Бөлмені өңдеңіз: 3 жерде")
    expect(card).to_contain_text("түйіні үнсіз")
    expect(card).to_have_attribute("title", "B-101, B-102, B-103")


def test_drill_is_labelled_and_says_nothing_of_its_room(watcher: Watcher) -> None:
    expect(watcher.page.locator(watcher.card("drill")).locator(".drill")).to_have_text("ЖАТТЫҒУ")
    expect(watcher.page.locator(watcher.card("over-a-204")).locator(".drill")).to_be_hidden()
    expect(watcher.page.locator('[data-space="a-301"]')).to_have_class("tile treatment")


def test_corrected_alert_says_what_the_record_says_now(watcher: Watcher) -> None:
    expect(watcher.page.locator(watcher.card("late"))).to_contain_text("16 емес, 14 болған")


def test_silence_and_gap_come_and_go_without_a_reload(browser: Browser, board: ServedBoard) -> None:
    foot = Watcher(browser, board, language="ru").page.locator("#foot")
    expect(foot).to_be_hidden()
    board.write("silence", "quiet", 25, space="a-204", rule="co2-high")
    board.write("gap", "night", "over-capacity", "manager", "a", 10)
    expect(foot.locator("li")).to_have_count(2)
    expect(foot).to_contain_text("Некому сообщить: Заведующий зданием")
    expect(foot).to_contain_text("Проветрите: CO2 повышен · A-204")
    board.write("end", "silence", "quiet")
    board.write("end", "gap", "night")
    expect(foot).to_be_hidden()


def test_alert_that_becomes_muted_is_quiet_at_once(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board)
    board.write("alert", "x", "co2-high", 2, "B-304", 3, space="b-304")
    card = watcher.page.locator(watcher.card("x"))
    expect(card.get_by_role("button")).to_be_visible()
    board.write("alert", "x", "co2-high", 2, "B-304", 3, space="b-304", muted="silenced")
    expect(card).to_have_class("card p2 muted")
    watcher.page.keyboard.press("Digit1")
    expect(card).to_have_class("card p2 muted")


def test_only_what_is_told_makes_a_sound(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board)
    watcher.page.add_init_script(COUNT_TONES)
    watcher.open()
    watcher.page.click("#shift")
    page = watcher.page.locator("html")
    expect(page).to_have_attribute("data-tones", "1")
    board.write("alert", "m", "over-capacity", 1, "A-204", 2, space="a-204", muted="shelved")
    expect(watcher.page.locator(watcher.card("m"))).to_be_visible()
    # Two turns of the board's own clock, at which it would have sounded.
    before = watcher.page.locator("#clock").inner_text()
    expect(watcher.page.locator("#clock")).not_to_have_text(before)
    expect(watcher.page.locator("#clock")).not_to_have_text(watcher.page.locator("#clock").inner_text())
    expect(page).to_have_attribute("data-tones", "1")
    board.write("alert", "m", "over-capacity", 1, "A-204", 2, space="a-204")
    expect(page).not_to_have_attribute("data-tones", "1")


def test_board_stays_grey_while_rooms_are_treated_closed_and_held(
    browser: Browser, board: ServedBoard
) -> None:
    board.write("treating", "a-201", ("airing", "due"))
    board.write("space", "a-302", SpaceCondition.CLOSED, "outside-hours")
    board.write("space", "a-303", SpaceCondition.HOLD, "closed-by-person")
    board.write("silence", "quiet", 25, space="a-204")
    watcher = Watcher(browser, board)
    expect(watcher.page.locator('[data-space="a-303"]')).to_have_class("tile hold")
    assert watcher.coloured_pixels() == 0


def test_handover_fits_the_screen_and_is_signed(browser: Browser, busy: ServedBoard) -> None:
    page = Watcher(browser, busy).page
    for language in ("kk", "ru", "en"):
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{busy.address}/language/{language}?next=/handover")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (language, width)
    expect(page.locator("section:not([hidden])")).to_have_count(5)
    page.locator("form[action='/handover/read'] button").click()
    expect(page.get_by_role("status")).to_contain_text("Әсет")
