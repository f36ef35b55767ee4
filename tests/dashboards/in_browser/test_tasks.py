"""Tasks on a phone: two taps, no network, two people; and an alert taken, put aside and drilled."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.store import schema
from hub.store.database import opened, people_url
from hub.store.decisions import Decisions
from hub.store.errands import Errands
from tests.dashboards.browser import WAIT_MS, ServedBoard
from tests.dashboards.in_browser.looking import signed_in
from tests.dashboards.in_browser.test_pin import end_sittings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("tasks"))
    for scene in ("calm", "troubles", "regime"):
        served.write(scene)
    yield served
    served.close()


def phone(browser: Browser, board: ServedBoard, path: str, role: str = "manager") -> Page:
    """Somebody's phone, in Kazakh."""
    page = signed_in(browser, board, role).new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{board.address}/language/kk?next={path}")
    return page


def said(board: ServedBoard, space: str) -> list[tuple[str, int]]:
    with opened(people_url(board.data), schema.people) as people:
        return [(one.verb, one.at_ms) for one in Errands(people).since(0) if one.space == space]


def test_manager_closes_a_task_in_two_taps(browser: Browser, board: ServedBoard) -> None:
    # Nobody pressed Start: the hub saw when somebody went in, and nothing is asked.
    page = phone(browser, board, "/tasks")
    page.click("text=A-205 · Желдету")
    page.click("#do-done")
    expect(page.locator("#one-status")).to_contain_text("хаб тексеріп жатыр")
    expect(page.locator("#queue")).to_be_hidden()
    assert [verb for verb, _ in said(board, "a-205")] == ["done"]
    page.context.close()


def test_task_that_a_button_in_the_room_began_is_counted_for_everybody(
    browser: Browser, board: ServedBoard
) -> None:
    page = phone(browser, board, "/tasks/a-202/airing", "guard")
    # Begun twelve minutes before the board was written; ten were asked for.
    expect(page.locator("#left")).to_have_text(re.compile(r"^\+([2-9]|[1-5]\d):\d\d$"))
    expect(page.locator("#do-start")).to_be_hidden()
    page.context.close()


def test_signing_out_forgets_the_list_and_keeps_what_was_not_sent(
    browser: Browser, board: ServedBoard
) -> None:
    page = phone(browser, board, "/tasks/b-205/equipment")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    # In the page itself: a request of a page that a worker serves may pass a route set from outside.
    page.evaluate(
        """() => {
          const reach = window.fetch;
          window.fetch = (to, how) =>
            String(to).startsWith("/api/1/spaces/") ? Promise.reject(new TypeError("cut")) : reach(to, how);
        }"""
    )
    page.click("#do-take")
    expect(page.locator("#queue")).to_contain_text("1")
    page.click('form[action="/sign-out"] button')
    expect(page.locator("#kept")).to_contain_text("1")
    left = page.evaluate(
        """() => new Promise((done) => {
          const asked = indexedDB.open("kuzet-tasks", 1);
          asked.onsuccess = () => {
            const reading = asked.result.transaction(["saved", "taps"]);
            const counts = ["saved", "taps"].map((name) => reading.objectStore(name).count());
            reading.oncomplete = () => done(counts.map((one) => one.result));
          };
        })"""
    )
    assert left == [0, 1]
    page.context.close()


def test_early_end_is_asked_about_once_and_never_blocked(browser: Browser, board: ServedBoard) -> None:
    page = phone(browser, board, "/tasks/a-201/airing")
    page.click("#do-start")
    expect(page.locator("#left")).to_have_text(re.compile(r"^(10:00|9:\d\d)$"))
    page.reload()
    expect(page.locator("#left")).to_have_text(re.compile(r"^9:\d\d$"))
    page.click("#do-done")
    expect(page.locator("#early-why")).to_contain_text("кемінде 10 мин")
    page.click("#early-yes")
    expect(page.locator("#one-status")).to_contain_text("хаб тексеріп жатыр")
    page.context.close()


