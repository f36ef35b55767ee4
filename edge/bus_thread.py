"""Looks at the hardware of one bus in, made one after the other on their own thread: nobody else waits.

A thread and not a process: a transfer in the kernel lets go of Python's lock, and a second process would cost
a node a third of its memory (docs/decisions/0011).
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue


class BusThread:
    """Everybody on one bus shares one: a look that hangs holds up its neighbours on the wire alone."""

    def __init__(self, name: str, wake: Callable[[], None]) -> None:
        """`wake` is called after every look: there is news."""
        self._wake = wake
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        # A daemon: the kernel may never come back from a transfer, and the node must still be able to end.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, look: Callable[[], None]) -> None:
        """Have `look` called when it is its turn; it never raises."""
        self._asked.put(look)

    def close(self, timeout_s: float = 1.0) -> None:
        """Make no look after those already asked for; wait no longer than `timeout_s` for them."""
        self._asked.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (look := self._asked.get()) is not None:
            look()
            self._wake()
