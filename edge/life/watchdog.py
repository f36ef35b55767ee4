"""A node's progress in, food for systemd's watchdog out; or none, and the name of the part that is stuck."""

import logging
from collections.abc import Callable

from edge.life.last_life import LastLife
from edge.life.notify import Notifier
from edge.life.progress import Progress

log = logging.getLogger(__name__)

#: The part every node has: its steps.
STEPS = "steps"
#: The longest a step may take, seconds. What waits in a step is the disk, and a slow card is not a hang.
STEPS_QUIET_S = 15.0
#: A third of systemd's time is fed at; without systemd we still look this often, and say what is stuck.
LOOK_S = 10.0


class Watchdog:
    """Feeds while everything moves. `look` wants a thread of its own: the node's may be the stuck one."""

    def __init__(
        self,
        notifier: Notifier,
        progress: Progress,
        life: LastLife,
        status: Callable[[], str],
        watchdog_s: float | None,
    ) -> None:
        """`watchdog_s`: without food for so long we are ended; `status()` says in a line how the node is."""
        self._notifier = notifier
        self._progress = progress
        self._life = life
        self._status = status
        #: How long to wait from one look to the next, seconds.
        self.every_s = LOOK_S if watchdog_s is None else watchdog_s / 3
        self._stuck = ""
        self._said = ""

    def look(self, now_s: float) -> bool:
        """Feed, or say what is stuck; whether it was fed. Monotonic seconds."""
        stuck = self._progress.stuck(now_s)
        if stuck is None:
            self._notifier.feed()
            if self._stuck:
                log.warning("stuck=no-more part=%s", self._stuck)
                self._stuck = ""
                self._life.moved()
            self._tell(self._status())
            return True
        # The word before the file: a disk that hangs must not swallow the cause.
        self._tell(f"stuck: {stuck}; waiting to be restarted")
        if stuck.part != self._stuck:
            self._stuck = stuck.part
            log.error("stuck=%s quiet_s=%.0f feeding=stopped", stuck.part, stuck.quiet_s)
        self._life.stuck(stuck)
        return False

    def _tell(self, text: str) -> None:
        if text != self._said and self._notifier.status(text):
            self._said = text
