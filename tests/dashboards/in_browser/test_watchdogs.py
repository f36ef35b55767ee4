"""When a page says that it hears nothing: by its own clock, which goes as we say on any machine."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboards.browser import ServedBoard, Watcher, stand_still

pytestmark = pytest.mark.browser
#: The promise is 13 s, and nothing is said before the hub's 12 s are over.
TOO_EARLY_MS, PROMISED_MS = 11_000, 13_000
#: A stream that was let in and says only what a test has it say.
STREAM = """
window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor() { super(); window.stream = this; }
  close() { this.readyState = 2; }
  say(kind, data) { this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) })); }
};
"""
#: What a page that is drawn once is told when it asks: of a hub that has fallen silent, or soon nothing.
SILENT_HUB = """
let began;
const reach = window.fetch;
window.fetch = (to, how) => {
  if (to !== "/healthz") return reach(to, how);
  began ??= performance.now();
  return Promise.resolve({ json: async () => ({ hub_age_s: (performance.now() - began) / 1000 }) });
};
"""
SILENT_SERVER = """
let asked = 0;
const reach = window.fetch;
window.fetch = (to, how) => {
  if (to !== "/healthz") return reach(to, how);
  asked += 1;
  const answer = { json: async () => ({ hub_age_s: 0 }) };
  return asked === 1 ? Promise.resolve(answer) : Promise.reject(new TypeError("cut"));
};
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("watchdogs"))
    served.write("calm")
    yield served
    served.close()


@pytest.fixture
def page(browser: Browser, board: ServedBoard) -> Page:
    """Somebody's page, whose time stands still unless it is told to pass."""
    page = Watcher(browser, board).page
    page.clock.install()
    return page


def say(page: Page, kind: str, after_s: float, **more: object) -> None:
    """The stream says something, so long after the page was made."""
    page.evaluate(
        """([kind, after_s, more]) => {
          const { now } = JSON.parse(document.getElementById("state").textContent);
          window.stream.say(kind, { now: new Date(Date.parse(now) + after_s * 1000).toISOString(), ...more });
        }""",
        [kind, after_s, more],
    )


def begin_board(page: Page, board: ServedBoard) -> None:
    """The board with a stream that says nothing by itself, its time stood still, all well."""
    page.add_init_script(STREAM)
    page.goto(f"{board.address}/board")
    page.wait_for_selector("html[data-ready] .tile")
    stand_still(page)
    say(page, "heartbeat", 0)
    page.clock.run_for(1000)
    expect(page.locator("#lost")).to_be_hidden()


def test_board_whose_stream_is_silent_says_so_in_time(page: Page, board: ServedBoard) -> None:
    begin_board(page, board)
    page.clock.run_for(TOO_EARLY_MS - 1000)
    expect(page.locator("#lost")).to_be_hidden()
    page.clock.run_for(PROMISED_MS - TOO_EARLY_MS)
    expect(page.locator("#lost")).to_be_visible()
    say(page, "heartbeat", 0)
    page.clock.run_for(1000)
    expect(page.locator("#lost")).to_be_hidden()


def test_board_whose_hub_is_silent_says_so_in_time(page: Page, board: ServedBoard) -> None:
    begin_board(page, board)
    for after_s, passed_ms in ((5, 4000), (10, 5000)):
        page.clock.run_for(passed_ms)
        say(page, "heartbeat", after_s)
    expect(page.locator("#lost")).to_be_hidden()
    page.clock.run_for(PROMISED_MS - 10_000)
    expect(page.locator("#lost")).to_contain_text("Хаб жауап бермейді")


@pytest.mark.parametrize(
    ("server", "said"), [(SILENT_HUB, "Хаб үнсіз"), (SILENT_SERVER, "Сервер үнсіз")], ids=["hub", "server"]
)
def test_page_that_is_drawn_once_says_in_time_who_is_silent(
    page: Page, board: ServedBoard, server: str, said: str
) -> None:
    page.add_init_script(server)
    page.clock.pause_at(board.clock.now() + timedelta(hours=1))
    page.goto(f"{board.address}/handover")
    expect(page.locator("main h1")).to_be_visible()
    page.clock.run_for(TOO_EARLY_MS)
    expect(page.locator("#hub")).to_be_hidden()
    page.clock.run_for(PROMISED_MS - TOO_EARLY_MS)
    expect(page.locator("#hub")).to_contain_text(said)
