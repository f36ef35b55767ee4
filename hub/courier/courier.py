"""One step of the courier: take over what is new, hear the workers, kill the late, send what is due."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from hub.alerts.notification import Notification
from hub.courier.book import Book, Waiting, milliseconds
from hub.courier.config import DEAD_MAN, Post, Receivers
from hub.courier.dead_man import DeadMan
from hub.courier.hub_rows import HubRows, Pulse
from hub.courier.pace import LONGEST_ASKED_MS, WINDOW_MS, may_begin, wait_ms
from hub.courier.wording import Told, Wording
from hub.courier.worker_process import Worker
from hub.errors import StoreError
from hub.receivers.message import Outcome, Sent
from hub.receivers.worker import Order
from protocol.clock import Clock

log = logging.getLogger(__name__)
#: Most notifications taken over in one transaction, and most carried by one digest.
TAKEN, CARRIED = 500, 60
#: A pulse older than this is no longer the hub's life, seconds; it beats every second.
PULSE_FRESH_S = 30.0
#: So often at least, seconds: the hub's file is asked though nothing shows that it has changed.
LOOK_S = 1.0
#: A worker that had nothing to do for so long is ended: it holds 25 to 60 MB.
IDLE_S = 600.0


@dataclass(slots=True)
class _Line:
    """A receiver and its worker."""

    post: Post
    worker: Worker
    #: The attempt under way, and when it began (monotonic).
    attempt: int | None = None
    began_s: float = 0.0


class Courier:
    """Carries notifications; holds nothing that is not in its book but what is under way."""

    def __init__(
        self,
        *,
        hub: HubRows,
        book: Book,
        receivers: Receivers,
        wording: Wording,
        clock: Clock,
        chance: Callable[[], float],
        make_worker: Callable[[Order], Worker],
    ) -> None:
        self._hub, self._book, self._wording = hub, book, wording
        self._config = receivers.config
        self._clock, self._chance = clock, chance
        self._lines = {name: _Line(post, make_worker(post.order)) for name, post in receivers.posts.items()}
        switch = receivers.switch
        self._dead_man = DeadMan(switch, make_worker) if switch is not None else None
        self._pulse: Pulse | None = None
        self._hub_fault: str | None = None
        self._mark = book.cursor()
        self._stamp: tuple[int, ...] = ()
        self._looked_s = float("-inf")
        self._recover()

    def step(self, now: datetime) -> None:
        """Do what can be done now, waiting for nobody. Raises StoreError when the book cannot be written."""
        now_ms, now_s = milliseconds(now), self._clock.monotonic()
        self._hear(now_ms, now_s)
        self._look_at_hub(now_ms, now_s)
        for name in sorted(self._book.receivers_waited_for() & self._lines.keys()):
            self._send(self._lines[name], now_ms, now_s)
        self._end_idle(now_s)
        self._step_dead_man(now, now_ms, now_s)

    def watched(self) -> list[int]:
        """What becomes readable when a worker has answered."""
        workers = [line.worker for line in self._lines.values() if line.attempt is not None]
        if self._dead_man is not None and self._dead_man.worker is not None:
            workers.append(self._dead_man.worker)
        return [number for worker in workers if (number := worker.fileno()) is not None]

    def close(self) -> None:
        """End the workers; what is under way is so in the book, and sent again after the next start."""
        for line in self._lines.values():
            line.worker.end()
        if self._dead_man is not None:
            self._dead_man.end()
        self._hub.close()

    def _recover(self) -> None:
        now_ms = milliseconds(self._clock.now())
        for lost in self._book.recover(tuple(self._lines), now_ms):
            log.warning("attempt=%d receiver=%s outcome=unknown: sent again", lost.id, lost.receiver)

    def _look_at_hub(self, now_ms: int, now_s: float) -> None:
        stamp = self._hub.stamp()
        if stamp != self._stamp or now_s - self._looked_s >= LOOK_S:
            self._take_over(now_ms)
            gone = self._book.expire(now_ms)
            if gone:
                log.error("undelivered=%d reason=too old", gone)
            self._book.prune(now_ms)
            # Remembered last: what a fault kept from us is looked at again.
            self._stamp, self._looked_s = stamp, now_s

    def _take_over(self, now_ms: int) -> None:
        try:
            self._pulse = self._hub.pulse()
            rows = self._hub.after(self._mark, TAKEN)
        except StoreError as error:
            if self._hub_fault is None:
                log.error("hub unreadable: %s", error)
            self._hub_fault = str(error)
            return
        if self._hub_fault is not None:
            log.warning("hub readable again")
            self._hub_fault = None
        if rows:
            self._book.take(rows, tuple(self._lines), now_ms)
            self._mark = rows[-1].mark

    def _hear(self, now_ms: int, now_s: float) -> None:
        for name, line in self._lines.items():
            if line.attempt is None:
                continue
            sent = line.worker.poll()
            if sent is None and now_s - line.began_s > line.post.box.config.deadline.seconds:
                line.worker.end()
                sent = Sent(outcome=Outcome.UNKNOWN, fault="no answer in time; its worker was killed")
            if sent is not None:
                self._finish(name, line, line.attempt, sent, now_ms)

    def _finish(self, name: str, line: _Line, attempt: int, sent: Sent, now_ms: int) -> None:
        _, failures = self._book.pause(name)
        self._book.finish(attempt, name, sent, self._pause_ms(sent, failures), now_ms)
        line.attempt = None
        if sent.outcome is Outcome.ACCEPTED:
            log.info("receiver=%s attempt=%d outcome=accepted", name, attempt)
        else:
            log.warning("receiver=%s attempt=%d outcome=%s %s", name, attempt, sent.outcome.value, sent.fault)

    def _pause_ms(self, sent: Sent, failures: int) -> int:
        # A fault for good is of one message or will be mended by a person; waiting mends nothing.
        if sent.outcome in (Outcome.ACCEPTED, Outcome.PERMANENT):
            return 0
        first_s, longest_s = self._config.first_wait.seconds, self._config.longest_wait.seconds
        return wait_ms(failures + 1, first_s, longest_s, self._chance(), sent.retry_after_s)

    def _send(self, line: _Line, now_ms: int, now_s: float) -> None:
        config = line.post.box.config
        if line.attempt is not None or self._is_paused(config.id, now_ms):
            return
        began_ms = self._book.began_ms(config.id, now_ms - WINDOW_MS)
        if not may_begin(began_ms, now_ms, config.per_minute, int(config.spacing.seconds * 1000)):
            return
        waiting = self._book.waiting(config.id, now_ms, CARRIED)
        if not waiting:
            return
        chosen, language = self._choose(waiting, config.language)
        told = [Told(one, row.tells_all) for row, one in chosen]
        message = self._wording.message(told, language, self._pulse.timezone if self._pulse else "UTC")
        # Committed first: whatever ends us from here on, it is known that somebody may have heard.
        line.attempt = self._book.begin(config.id, [row.delivery for row, _ in chosen], now_ms)
        line.began_s = now_s
        line.worker.give(message)

    def _is_paused(self, name: str, now_ms: int) -> bool:
        until_ms, _ = self._book.pause(name)
        # Longer than any pause: the clock was set back.
        return now_ms < until_ms <= now_ms + LONGEST_ASKED_MS

    def _choose(
        self, waiting: list[Waiting], language: str | None
    ) -> tuple[list[tuple[Waiting, Notification]], str]:
        """The first of what waits, or all that can be told with it when that is too much for one by one."""
        read = [(row, msgspec.json.decode(row.body, type=Notification)) for row in waiting]
        first = read[0]
        said = language or first[1].language
        together = [
            one for one in read if not one[0].alone and (language is not None or one[1].language == said)
        ]
        if first[0].alone or len(together) <= self._config.digest_over:
            return [first], said
        return together, said

    def _end_idle(self, now_s: float) -> None:
        for line in self._lines.values():
            if line.attempt is None and line.began_s and now_s - line.began_s > IDLE_S:
                line.worker.end()
                line.began_s = 0.0

    def _step_dead_man(self, now: datetime, now_ms: int, now_s: float) -> None:
        if self._dead_man is None:
            return
        # Here all of this step is done: reaching this line is the courier's own progress.
        said = self._dead_man.step(now_s, is_well=self._is_hub_alive(now))
        if said is not None:
            self._book.note(DEAD_MAN, said, 0, now_ms)

    def _is_hub_alive(self, now: datetime) -> bool:
        if self._hub_fault is not None or self._pulse is None:
            return False
        return abs(now - self._pulse.as_of) <= timedelta(seconds=PULSE_FRESH_S)
