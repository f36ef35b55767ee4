"""One board in a headless Chromium, measured by the browser itself; for the benchmark of the board."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
_MANNERS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
#: A cheap computer on a campus network: a sixth of this processor, 10 Mbit/s, 40 ms.
_CPU_SHARE = 6
_BYTES_PER_S = 1_250_000
#: How often the page is asked what it shows, milliseconds.
_ASK_MS = 50
_NETWORK = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": _BYTES_PER_S,
    "uploadThroughput": _BYTES_PER_S,
}
_PAINT = """() => new Promise((done) => {
  let lcp = 0, cls = 0;
  const each = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  each("largest-contentful-paint", (e) => { lcp = e.startTime; });
  each("layout-shift", (e) => { if (!e.hadRecentInput) cls += e.value; });
  setTimeout(() => done({ lcp, cls }), 1500);
})"""
#: Notes the wall clock at the frame in which a tile's number is drawn.
_WATCH = """() => {
  window.kuzetSeen = {};
  const look = (records) => {
    const tileOf = (one) => one.target.parentElement?.closest?.(".tile")?.dataset.space;
    const rooms = new Set(records.map(tileOf).filter(Boolean));
    requestAnimationFrame(() => setTimeout(() => {
      const now = Date.now() / 1000;
      for (const room of rooms) (window.kuzetSeen[room] ??= []).push(now);
    }));
  };
  const observer = new MutationObserver(look);
  const drawn = { childList: true, characterData: true, subtree: true };
  for (const n of document.querySelectorAll(".tile .n")) observer.observe(n, drawn);
}"""


class BoardPage:
    """A signed-in board."""

    def __init__(self, context: Any, address: str) -> None:
        self._context = context
        self._address = address
        self._page = context.new_page()
        self._page.goto(address + "/board")
        self._page.wait_for_selector(".tile")
        self._tools = context.new_cdp_session(self._page)

    def first_loads(self, count: int) -> dict[str, Any]:
        """Weight and paint of loads with an empty cache, throttled; the median of `count`."""
        loads = [self._first_load() for _ in range(count)]
        return {
            "transfer_kb": round(max(one["bytes"] for one in loads) / 1024, 1),
            "script_kb": round(max(one["script"] for one in loads) / 1024, 1),
            "lcp_ms": round(statistics.median(one["lcp"] for one in loads)),
            "lcp_worst_ms": round(max(one["lcp"] for one in loads)),
            "cls": round(max(one["cls"] for one in loads), 4),
            "loads": count,
        }

    def watch_tiles(self) -> None:
        """Note from now on when each tile's number is drawn."""
        self._page.evaluate(_WATCH)

    def seen_tiles(self) -> dict[str, list[float]]:
        """When each room's number was drawn, seconds since 1970."""
        found: dict[str, list[float]] = self._page.evaluate("window.kuzetSeen")
        return found

    def heap(self) -> dict[str, float]:
        """Used heap after a collection, MB, and nodes of the page."""
        self._tools.send("HeapProfiler.collectGarbage")
        self._tools.send("Performance.enable")
        metrics = {one["name"]: one["value"] for one in self._tools.send("Performance.getMetrics")["metrics"]}
        return {"heap_mb": metrics["JSHeapUsedSize"] / 1e6, "nodes": metrics["Nodes"]}

    def wait_lost(self, within_s: float) -> float:
        """Seconds until the banner says that the feed is lost."""
        return self._wait("!document.getElementById('lost').hidden", within_s)

    def wait_live(self, within_s: float) -> float:
        """Seconds until the board is live again."""
        return self._wait("document.getElementById('lost').hidden", within_s)

    def _wait(self, condition: str, within_s: float) -> float:
        began = self._page.evaluate("performance.now()")
        # By asking again from here: the page's policy lets nothing be evaluated inside it.
        waited_s = 0.0
        while not self._page.evaluate(condition):
            waited_s = float(self._page.evaluate("performance.now()") - began) / 1000
            if waited_s > within_s:
                raise TimeoutError(f"after {within_s:g} s it was still not so: {condition}")
            self._page.wait_for_timeout(_ASK_MS)
        return round(waited_s, 2)

    def _first_load(self) -> dict[str, float]:
        page = self._context.new_page()
        tools = self._context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        total = {"bytes": 0.0, "script": 0.0}

        def finished(event: dict[str, Any]) -> None:
            total["bytes"] += event["encodedDataLength"]
            total["script"] += event["encodedDataLength"] if kinds.get(event["requestId"]) == "Script" else 0

        tools.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        tools.on("Network.loadingFinished", finished)
        tools.send("Network.enable")
        tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        tools.send("Network.emulateNetworkConditions", _NETWORK)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": _CPU_SHARE})
        page.goto(self._address + "/board")
        page.wait_for_selector(".tile")
        paint = page.evaluate(_PAINT)
        page.close()
        return {**total, **paint}


@contextmanager
def chromium_page(address: str, code: str) -> Iterator[BoardPage]:
    """A board signed in by a one-time code. Raises OSError or ImportError that say what to install."""
    if not CHROMIUM.exists():
        raise FileNotFoundError(f"{CHROMIUM} is missing: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ImportError("the benchmark needs playwright: make .venv/installed-dev") from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_MANNERS)
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="kk-KZ")
        page = context.new_page()
        page.goto(f"{address}/sign-in?code={code}")
        page.click("button[type=submit]")
        page.wait_for_selector(".tile")
        page.close()
        yield BoardPage(context, address)
        browser.close()
