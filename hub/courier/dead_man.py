"""The dead-man's switch: somebody outside is pinged while all is well, and misses us when it is not."""

import logging
from collections.abc import Callable

from hub.courier.config import Post, Switch
from hub.courier.worker_process import Worker
from hub.receivers.message import Message, Outcome, Sent
from hub.receivers.worker import Order

log = logging.getLogger(__name__)
_PING = Message(ids=(), short_id="", title="", text="")


class DeadMan:
    """Pings one address, or the other when something is wrong, from a worker of its own."""

    def __init__(self, switch: Switch, make_worker: Callable[[Order], Worker]) -> None:
        self._switch = switch
        self._worker: Worker | None = None
        self._make_worker = make_worker
        self._is_well: bool | None = None
        self._began_s: float | None = None
        self._next_s = float("-inf")
        self._asked: Post | None = None

    @property
    def worker(self) -> Worker | None:
        """Who is asking just now."""
        return self._worker if self._began_s is not None else None

    def step(self, now_s: float, *, is_well: bool) -> Sent | None:
        """Ask when it is time; what came of the last asking, once."""
        said = self._hear(now_s)
        if is_well is not self._is_well:
            log.warning("dead_man=%s", "well" if is_well else "not well: the pings stop")
            # A change is told at once.
            self._is_well, self._next_s = is_well, float("-inf")
        if self._began_s is None and now_s >= self._next_s:
            self._next_s = now_s + self._switch.every_s
            post = self._switch.well if is_well else self._switch.fail
            if post is not None:
                self._ask(post, now_s)
        return said

    def end(self) -> None:
        """Let go of the worker."""
        if self._worker is not None:
            self._worker.end()

    def _ask(self, post: Post, now_s: float) -> None:
        if self._worker is None or post is not self._asked:
            self.end()
            self._worker, self._asked = self._make_worker(post.order), post
        self._began_s = now_s
        self._worker.give(_PING)

    def _hear(self, now_s: float) -> Sent | None:
        if self._began_s is None or self._worker is None or self._asked is None:
            return None
        said = self._worker.poll()
        if said is None and now_s - self._began_s > self._asked.box.config.deadline.seconds:
            self._worker.end()
            said = Sent(outcome=Outcome.UNKNOWN, fault="no answer in time")
        if said is not None:
            self._began_s = None
        return said
