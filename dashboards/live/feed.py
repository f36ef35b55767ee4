"""Frames in, to every open stream out: a ring to resume from, a bounded queue a reader. Starts no thread."""

import queue
import secrets
import threading
from collections import deque
from typing import NamedTuple

#: Frames a returning reader can catch up on.
RING = 512
#: Frames a slow reader may lag behind before it is dropped; it comes back with Last-Event-ID.
LAG = 64


class Frame(NamedTuple):
    """One server-sent event, ready to be written."""

    id: str
    body: bytes


class TooManyStreams(Exception):
    """Every stream is taken; poll instead."""


class Reader:
    """One open stream's end of the feed."""

    def __init__(self) -> None:
        self._frames: queue.Queue[Frame | None] = queue.Queue(LAG)

    def next(self, timeout_s: float) -> Frame | None:
        """The next frame; None when the stream should end. Raises queue.Empty after `timeout_s`."""
        return self._frames.get(timeout=timeout_s)

    def offer(self, frame: Frame) -> bool:
        """Queue a frame; False when the reader lags too far behind."""
        try:
            self._frames.put_nowait(frame)
        except queue.Full:
            return False
        return True

    def end(self) -> None:
        """Make the stream end, whatever is still queued."""
        while True:
            try:
                self._frames.put_nowait(None)
                return
            except queue.Full:
                self._frames.get_nowait()


class Feed:
    """Hands each frame to every reader; thread-safe."""

    def __init__(self, max_streams: int) -> None:
        self._max = max_streams
        self._lock = threading.Lock()
        self._ring: deque[Frame] = deque(maxlen=RING)
        self._readers: set[Reader] = set()
        #: This life of the feed: a number from another one cannot be resumed.
        self._life = secrets.token_hex(4)
        self._count = 0
        self._closed = False
        self.dropped = 0

    @property
    def streams(self) -> int:
        """Open streams now."""
        return len(self._readers)

    def open(self) -> Reader:
        """A new reader, from now on. Raises TooManyStreams."""
        with self._lock:
            if len(self._readers) >= self._max or self._closed:
                raise TooManyStreams
            reader = Reader()
            self._readers.add(reader)
            return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        with self._lock:
            self._readers.discard(reader)

    def publish(self, event: str, data: bytes) -> Frame:
        """Serialise once, hand to all; a reader that lags is dropped."""
        with self._lock:
            self._count += 1
            frame = _frame(event, f"{self._life}-{self._count}", data)
            self._ring.append(frame)
            slow = [reader for reader in self._readers if not reader.offer(frame)]
            for reader in slow:
                self._readers.discard(reader)
                reader.end()
            self.dropped += len(slow)
            return frame

    def since(self, last_id: str) -> list[Frame] | None:
        """The frames after `last_id`; None when they are no longer all there."""
        with self._lock:
            life, _, number = last_id.partition("-")
            if life != self._life or not number.isdecimal():
                return None
            missed = self._count - int(number)
            if missed < 0 or missed > len(self._ring):
                return None
            return list(self._ring)[len(self._ring) - missed :]

    def position(self) -> str:
        """Where a reader would resume that knows everything published so far."""
        return f"{self._life}-{self._count}"

    @staticmethod
    def snapshot(position: str, data: bytes) -> Frame:
        """A frame for one reader alone, which resumes from `position` (asked for before the data were)."""
        return _frame("snapshot", position, data)

    def close(self) -> None:
        """End every stream and take no more."""
        with self._lock:
            self._closed = True
            for reader in self._readers:
                reader.end()


def _frame(event: str, number: str, data: bytes) -> Frame:
    return Frame(number, b"event: %s\nid: %s\ndata: %s\n\n" % (event.encode(), number.encode(), data))