def test_tap_without_network_keeps_its_time_over_a_reload(browser: Browser, board: ServedBoard) -> None:
    page = phone(browser, board, "/tasks/a-203/airing")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # The server is gone: a browser told to be offline still lets a page's first request out over a reload.
    board.stop(signal.SIGKILL)
    before_ms = int(board.clock.now().timestamp() * 1000)
    page.click("#do-take")
    page.click("#do-start")
    expect(page.locator("#queue")).to_contain_text("2")
    expect(page.locator("#lost")).to_be_visible(timeout=WAIT_MS)
    after_ms = int(board.clock.now().timestamp() * 1000)
    page.reload()
    expect(page.locator("#queue")).to_contain_text("2")
    expect(page.locator("#log")).to_contain_text("жіберілмеді")
    expect(page.locator("#lost")).to_be_visible()
    assert said(board, "a-203") == []
    board.start()
    expect(page.locator("#queue")).to_be_hidden(timeout=WAIT_MS)
    expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)
    sent = said(board, "a-203")
    assert [verb for verb, _ in sent] == ["take", "start"]
    assert [before_ms - 1000 <= at_ms <= after_ms for _, at_ms in sent] == [True, True]
    page.context.close()


def test_two_phones_see_who_took_it_and_the_second_is_told(browser: Browser, board: ServedBoard) -> None:
    one, other = phone(browser, board, "/tasks/b-201/surfaces"), phone(browser, board, "/tasks", "admin")
    expect(other.locator('[data-key="b-201 surfaces"]')).to_be_visible()
    one.click("#do-take")
    expect(other.locator('[data-key="b-201 surfaces"]')).to_contain_text("look-manager барады")
    # The stream brought it: the page never had to ask.
    asked = other.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert f"{board.address}/api/1/state" not in asked
    # A tap made while the other's was not yet known here.
    other.evaluate(
        """() => fetch("/tasks/token").then((answer) => answer.json()).then(({ csrf }) =>
        fetch("/api/1/spaces/b-201/tasks/surfaces/take",
          { method: "POST", headers: { "X-CSRFToken": csrf } }))
        .then((answer) => { document.title = "refused " + answer.status; })"""
    )
    expect(other).to_have_title("refused 409")
    for page in (one, other):
        page.context.close()


def test_bar_of_a_sitting_that_is_over_stays_until_a_tap_is_taken(
    browser: Browser, board: ServedBoard
) -> None:
    page = phone(browser, board, "/tasks/b-202/airing")
    end_sittings(board.data)
    page.click("#do-take")
    expect(page.locator("#over")).to_be_visible()
    page.click("#back")
    # Who may not act any more may still read: the stream goes on, and says nothing of taps.
    board.write("due", "b-305", "airing")
    expect(page.locator('[data-key="b-305 airing"]')).to_be_visible()
    expect(page.locator("#over")).to_be_visible()
    assert said(board, "b-202") == []
    # Signed in again, in another tab: the tap goes out by itself.
    again = page.context.new_page()
    code = board.accounts.issue_one_time_code("look-manager", "manager")
    again.goto(f"{board.address}/sign-in?code={code}")
    again.click("button[type=submit]")
    expect(page.locator("#queue")).to_be_hidden()
    expect(page.locator("#over")).to_be_hidden()
    assert [verb for verb, _ in said(board, "b-202")] == ["take"]
    page.context.close()


def test_alert_is_put_aside_on_a_phone_and_the_inbox_follows(browser: Browser, board: ServedBoard) -> None:
    inbox = phone(browser, board, "/alerts", "guard")
    expect(inbox.locator("#fresh")).to_contain_text("A-H")
    inbox.click("text=A-H")
    inbox.click("#shelf summary")
    inbox.click("text=15 минутқа")
    expect(inbox.locator("#reason-wrong")).to_be_visible()
    inbox.fill("#reason", "термометр ауыстырылуда")
    inbox.click("text=15 минутқа")
    expect(inbox.locator(".saved")).to_be_visible()
    with opened(people_url(board.data), schema.people) as people:
        assert [one.kind for one in Decisions(people).since(0) if one.subject == "fever-a"] == ["shelve"]
    inbox.goto(f"{board.address}/alerts")
    board.write("alert", "co2-new", "co2-high", 2, "B-106", 0, space="b-106")
    expect(inbox.locator("#fresh")).to_contain_text("B-106")
    inbox.context.close()
