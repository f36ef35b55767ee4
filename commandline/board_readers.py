"""Many boards' streams at once, each noting when a room's change came; for the benchmark of the board."""

import asyncio
import http.cookiejar
import json
import re
import threading
import urllib.parse
import urllib.request
from typing import Any

from protocol.clock import SystemClock

#: How long all readers together may take to connect, seconds.
CONNECT_S = 60.0


class BoardReaders:
    """As many readers of the live feed as asked for, on one loop in a thread of its own."""

    def __init__(self, address: str, code: str) -> None:
        parts = urllib.parse.urlsplit(address)
        assert parts.hostname is not None
        self._host, self._port = parts.hostname, parts.port
        self._cookie = _signed_in(address, code)
        self._clock = SystemClock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="readers", daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._heard: list[dict[str, list[float]]] = []

    def open(self, count: int) -> None:
        """Connect, and wait until every reader has its snapshot. Raises TimeoutError after a minute."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(count), self._loop).result(CONNECT_S)

    def heard(self) -> list[dict[str, list[float]]]:
        """For each reader that heard anything: when each room's changes came, seconds since 1970."""
        return [own for own in self._heard if own]

    def close(self) -> None:
        """Hang up."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(CONNECT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self, count: int) -> None:
        ready = [asyncio.Event() for _ in range(count)]
        for event in ready:
            own: dict[str, list[float]] = {}
            self._heard.append(own)
            self._tasks.append(asyncio.create_task(self._read(own, event)))
        await asyncio.gather(*(event.wait() for event in ready))

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, own: dict[str, list[float]], ready: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=1 << 22)
        lines = (
            "GET /api/1/live HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            f"Cookie: {self._cookie}",
            "Accept: text/event-stream",
        )
        writer.write("\r\n".join((*lines, "", "")).encode())
        kind = b""
        try:
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    kind = line[7:].strip()
                elif line.startswith(b"data: ") and kind == b"snapshot":
                    ready.set()
                elif line.startswith(b"data: ") and kind == b"change":
                    now_s = self._clock.now().timestamp()
                    # Only the ids: three hundred readers must not spend the machine on decoding.
                    for space in re.findall(rb'"space":"([a-z0-9-]+)","state"', line):
                        own.setdefault(space.decode(), []).append(now_s)
        finally:
            writer.close()


def _signed_in(address: str, code: str) -> str:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(f"{address}/sign-in?code={code}") as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token is not None
    form: dict[str, Any] = {"csrf_token": token[1], "code": code, "shown_name": "", "next": "/board"}
    with browser.open(f"{address}/sign-in", urllib.parse.urlencode(form).encode()):
        pass
    cookies = "; ".join(f"{one.name}={one.value}" for one in jar)
    with browser.open(f"{address}/api/1/state") as answer:
        json.load(answer)
    return cookies
