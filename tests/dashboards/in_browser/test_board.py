"""The board as the guard has it: a real browser, the real server, real stores."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from protocol.messages import AlertState
from tests.dashboards.browser import WAIT_MS, ServedBoard, Watcher, stand_still

pytestmark = pytest.mark.browser


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path)
    served.write("calm")
    yield served
    served.close()


@pytest.fixture
def troubled(board: ServedBoard) -> ServedBoard:
    board.write("troubles")
    return board


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    """A troubled board that the tests sharing it only look at."""
    served = ServedBoard(tmp_path_factory.mktemp("steady"))
    served.write("calm")
    served.write("troubles")
    yield served
    served.close()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_sixty_rooms_and_three_alarms_fit_the_screen(
    browser: Browser, steady: ServedBoard, language: str
) -> None:
    watcher = Watcher(browser, steady, language=language)
    expect(watcher.page.locator(".tile")).to_have_count(60)
    expect(watcher.page.locator(".card")).to_have_count(3)
    assert watcher.page.locator("html").get_attribute("lang") == language
    assert watcher.misfits() == []
    assert watcher.said == []


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 800), (1024, 768), (390, 844)], ids=["tablet", "small tablet", "phone"]
)
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_board_is_usable_on_smaller_screens(
    browser: Browser, steady: ServedBoard, language: str, width: int, height: int
) -> None:
    watcher = Watcher(browser, steady)
    watcher.open(language, width, height)
    assert watcher.misfits() == []


def test_calm_board_has_no_colour_and_says_when_it_last_looked(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board)
    calm = watcher.page.locator("#calm")
    expect(calm).to_contain_text("Ашық дабыл жоқ")
    before = calm.inner_text()
    expect(calm).not_to_have_text(before)
    assert watcher.coloured_pixels() == 0


def test_alarms_have_colour(browser: Browser, steady: ServedBoard) -> None:
    assert Watcher(browser, steady).coloured_pixels() > 1000


def test_unknown_room_shows_no_number(browser: Browser, steady: ServedBoard) -> None:
    page = Watcher(browser, steady).page
    tile = page.locator('[data-space="a-104"]')
    expect(tile).to_have_class("tile unknown")
    expect(tile.locator(".n")).to_have_text("–")
    # As it was told, and a little older by now.
    expect(tile.locator(".label")).to_have_text(re.compile(r"^Ескі ([7-9]|[1-5]\d) мин$"))


def test_key_one_acknowledges_the_most_pressing_alarm_and_it_stays_so(
    browser: Browser, troubled: ServedBoard
) -> None:
    watcher = Watcher(browser, troubled)
    card = watcher.page.locator(watcher.card("over-a-204"))
    expect(card.locator("kbd")).to_have_text("1")
    watcher.page.keyboard.press("Digit1")
    expect(card).to_have_class("card p1 acked")
    expect(card).to_contain_text("Әсет қабылдады")
    watcher.page.reload()
    expect(watcher.page.locator(watcher.card("over-a-204"))).to_have_class("card p1 acked")


def test_key_keeps_its_alarm_when_a_worse_one_arrives(browser: Browser, troubled: ServedBoard) -> None:
    watcher = Watcher(browser, troubled)
    troubled.write("alert", "newer", "over-capacity", 1, "B-101", 9, space="b-101", value=90, limit=80)
    newest = watcher.page.locator(".card").first
    expect(newest).to_have_attribute("data-alert", "newer")
    expect(newest.locator("kbd")).to_have_text("4")
    expect(watcher.page.locator(watcher.card("over-a-204")).locator("kbd")).to_have_text("1")


def test_key_stays_with_its_alarm_over_a_reload_and_on_another_screen(
    browser: Browser, troubled: ServedBoard
) -> None:
    watcher = Watcher(browser, troubled)
    troubled.write("alert", "newer", "over-capacity", 1, "B-101", 9, space="b-101", value=90, limit=80)
    expect(watcher.page.locator(".card")).to_have_count(4)
    # `newer` came last and stands first.
    before = _keys(watcher)
    watcher.page.keyboard.press("Digit1")
    expect(watcher.page.locator(watcher.card("over-a-204"))).to_have_class("card p1 acked")
    del before["over-a-204"]
    watcher.page.reload()
    expect(watcher.page.locator(".card.acked")).to_have_count(1)
    assert before == {"newer": "4", "fever-a": "2", "silent": "3"}
    assert (_keys(watcher), _keys(Watcher(browser, troubled, name="Айгүл"))) == (before, before)


def test_key_that_has_just_come_to_mean_another_alarm_takes_nothing(
    browser: Browser, troubled: ServedBoard
) -> None:
    watcher = Watcher(browser, troubled)
    watcher.page.clock.install()
    watcher.open()
    stand_still(watcher.page)
    troubled.write("close", "over-a-204")
    troubled.write("alert", "newer", "over-capacity", 1, "B-101", 0, space="b-101", digit=1)
    newer = watcher.page.locator(watcher.card("newer"))
    expect(newer.locator("kbd")).to_have_text("1")
    watcher.page.clock.run_for(1900)
    watcher.page.keyboard.press("Digit1")
    expect(newer).to_have_class("card p1")
    watcher.page.clock.run_for(200)
    watcher.page.keyboard.press("Digit1")
    expect(newer).to_have_class("card p1 acked")
    assert len([url for url in watcher.asked if url.endswith("/ack")]) == 1


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_dense_rail_says_the_clause_of_every_alarm(
    browser: Browser, troubled: ServedBoard, language: str
) -> None:
    troubled.write("alert", "newer", "over-capacity", 1, "B-101", 600, space="b-101", value=190, limit=180)
    watcher = Watcher(browser, troubled, language=language)
    expect(watcher.page.locator("#cards.dense .card")).to_have_count(4)
    expect(watcher.page.locator(".card .limit")).to_have_text(["§71", "§71", "§35", "§35"])
    expect(watcher.page.locator(".card .limit:visible")).to_have_count(4)
    assert watcher.misfits() == []


def test_digit_typed_into_the_search_acknowledges_nothing(browser: Browser, steady: ServedBoard) -> None:
    watcher = Watcher(browser, steady)
    watcher.page.keyboard.press("Slash")
    watcher.page.keyboard.press("Digit1")
    expect(watcher.page.locator("#search")).to_have_value("1")
    expect(watcher.page.locator(".card.acked")).to_have_count(0)


def test_search_finds_a_latin_code_typed_in_cyrillic(browser: Browser, steady: ServedBoard) -> None:
    watcher = Watcher(browser, steady)
    watcher.page.fill("#search", "А-204")
    expect(watcher.page.locator(".tile:not(.away) .code")).to_have_text(["A-204"])


def test_filter_leaves_what_is_not_normal_in_its_place(browser: Browser, steady: ServedBoard) -> None:
    watcher = Watcher(browser, steady)
    tile = watcher.page.locator('[data-space="a-204"]')
    before = tile.bounding_box()
    watcher.page.click("[data-show=abnormal]")
    expect(watcher.page.locator('[data-space="a-101"]')).not_to_be_visible()
    assert tile.bounding_box() == before


def test_acknowledgement_that_cannot_be_sent_comes_back(browser: Browser, steady: ServedBoard) -> None:
    watcher = Watcher(browser, steady)
    watcher.page.route("**/ack", lambda route: route.abort())
    card = watcher.page.locator(watcher.card("over-a-204"))
    card.get_by_role("button").click()
    expect(card).to_contain_text("Жіберілмеді")
    expect(card).to_have_class("card p1")


def test_second_board_sees_who_acknowledged(browser: Browser, troubled: ServedBoard) -> None:
    first, second = Watcher(browser, troubled), Watcher(browser, troubled, name="Айгүл")
    first.page.keyboard.press("Numpad1")
    expect(second.page.locator(second.card("over-a-204"))).to_contain_text("Әсет қабылдады")


def test_board_follows_the_campus_without_a_reload(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board)
    board.write("full", "a-204", 18, 15)
    tile = watcher.page.locator('[data-space="a-204"]')
    expect(tile).to_have_class("tile p1")
    expect(tile.locator(".n")).to_have_text("18")


def test_alarm_that_is_over_stays_until_somebody_has_seen_it(browser: Browser, troubled: ServedBoard) -> None:
    watcher = Watcher(browser, troubled)
    troubled.write(
        "alert", "over-a-204", "over-capacity", 1, "A-204", 2, space="a-204", state=AlertState.RESOLVED
    )
    expect(watcher.page.locator(watcher.card("over-a-204"))).to_contain_text("Қалпына келді")
    troubled.write("close", "over-a-204")
    expect(watcher.page.locator(watcher.card("over-a-204"))).to_have_count(0)


def test_silent_hub_blackens_the_board_and_takes_its_colour(browser: Browser, troubled: ServedBoard) -> None:
    watcher = Watcher(browser, troubled)
    troubled.stop_pulse()
    banner = watcher.page.locator("#lost")
    expect(banner).to_be_visible(timeout=WAIT_MS)
    expect(banner).to_contain_text("Байланыс үзілді · соңғы деректер")
    assert watcher.coloured_pixels() == 0


def test_dead_server_blackens_the_board_and_its_return_clears_it(
    browser: Browser, troubled: ServedBoard
) -> None:
    watcher = Watcher(browser, troubled)
    troubled.stop(signal.SIGKILL)
    banner = watcher.page.locator("#lost")
    expect(banner).to_be_visible(timeout=WAIT_MS)
    troubled.start()
    expect(banner).to_be_hidden(timeout=WAIT_MS)


def test_hung_server_blackens_the_board(browser: Browser, troubled: ServedBoard) -> None:
    """Nothing closes the connection: only the watchdog can tell."""
    watcher = Watcher(browser, troubled)
    troubled.freeze()
    expect(watcher.page.locator("#lost")).to_be_visible(timeout=WAIT_MS)
    troubled.stop(signal.SIGKILL)


def test_board_polls_when_every_stream_is_taken(browser: Browser, tmp_path: Path) -> None:
    served = ServedBoard(tmp_path, "--max-streams", "0")
    try:
        served.write("calm")
        watcher = Watcher(browser, served)
        expect(watcher.page.locator("#link")).to_have_attribute("data-link", "poll")
        served.write("full", "a-204", 18, 15)
        expect(watcher.page.locator('[data-space="a-204"]')).to_have_class("tile p1")
    finally:
        served.close()


def test_ended_session_leaves_the_board_readable(browser: Browser, troubled: ServedBoard) -> None:
    watcher = Watcher(browser, troubled)
    page = watcher.page
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    troubled.accounts.disable("guard-Әсет")
    page.keyboard.press("Digit1")
    expect(page.locator("#over")).to_be_visible()
    for _ in range(2):  # The board looks at itself each second, and the stream let in before may still speak.
        shown = page.locator("#clock").inner_text()
        page.wait_for_function("shown => document.getElementById('clock').textContent !== shown", arg=shown)
    expect(page.locator("#over")).to_be_visible()
    expect(watcher.page.locator(".tile")).to_have_count(60)


def test_shift_starts_with_one_button(browser: Browser, steady: ServedBoard) -> None:
    watcher = Watcher(browser, steady)
    expect(watcher.page.locator("#sound")).to_contain_text("Дыбыс өшірулі")
    watcher.page.click("#shift")
    expect(watcher.page.locator("#sound")).to_contain_text("Дыбыс қосулы")


def test_board_asks_no_other_origin(browser: Browser, troubled: ServedBoard) -> None:
    watcher = Watcher(browser, troubled)
    watcher.page.keyboard.press("Digit1")
    expect(watcher.page.locator(".card.acked")).to_have_count(1)
    assert [url for url in watcher.asked if not url.startswith(troubled.address)] == []


def test_server_ends_by_itself_while_boards_are_open(
    browser: Browser, board: ServedBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    watchers = [Watcher(browser, board, name=f"n{number}") for number in range(3)]
    for watcher in watchers:
        expect(watcher.page.locator("#link")).to_have_attribute("data-link", "live")
    board.stop(signal.SIGTERM)
    assert board.process.returncode == 0
    # Whoever has not ended in three seconds is killed.
    assert "SIGKILL" not in capfd.readouterr().err


def _keys(watcher: Watcher) -> dict[str, str]:
    """The key beside each alarm that has one."""
    cards = watcher.page.locator(".card:has(kbd:visible)").all()
    return {str(card.get_attribute("data-alert")): card.locator("kbd").inner_text() for card in cards}
