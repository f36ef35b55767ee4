"""A served board and a real browser before it, for the tests marked `browser`."""

import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hub.store import schema
from hub.store.accounts import Accounts
from hub.store.database import open_database, people_url
from protocol.clock import SystemClock
from tests.dashboards.campus_board import CampusBoard

CHROMIUM = Path("/usr/bin/chromium")
#: Headless in a container, and silent: a browser that updates itself would ask other origins.
_MANNERS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Deadlines only end a test that has failed: a busy machine takes its time.
_START_S = 60.0
WAIT_MS = 60_000
expect.set_options(timeout=20_000)
#: Pixels whose channels differ by more are coloured; our greys differ by at most 19.
_COUNT_COLOURED = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 24) coloured += 1;
  }
  return coloured;
}"""
#: What does not fit, or lies upon something else, as readable lines.
_MISFITS = """() => {
  const misfits = [];
  const shown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  for (const e of document.querySelectorAll(".top *, .tools *, .card, .card *, .tile, .tile *, h1, h2, h3")) {
    if (!shown(e) || getComputedStyle(e).display.startsWith("inline") || e.tagName === "INPUT") continue;
    const isClipped = e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0;
    if (isClipped) misfits.push("clipped " + e.className + " " + e.textContent);
  }
  for (const tile of document.querySelectorAll(".tile")) {
    const boxes = [...tile.children].filter(shown).map((e) => e.getBoundingClientRect());
    const parts = boxes.filter((box) => box.width && box.height);
    for (const x of parts) for (const y of parts) {
      const isBeside = x.right <= y.left + 1 || y.right <= x.left + 1;
      const isApart = isBeside || x.bottom <= y.top + 1 || y.bottom <= x.top + 1;
      if (x !== y && !isApart) misfits.push("collision in " + tile.textContent);
    }
  }
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth) misfits.push("page too wide");
  if (innerWidth >= 900 && page.scrollHeight > innerHeight) misfits.push("page too high");
  for (const e of [document.getElementById("campus"), document.getElementById("cards")]) {
    if (innerWidth >= 900 && e.scrollHeight > e.clientHeight) misfits.push(e.id + " scrolls");
  }
  return misfits;
}"""

#: Short labels of the catalogue that are wider than a tile, each tried in one.
_WIDE_LABELS = """() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const values = { n: "12", time: "20:49", age: "59 мин" };
  const label = document.querySelector('[data-space="a-204"] .label');
  return Object.keys(words).filter((key) => key.startsWith("tile.") && !key.startsWith("tile.part."))
    .map((key) => words[key].replace(/\\{(\\w+)\\}/g, (whole, name) => values[name]))
    .filter((text) => { label.textContent = text; return label.scrollWidth > label.clientWidth + 1; });
}"""


class ServedBoard:
    """The dashboards over a data directory, served by the real command, and the campus it shows."""

    def __init__(self, data: Path, *extra: str) -> None:
        self.clock = SystemClock()
        self.data = data
        self.campus = CampusBoard(data, self.clock.now())
        self._people = open_database(people_url(data), schema.people)
        self.accounts = Accounts(self._people, clock=self.clock)
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._extra = extra
        self._is_pulsing = threading.Event()
        self._has_ended = threading.Event()
        self._lock = threading.Lock()
        self.start_pulse()
        self.process: subprocess.Popen[bytes]
        self.start()

    def start_pulse(self) -> None:
        """The hub lives, until it falls silent."""
        self._has_ended.clear()
        self._pulse = threading.Thread(target=self._keep_pulsing, daemon=True)
        self._pulse.start()

    def stop_pulse(self) -> None:
        """The hub falls silent."""
        with self._lock:
            self._has_ended.set()
        self._pulse.join()

    def freeze(self) -> None:
        """The server hangs with every connection open."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def stop(self, number: int = signal.SIGTERM, within_s: float = _START_S) -> None:
        """End the server: SIGKILL all of it, or ask its master as a supervisor would."""
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(within_s)

    def close(self) -> None:
        """End everything."""
        self.stop_pulse()
        if self.process.poll() is None:
            self.stop()
        self.campus.engine.dispose()
        self._people.dispose()

    def write(self, tell: str, *words: Any, **fields: Any) -> None:
        """Call the campus board from the test, not while the pulse writes."""
        with self._lock:
            getattr(self.campus, tell)(*words, **fields)

    def hang_sign(self, token: str, space: str) -> None:
        """A screen at a door, under a token that a test can name."""
        with self._people.begin() as connection:
            connection.execute(schema.sign.insert().values(token=token, space=space, note="", created_ms=0))

    def start(self) -> None:
        """Start the server on its port."""
        command = [sys.executable, "-m", "kuzet", "web", "run", "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self._extra], start_new_session=True
        )
        deadline = self.clock.monotonic() + _START_S
        while self.clock.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.address + "/sign-in", timeout=_START_S):
                    return
            except (urllib.error.URLError, ConnectionError):
                self._has_ended.wait(0.1)
        raise AssertionError(f"the dashboards did not start within {_START_S} s")

    def _keep_pulsing(self) -> None:
        while not self._has_ended.wait(1.0):
            with self._lock:
                if not self._has_ended.is_set():
                    self.campus.pulse(self.clock.now())


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser; missing, it is a fault in CI and a skip elsewhere."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is missing: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_MANNERS)
        yield browser
        browser.close()


def listened(page: Page) -> tuple[list[str], list[str]]:
    """What the page's console says and what it asks for, as they come."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    return said, asked


class Watcher:
    """A person before a board: one browser context, everything it said and asked for kept."""

    #: Those whose board is still on, oldest first.
    present: ClassVar[list["Watcher"]] = []

    def __init__(
        self, browser: Browser, board: ServedBoard, name: str = "Әсет", language: str = "kk"
    ) -> None:
        self.board = board
        self._context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ru-RU")
        self.present.append(self)
        self.page: Page = self._context.new_page()
        self.said, self.asked = listened(self.page)
        code = board.accounts.issue_one_time_code(f"guard-{name}", "guard")
        self.page.goto(f"{board.address}/sign-in?code={code}")
        self.page.fill("input[name=shown_name]", name)
        self.page.click("button[type=submit]")
        self.open(language)

    def open(self, language: str = "kk", width: int = 1366, height: int = 768) -> None:
        """The board in a language and size, drawn, with its fonts."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(f"{self.board.address}/language/{language}?next=/board")
        self.page.wait_for_selector("html[data-ready] .tile")
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def leave(self) -> None:
        """Switch the board off: it asks for nothing any more, and draws nothing."""
        self.present.remove(self)
        self._context.close()

    def coloured_pixels(self) -> int:
        """How much of the screen is not grey."""
        png = base64.b64encode(self.page.screenshot()).decode()
        blank = self.page.context.new_page()
        count = blank.evaluate(_COUNT_COLOURED, png)
        blank.close()
        return int(count)

    def misfits(self) -> list[str]:
        """What is clipped, collides, or does not fit the screen."""
        found: list[str] = self.page.evaluate(_MISFITS)
        return found

    def wide_labels(self) -> list[str]:
        """Labels that a tile of the worst kind has no room for."""
        found: list[str] = self.page.evaluate(_WIDE_LABELS)
        return found

    def card(self, alert: str) -> str:
        """The CSS of an alarm's card."""
        return f'[data-alert="{alert}"]'


def stand_still(page: Page) -> None:
    """From now on time passes for this page only as it is told; its clock was installed before it opened."""
    now = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)
    # Far enough ahead that the page is not there yet.
    page.clock.pause_at(now + timedelta(minutes=2))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
