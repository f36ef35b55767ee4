"""The live feed over HTTP: one snapshot or the frames missed, then every change and a heartbeat."""

import queue
from collections.abc import Callable, Iterator

import msgspec
from flask import Response, request

from dashboards.access.gate import look_again
from dashboards.api.problems import problem
from dashboards.live.feed import Feed, Reader, TooManyStreams
from dashboards.services import Services, services

#: Heartbeats between two looks at whether the reader is still signed in: half a minute.
_LOOK_EVERY = 6


def live() -> Response:
    """Open a stream; 503 when all are taken, and the client polls."""
    here = services()
    try:
        reader = here.feed.open()
    except TooManyStreams:
        return problem(503, "streams", "Every stream is taken; poll /api/1/state.", retry_after_s=5)
    last_id = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    body = _Stream(here, reader, last_id, look_again())
    answer = Response(body, content_type="text/event-stream", direct_passthrough=True)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


class _Stream:
    """What the server iterates; `close` gives the place back even when nothing was ever sent."""

    def __init__(self, here: Services, reader: Reader, last_id: str, is_let_in: Callable[[], bool]) -> None:
        self._feed: Feed = here.feed
        self._reader = reader
        self._frames = _frames(here, reader, last_id, is_let_in)

    def __iter__(self) -> Iterator[bytes]:
        return self._frames

    def close(self) -> None:
        self._feed.leave(self._reader)


def _frames(here: Services, reader: Reader, last_id: str, is_let_in: Callable[[], bool]) -> Iterator[bytes]:
    yield b"retry: 2000\n\n"
    missed = here.feed.since(last_id) if last_id else None
    if missed is None:
        position = here.feed.position()
        missed = [Feed.snapshot(position, here.publisher.snapshot())]
    for one in missed:
        yield one.body
    beats, due_s = 0, 0.0
    while True:
        now_s = here.clock.monotonic()
        if now_s >= due_s:
            if beats % _LOOK_EVERY == _LOOK_EVERY - 1 and not is_let_in():
                return
            yield _heartbeat(here)
            beats, due_s = beats + 1, now_s + here.settings.heartbeat_s
        try:
            frame = reader.next(max(0.0, due_s - here.clock.monotonic()))
        except queue.Empty:
            continue
        if frame is None:
            return
        yield frame.body


def _heartbeat(here: Services) -> bytes:
    return b"event: heartbeat\ndata: %s\n\n" % msgspec.json.encode({"now": here.clock.now()})
