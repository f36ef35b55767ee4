"""Turns of a service's loop in, what systemd is told out: it is ready, it moves, it ends.

Without systemd nothing is said. The loop itself feeds the watchdog: one that stands still is not fed, and
systemd starts the service again.
"""

import faulthandler
import os
from collections.abc import Callable

from edge.life.notify import Notifier, watchdog_s
from protocol.clock import Clock

#: How often it is fed where systemd names no time, seconds; otherwise a third of systemd's.
FEED_S = 10.0


class Heart:
    """Beats once a turn of the loop; what is said is said as often as systemd needs it."""

    def __init__(self, clock: Clock, also: Callable[[], None] = lambda: None) -> None:
        """`also` is called as often as the watchdog is fed: for whoever watches without systemd."""
        # The watchdog ends us by SIGABRT: then the log shows where every thread hangs.
        faulthandler.enable()
        self._clock = clock
        self._also = also
        self._notifier = Notifier(os.environ.get("NOTIFY_SOCKET"))
        patience_s = watchdog_s(os.environ, os.getpid())
        self._feed_s = FEED_S if patience_s is None else patience_s / 3
        #: When it is fed again, monotonic seconds; None before the first turn.
        self._next_s: float | None = None

    def beat(self) -> None:
        """A turn was made. After the first one the service is ready, and what waits for it may start."""
        now_s = self._clock.monotonic()
        if self._next_s is None:
            self._notifier.ready("running")
        elif now_s < self._next_s:
            return
        else:
            self._notifier.feed()
        self._also()
        self._next_s = now_s + self._feed_s

    def ends(self) -> None:
        """The loop was asked to stop, or fails: what follows is saving, in systemd's time for stopping."""
        self._notifier.stopping("stopping")
        self._notifier.close()
