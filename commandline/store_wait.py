"""A store's server that does not answer yet is waited for: said once in the log, tried again every second."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from hub.errors import StoreAway

log = logging.getLogger(__name__)
#: Between two tries, seconds.
AGAIN_S = 1.0
T = TypeVar("T")


def wait_for(open_store: Callable[[], T], stop: threading.Event) -> T:
    """What `open_store` gives once it does. Ends the process when asked to stop meanwhile."""
    said = ""
    while True:
        try:
            opened = open_store()
        except StoreAway as error:
            if str(error) != said:
                log.error("store=away why=%s", error)
            said = str(error)
        else:
            if said:
                log.warning("store=back")
            return opened
        if stop.wait(AGAIN_S):
            raise SystemExit(0)
