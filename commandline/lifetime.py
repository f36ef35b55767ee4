"""How long a process lives: until it is asked to stop, and never longer than the one that started it."""

import ctypes
import logging
import os
import signal
import sys
import threading
from types import FrameType

_PR_SET_PDEATHSIG = 1


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the loop that waits for it finishes its step and leaves."""
    stopping = threading.Event()

    def ask(_signum: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stopping


def die_with_parent(parent: int) -> None:
    """Ask Linux to end this process when the process `parent` ends, however it ends. Called in a child."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # The parent may have gone between the fork and the call above.
        if os.getppid() != parent:
            os._exit(1)


def log_to_stderr(name: str, level: int = logging.INFO) -> None:
    """Log state changes of this process to standard error, `key=value`, one line each."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format=f"%(asctime)s {name} %(levelname)s %(message)s"
    )
